#include "verify/type_check.h"

#include "platform/memory.h"

#include <cstring>

namespace mps {

namespace {

constexpr std::uint32_t kKnownFlags =
    abi::kHasElements | abi::kLeaf | abi::kWeak | abi::kEphemeron;
constexpr std::size_t kWordsInMap = 64;
constexpr std::size_t kMostSize = std::size_t(1) << 46;

bool isReference(const TypeDescriptor &type, std::size_t word) {
  std::uint64_t map = word < kWordsInMap ? type.fixedMap
                      : type.wideMap != nullptr
                          ? type.wideMap[word / kWordsInMap - 1]
                          : 0;
  return (map >> word % kWordsInMap) & 1;
}

bool isReferenceInElement(const TypeDescriptor &type, std::size_t word) {
  return (type.elementMap >> word) & 1;
}

/// Whether a map of 64 words has a bit set for a word that is not there.
bool exceeds(std::uint64_t map, std::size_t words) {
  return words < kWordsInMap && map >> words != 0;
}

const char *whyNoFlags(const TypeDescriptor &type) {
  std::uint32_t shift = type.flags >> abi::kAlignmentShift;
  if ((type.flags & ((1u << abi::kAlignmentShift) - 1) & ~kKnownFlags) != 0)
    return "its flags are unknown";
  if (shift > 12 || (std::size_t(1) << shift) > abi::kMostAlignment)
    return "its alignment is too large";
  if (type.flags & abi::kLeaf &&
      (type.fixedMap != 0 || type.elementMap != 0 || type.wideMap != nullptr))
    return "it is a leaf type with references";
  return nullptr;
}

const char *whyNoFixedPart(const TypeDescriptor &type) {
  if (type.fixedSize < kWordSize || !isAligned(type.fixedSize, kWordSize))
    return "its size is impossible";
  if (type.fixedMap & 1)
    return "it says that the header is a reference";
  if (exceeds(type.fixedMap, type.fixedSize / kWordSize))
    return "it has references beyond its end";
  return nullptr;
}

const char *whyNoWeakPart(const TypeDescriptor &type) {
  std::uint32_t weak = type.flags & (abi::kWeak | abi::kEphemeron);
  if (weak == (abi::kWeak | abi::kEphemeron))
    return "it has two weak parts";
  if (weak != 0 && type.flags & abi::kLeaf)
    return "it is a leaf type with a weak part";
  std::size_t weakWords = weak == 0 ? 0 : weak == abi::kWeak ? 1 : 2;
  if (type.fixedSize < (1 + weakWords) * kWordSize)
    return "it has no room for its weak part";
  for (std::size_t word = 1; word <= weakWords; ++word)
    if (isReference(type, word))
      return "it says that its weak part is strong, too";
  return nullptr;
}

const char *whyNoElements(const TypeDescriptor &type) {
  if (!(type.flags & abi::kHasElements))
    return type.elementMap != 0 ? "it has references in elements, but none"
                                : nullptr;
  if (type.lengthOffset < kWordSize ||
      type.lengthOffset + kWordSize > type.fixedSize)
    return "its length is not in its fixed part";
  if (type.elementMap == 0)
    return nullptr;
  if (!isAligned(type.elementSize, kWordSize) ||
      exceeds(type.elementMap, type.elementSize / kWordSize))
    return "its elements have references beyond their end";
  return nullptr;
}

} // namespace

const char *whyNoDescriptor(Address address) {
  if (!address.isAligned(abi::kDescriptorAlignment))
    return "it is not aligned as a type descriptor";
  if (!platform::isMapped(Extent::of(address, sizeof(TypeDescriptor))))
    return "no memory is there";
  const auto &type = *address.as<const TypeDescriptor>();
  if (const char *why = whyNoFlags(type))
    return why;
  if (const char *why = whyNoFixedPart(type))
    return why;
  if (const char *why = whyNoWeakPart(type))
    return why;
  return whyNoElements(type);
}

PlausibleTypes::~PlausibleTypes() {
  if (!table_.isEmpty())
    platform::unreserve(table_);
}

void PlausibleTypes::forget() {
  if (!table_.isEmpty())
    std::memset(table_.base.as(), 0, table_.size());
}

const char *PlausibleTypes::whyNot(Address type) {
  if (table_.isEmpty())
    table_ = platform::reserve(kEntries * sizeof(Word), platform::Pages::Small);
  Word *entry = nullptr;
  if (!table_.isEmpty()) {
    std::size_t index = (type.bits() / sizeof(TypeDescriptor)) % kEntries;
    entry = &table_.base.as<Word>()[index];
    if (*entry == type.bits() && type)
      return nullptr;
  }
  const char *why = whyNoDescriptor(type);
  if (why == nullptr && entry != nullptr)
    *entry = type.bits();
  return why;
}

// ---- Objects ----

std::size_t ObjectReader::alignment() const {
  std::size_t own = std::size_t(1) << (type_.flags >> abi::kAlignmentShift);
  return own > abi::kObjectAlignment ? own : abi::kObjectAlignment;
}

bool ObjectReader::size(std::size_t &sizeOut) const {
  std::size_t elements = 0;
  if (hasElements() && __builtin_mul_overflow(
                           length(), std::size_t(type_.elementSize), &elements))
    return false;
  if (elements > kMostSize)
    return false;
  sizeOut = alignUp(type_.fixedSize + elements, abi::kObjectAlignment);
  if (header_ & abi::kHashMovedTag)
    sizeOut += kWordSize;
  return true;
}

void ObjectReader::forEachSlot(FunctionRef<void(Slot)> visit) const {
  for (std::size_t word = 0; word < type_.fixedSize / kWordSize; ++word)
    if (isReference(type_, word))
      visit(Slot::at(object_ + word * kWordSize));
  if (!hasElements() || type_.elementMap == 0)
    return;
  std::size_t words = type_.elementSize / kWordSize;
  for (std::size_t i = 0; i < length(); ++i)
    for (std::size_t word = 0; word < words && word < kWordsInMap; ++word)
      if (isReferenceInElement(type_, word))
        visit(Slot::at(object_ + type_.fixedSize + i * type_.elementSize +
                       word * kWordSize));
}

void ObjectReader::forEachWeakSlot(FunctionRef<void(Slot)> visit) const {
  unsigned count = type_.flags & abi::kEphemeron ? 2
                   : type_.flags & abi::kWeak    ? 1
                                                 : 0;
  for (unsigned word = 1; word <= count; ++word)
    visit(Slot::at(object_ + word * kWordSize));
}

} // namespace mps
