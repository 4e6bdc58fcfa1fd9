// What a statepoint tells the root table printer about its slots.
//
// A statepoint's gc-live bundle names stack slots (allocas) in this order:
// pinned slots, precise slots, frame areas. Its ID is the number of pinned
// ones. Its deopt bundle, constants only, has the maps of the frame areas, one
// after the other: the area's size in words, then one constant for each
// kMapBits words, bit i for word i.
//
// So the information travels inside the call, and no pass can separate them.
#ifndef MPS_LLVM_PLUGIN_STATEPOINT_RECORD_H
#define MPS_LLVM_PLUGIN_STATEPOINT_RECORD_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/SmallVector.h"

#include <cstdint>

namespace mps {

/// A stack map holds constants of up to 32 bits, with sign, in place.
inline constexpr unsigned kMapBits = 31;

/// Appends the encoding of `map`, a bit for each word of an area.
inline void encodeAreaMap(const llvm::BitVector &map,
                          llvm::SmallVectorImpl<std::uint32_t> &out) {
  out.push_back(map.size());
  for (unsigned first = 0; first < map.size(); first += kMapBits) {
    std::uint32_t bits = 0;
    for (unsigned i = 0; i < kMapBits && first + i < map.size(); ++i)
      bits |= std::uint32_t(map[first + i]) << i;
    out.push_back(bits);
  }
}

/// Takes one map from the front of `encoded`.
inline llvm::BitVector decodeAreaMap(llvm::ArrayRef<std::uint32_t> &encoded) {
  llvm::BitVector map(encoded.front());
  encoded = encoded.drop_front();
  for (unsigned first = 0; first < map.size(); first += kMapBits) {
    for (unsigned i = 0; i < kMapBits && first + i < map.size(); ++i)
      map[first + i] = encoded.front() >> i & 1;
    encoded = encoded.drop_front();
  }
  return map;
}

} // namespace mps

#endif
