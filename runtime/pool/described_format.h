// The format of described objects: a header that leads to a type descriptor.
//
//   header of                 low bits   the rest
//   an object                 0          address of its TypeDescriptor
//     with an identity hash   4          the same
//     with a hash word        8          the same; its last word is the hash
//   a moved object            1          its new address
//     that had a hash word    5          the same
//   padding                   2          its size, times 16
//   an object that a trace    3          as it was, with its other tags
//   left where it was
//
// A hash is derived from the address that the object had when it was asked for
// (Agesen, "Space and time-efficient hashing of garbage-collected objects",
// 1999). The innermost loops ask once whether a header has any tag.
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
  static constexpr Word kHadHashWordTag = 4; ///< Of a forwarded header.
  static constexpr Word kHashTags = abi::kHashedTag | abi::kHashMovedTag;

  static Word headerOf(Address object) {
    return __atomic_load_n(object.as<Word>(), __ATOMIC_ACQUIRE);
  }
  static bool isForwarded(Word header) { return header & abi::kForwardedTag; }
  static bool isPadding(Word header) { return header & kPaddingTag; }
  static Address newAddress(Word header) {
    return Address::fromBits(alignDown(header, abi::kObjectAlignment));
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
  /// Whether the header, which is not forwarded, holds more than a descriptor's
  /// address.
  static bool isUnusual(Word header) {
    return header & (kPaddingTag | kHashTags);
  }
  static const Descriptor &plainDescriptorOf(Word header) {
    return *reinterpret_cast<const Descriptor *>(header);
  }
  /// The same of any object's header that is not forwarded, or kept.
  static const Descriptor &descriptorOf(Word header) {
    return plainDescriptorOf(header & ~abi::kHeaderTagMask);
  }

  static_assert(abi::kHashMovedTag == kWordSize);
  /// Of an object that has not moved and is no padding.
  static std::size_t sizeOf(Address object, Word header) {
    return sizeOf(object, descriptorOf(header)) + (header & abi::kHashMovedTag);
  }
  /// The same, of an object without a hash word.
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
      return sizeOf(base, descriptorOf(headerOf(base))) +
             (header & kHadHashWordTag ? kWordSize : 0);
    }
    if (isPadding(header) && !isForwarded(header))
      return header >> 4;
    return sizeOf(base, header);
  }

  // ---- Identity hashes ----

  /// What is hashed is a word: an address, or what is no object's.
  static std::uint64_t hashOf(Word word) {
    std::uint64_t mixed = std::uint64_t(word) * 0x9e3779b97f4a7c15u;
    return mixed ^ mixed >> 32;
  }
  /// Of an object that has not moved. Other threads may do the same.
  static std::uint64_t identityHash(Address object) {
    Word header = headerOf(object);
    while (!(header & kHashTags) &&
           !__atomic_compare_exchange_n(object.as<Word>(), &header,
                                        header | abi::kHashedTag, false,
                                        __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
    }
    if (!(header & abi::kHashMovedTag))
      return hashOf(object.bits());
    return *(object + sizeOf(object, descriptorOf(header))).as<std::uint64_t>();
  }
  /// How much larger the copy of an object is.
  static std::size_t growthOf(Word header) {
    return header & abi::kHashedTag ? kWordSize : 0;
  }
  /// Of an object's copy.
  static Word headerOfCopy(Word header) {
    return header & abi::kHashedTag
               ? (header & ~abi::kHashedTag) | abi::kHashMovedTag
               : header;
  }
  /// `header`: the object's before.
  static Word forwardedTo(Address to, Word header) {
    return forwardedTo(to) |
           (header & abi::kHashMovedTag ? kHadHashWordTag : 0);
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
    return (type.fixedMap | type.elementMap) != 0 || type.wideMap != nullptr ||
           type.flags & abi::kWeakParts;
  }
  /// Whether the word, which lies in the object, holds a reference.
  static bool isSlot(Address object, Slot word) {
    const auto &type = descriptorOf(headerOf(object));
    bool isWeak = false;
    forEachWeakSlot(object, type, [&](Slot each) { isWeak |= each == word; });
    if (isWeak)
      return true;
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

  // The words of a weak part.
  static Slot weakSlot(Address object) { return Slot::at(object + kWordSize); }
  static Slot keySlot(Address object) { return Slot::at(object + kWordSize); }
  static Slot valueSlot(Address object) {
    return Slot::at(object + 2 * kWordSize);
  }
  /// What the key is while the collector clears the ephemeron: an address of
  /// the runtime's own, which nobody else stores. Any immediate may be a key.
  static Word busyKey() {
    alignas(abi::kObjectAlignment) static constexpr char place = 0;
    return Address::of(&place).bits();
  }
  static bool hasWeakPart(const Descriptor &type) {
    return type.flags & abi::kWeakParts;
  }
  /// Calls visit(Slot) for each of them.
  template <typename Visit>
  static void forEachWeakSlot(Address object, const Descriptor &type,
                              Visit visit) {
    if (hasWeakPart(type))
      visit(Slot::at(object + kWordSize));
    if (type.flags & abi::kEphemeron)
      visit(valueSlot(object));
  }

  /// Of an array.
  static std::size_t lengthOf(Address object, const Descriptor &type) {
    // Of an object that has been copied beside the program, another thread may
    // use the word (trace/evacuator.h).
    return __atomic_load_n((object + type.lengthOffset).as<std::size_t>(),
                           __ATOMIC_RELAXED);
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
