// A generation chain: generations 0 (the nursery) to count - 1, and the top
// one, `count`, where what survives them all settles.
//
// Collecting a generation collects all younger ones. Survivors of generation g
// go to g + 1. A generation is due when it has got more new bytes than its
// capacity. The youngest `together` generations are always collected together,
// so nobody needs to know of references among them.
#ifndef MPS_POOL_CHAIN_H
#define MPS_POOL_CHAIN_H

#include "base/address.h"

namespace mps {

inline constexpr unsigned kMostGenerations = 8; ///< Of a chain, with the top.

struct Generation {
  std::size_t capacity = 0;
  std::size_t newBytes = 0; ///< Since it was last collected.
  double mortality = 0.5;   ///< Of bytes, as measured; at first, as told.
};

struct Chain {
  static constexpr std::size_t kUnlimited = ~std::size_t(0);

  unsigned count = 0;
  unsigned together = 1;
  /// Of the nursery's survivors, those allocated longer ago than this many
  /// bytes go to the top at once: they have had their time to die.
  std::size_t ageingBytes = kUnlimited;
  /// Of the nursery's capacity: what can be collected in the pause time.
  std::size_t mostNursery = kUnlimited;
  Generation generations[kMostGenerations];
  /// New objects are settled, and fill gaps (pool/recycling.cpp). Changed with
  /// the world stopped.
  bool isRecycling = false;
  /// And nobody wants to know whenever an allocation point is filled.
  bool refillsAlone = false;
  std::size_t recycledBytes = 0; ///< That were taken since it began.
  unsigned pools = 0;            ///< How many pools are on it.
  Chain *next = nullptr;

  unsigned top() const { return count; }
  /// Where survivors go from a segment of a generation that has got `younger`
  /// bytes since the segment.
  unsigned destinationOf(unsigned generation, std::size_t younger = 0) const {
    if (generation == 0 && younger > ageingBytes)
      return top();
    return generation < top() ? generation + 1 : top();
  }

  /// How many of the youngest generations are due; 0 if none is.
  unsigned due() const {
    for (unsigned i = count; i-- > 0;)
      if (generations[i].newBytes > capacityOf(i))
        return i + 1 > together ? i + 1 : together;
    return 0;
  }
  std::size_t capacityOf(unsigned generation) const {
    std::size_t capacity = generations[generation].capacity;
    return generation == 0 && capacity > mostNursery ? mostNursery : capacity;
  }
};

} // namespace mps

#endif
