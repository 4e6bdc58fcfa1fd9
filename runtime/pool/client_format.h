// The format of a client's objects: functions that the client wrote.
//
// They get client pointers, which are headerSize bytes past an object's base;
// here all addresses are bases.
#ifndef MPS_POOL_CLIENT_FORMAT_H
#define MPS_POOL_CLIENT_FORMAT_H

#include "base/address.h"

struct mps_ss_s; // The C interface's beginning of a ScanState.

namespace mps {

/// What a client's scan function gets; the C interface's mps_ss_s is its
/// beginning.
struct ScanState {
  Word least = 1; ///< Addresses of interest: size of them, from least on.
  Word size = 0;
  Word met = 0; ///< Whether there was one.
  /// What to do with a word of interest. False: out of memory.
  bool (*fix)(ScanState &state, Word *word) = nullptr;
  /// The same with an ephemeron's key and value; null: they are fixed alone.
  bool (*fixPair)(ScanState &state, Word *key, Word *value) = nullptr;
  void *closure = nullptr;

  /// Words that lie in `extent` are of interest.
  void cover(Extent extent) {
    least = extent.base.bits();
    size = extent.size();
  }
  mps_ss_s *forClient() { return reinterpret_cast<mps_ss_s *>(this); }
};

/// The client's functions; the types are those of mps/interface/types.h.
struct ClientMethods {
  std::size_t alignment = kWordSize;
  std::size_t headerSize = 0;
  int (*scan)(mps_ss_s *state, void *base, void *limit) = nullptr;
  void *(*skip)(void *object) = nullptr;
  void (*forward)(void *object, void *to) = nullptr;
  void *(*forwarded)(void *object) = nullptr;
  void (*pad)(void *base, std::size_t size) = nullptr;
};

class ClientFormat {
public:
  explicit ClientFormat(const ClientMethods &methods) : methods_(methods) {}

  std::size_t sizeOfAny(Address base) const {
    return Address::of(methods_.skip(client(base))) - Address::of(client(base));
  }
  /// Null if the object has not moved.
  Address newAddress(Address base) const {
    if (methods_.forwarded == nullptr)
      return {}; // It never moves.
    Address to = Address::of(methods_.forwarded(client(base)));
    return to ? to - methods_.headerSize : to;
  }
  void forward(Address base, Address to) const {
    methods_.forward(client(base), client(to));
  }
  void pad(Address base, std::size_t size) const {
    methods_.pad(base.as(), size);
  }
  /// The C interface's result code.
  int scan(ScanState &state, Address base, Address limit) const {
    return methods_.scan(state.forClient(), client(base), client(limit));
  }
  Address baseOf(Ref ref) const { return ref.address() - methods_.headerSize; }
  Ref refTo(Address base) const { return Ref::to(base + methods_.headerSize); }

private:
  void *client(Address base) const { return (base + methods_.headerSize).as(); }
  const ClientMethods &methods_;
};

} // namespace mps

#endif
