// An address is a type, and the type says what may be done with it.
//
//   Address   some byte, managed or not; arithmetic in bytes
//   Extent    a half-open range of addresses
//   Ref       a word that may be a reference: null, an object, an immediate
//   Slot      the place of a Ref; loads and stores it
//
// The only place with arithmetic on bare words. All are trivially copyable and
// cost what a word costs.
#ifndef MPS_BASE_ADDRESS_H
#define MPS_BASE_ADDRESS_H

#include <compare>
#include <cstddef>
#include <cstdint>

namespace mps {

using Word = std::uintptr_t;
inline constexpr std::size_t kWordSize = sizeof(Word);

constexpr Word alignUp(Word value, Word alignment) {
  return (value + alignment - 1) & ~(alignment - 1);
}
constexpr Word alignDown(Word value, Word alignment) {
  return value & ~(alignment - 1);
}
constexpr bool isAligned(Word value, Word alignment) {
  return (value & (alignment - 1)) == 0;
}
constexpr bool isPowerOfTwo(Word value) {
  return value != 0 && (value & (value - 1)) == 0;
}

class Address {
public:
  constexpr Address() = default;
  static constexpr Address fromBits(Word bits) { return Address(bits); }
  static Address of(const void *pointer) {
    return Address(reinterpret_cast<Word>(pointer));
  }

  constexpr Word bits() const { return bits_; }
  template <typename T = void> T *as() const {
    return reinterpret_cast<T *>(bits_);
  }
  constexpr explicit operator bool() const { return bits_ != 0; }

  constexpr Address operator+(std::size_t bytes) const {
    return Address(bits_ + bytes);
  }
  constexpr Address operator-(std::size_t bytes) const {
    return Address(bits_ - bytes);
  }
  constexpr std::size_t operator-(Address other) const {
    return bits_ - other.bits_;
  }
  constexpr Address &operator+=(std::size_t bytes) {
    bits_ += bytes;
    return *this;
  }
  constexpr Address alignedUp(std::size_t alignment) const {
    return Address(alignUp(bits_, alignment));
  }
  constexpr Address alignedDown(std::size_t alignment) const {
    return Address(alignDown(bits_, alignment));
  }
  constexpr bool isAligned(std::size_t alignment) const {
    return mps::isAligned(bits_, alignment);
  }
  friend constexpr auto operator<=>(Address, Address) = default;

private:
  constexpr explicit Address(Word bits) : bits_(bits) {}
  Word bits_ = 0;
};

struct Extent {
  Address base;
  Address limit;

  static constexpr Extent of(Address base, std::size_t size) {
    return {base, base + size};
  }
  constexpr std::size_t size() const { return limit - base; }
  constexpr bool isEmpty() const { return base == limit; }
  constexpr bool contains(Address address) const {
    return address - base < size();
  }
  friend constexpr bool operator==(Extent, Extent) = default;
};

class Ref {
public:
  constexpr Ref() = default;
  static constexpr Ref fromBits(Word bits) { return Ref(bits); }
  static constexpr Ref to(Address object) { return Ref(object.bits()); }

  constexpr Word bits() const { return bits_; }
  constexpr Address address() const { return Address::fromBits(bits_); }
  constexpr explicit operator bool() const { return bits_ != 0; }
  friend constexpr bool operator==(Ref, Ref) = default;

private:
  constexpr explicit Ref(Word bits) : bits_(bits) {}
  Word bits_ = 0;
};

class Slot {
public:
  constexpr Slot() = default;
  static constexpr Slot at(Address address) { return Slot(address); }

  constexpr Address address() const { return address_; }
  /// Relaxed: a mutator may store to the slot at the same time only where the
  /// caller says so.
  Ref load() const {
    return Ref::fromBits(
        __atomic_load_n(address_.as<Word>(), __ATOMIC_RELAXED));
  }
  void store(Ref ref) const {
    __atomic_store_n(address_.as<Word>(), ref.bits(), __ATOMIC_RELAXED);
  }
  /// False if it does not hold `expected`. What was written before through
  /// `by` is seen by who loads it.
  bool replace(Ref expected, Ref by) const {
    Word bits = expected.bits();
    return __atomic_compare_exchange_n(address_.as<Word>(), &bits, by.bits(),
                                       false, __ATOMIC_RELEASE,
                                       __ATOMIC_RELAXED);
  }
  friend constexpr auto operator<=>(Slot, Slot) = default;

private:
  constexpr explicit Slot(Address address) : address_(address) {}
  Address address_;
};

} // namespace mps

#endif
