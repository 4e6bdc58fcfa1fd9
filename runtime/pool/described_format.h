// The format of described objects: a header that leads to a type descriptor.
//
//   header of                 low bits   the rest
//   an object                 0          address of its TypeDescriptor
//   a moved object            1          its new address
//   padding                   2          its size, times 16
//   an object that a trace    3          address of its TypeDescriptor
//   left where it was
//
// The policy of scan loops for pools of compiled code. Everything is inline:
// this is the collector's innermost code. Only segments where objects were
// pinned have padding.
#ifndef MPS_POOL_DESCRIBED_FORMAT_H
#define MPS_POOL_DESCRIBED_FORMAT_H

#include "base/address.h"
#include "mps/abi/type_descriptor.h"

#include <bit>

namespace mps {

class DescribedFormat {
public:
  using Descriptor = abi::TypeDescriptor;
  static constexpr Word kPaddingTag = 2;
  static constexpr Word kKeptTag = abi::kForwardedTag | kPaddingTag;

  static Word headerOf(Address object) {
    return __atomic_load_n(object.as<Word>(), __ATOMIC_ACQUIRE);
  }
  static bool isForwarded(Word header) { return header & abi::kForwardedTag; }
  static bool isPadding(Word header) { return header & kPaddingTag; }
  static Address newAddress(Word header) {
    return Address::fromBits(header & ~abi::kForwardedTag);
  }
  static Word forwardedTo(Address to) { return to.bits() | abi::kForwardedTag; }
  /// Of a forwarded header.
  static bool isKept(Word header) { return header & kPaddingTag; }
  static Word kept(Word header) { return header | kKeptTag; }
  static Word withoutKept(Word header) {
    return (header & kKeptTag) == kKeptTag ? header & ~kKeptTag : header;
  }
  static void clearKept(Address object) {
    *object.as<Word>() = withoutKept(headerOf(object));
  }
  static void pad(Address base, std::size_t size) {
    *base.as<Word>() = size << 4 | kPaddingTag;
  }
  static const Descriptor &descriptorOf(Word header) {
    return *reinterpret_cast<const Descriptor *>(header);
  }

  /// Of an object that has not moved and is no padding.
  static std::size_t sizeOf(Address object, const Descriptor &type) {
    if (!(type.flags & abi::kHasElements)) [[likely]]
      return type.fixedSize;
    return alignUp(type.fixedSize + lengthOf(object, type) * type.elementSize,
                   abi::kObjectAlignment);
  }

  /// Of whatever begins at `base`.
  static std::size_t sizeOfAny(Address base) {
    Word header = headerOf(base);
    if (isForwarded(header) && !isKept(header)) {
      base = newAddress(header);
      header = headerOf(base);
    }
    if (isPadding(header) && !isForwarded(header))
      return header >> 4;
    return sizeOf(base, descriptorOf(withoutKept(header)));
  }

  /// Calls visit(Slot) for each reference slot that is not in an element.
  template <typename Visit>
  [[gnu::always_inline]] static void
  forEachFixedSlot(Address object, const Descriptor &type, Visit visit) {
    forEachInMap(object, type.fixedMap, visit);
    if (type.wideMap != nullptr) [[unlikely]]
      forEachInWideMap(object, type, visit);
  }
  /// Calls visit(Slot) for each reference slot.
  template <typename Visit>
  [[gnu::always_inline]] static void
  forEachSlot(Address object, const Descriptor &type, Visit visit) {
    forEachFixedSlot(object, type, visit);
    if (type.elementMap != 0)
      forEachInElements(object, type, 0, lengthOf(object, type), visit);
  }

  static bool hasSlots(const Descriptor &type) {
    return (type.fixedMap | type.elementMap) != 0 || type.wideMap != nullptr;
  }
  /// Whether the word, which lies in the object, holds a reference.
  static bool isSlot(Address object, Slot word) {
    const auto &type = descriptorOf(withoutKept(headerOf(object)));
    std::size_t offset = word.address() - object;
    std::uint64_t map = type.fixedMap;
    if (offset >= type.fixedSize) {
      if (type.elementMap == 0)
        return false;
      map = type.elementMap;
      offset = (offset - type.fixedSize) % type.elementSize;
    } else if (offset >= 64 * kWordSize) {
      if (type.wideMap == nullptr)
        return false;
      map = type.wideMap[offset / (64 * kWordSize) - 1];
      offset %= 64 * kWordSize;
    }
    return offset % kWordSize == 0 && (map >> (offset / kWordSize) & 1) != 0;
  }

  /// Of an array.
  static std::size_t lengthOf(Address object, const Descriptor &type) {
    return *(object + type.lengthOffset).as<std::size_t>();
  }
  /// Calls visit(Slot) for each reference slot of the elements from `first` to
  /// `end`.
  template <typename Visit>
  static void forEachInElements(Address object, const Descriptor &type,
                                std::size_t first, std::size_t end,
                                Visit visit) {
    Address elements = object + type.fixedSize;
    Address element = elements + first * type.elementSize;
    Address limit = elements + end * type.elementSize;
    if (type.elementSize == kWordSize) {
      for (; element < limit; element += kWordSize)
        visit(Slot::at(element));
      return;
    }
    for (; element < limit; element += type.elementSize)
      forEachInMap(element, type.elementMap, visit);
  }

private:
  template <typename Visit>
  [[gnu::always_inline]] static void
  forEachInMap(Address base, std::uint64_t map, Visit &visit) {
    for (; map != 0; map &= map - 1)
      visit(Slot::at(base + std::countr_zero(map) * kWordSize));
  }

  template <typename Visit>
  [[gnu::noinline]] static void
  forEachInWideMap(Address object, const Descriptor &type, Visit &visit) {
    std::size_t words = type.fixedSize / kWordSize;
    for (std::size_t first = 64; first < words; first += 64)
      forEachInMap(object + first * kWordSize, type.wideMap[first / 64 - 1],
                   visit);
  }
};

} // namespace mps

#endif
