// Sweeping a segment that stays where it is: what is not marked in it becomes
// padding.
#ifndef MPS_TRACE_SWEEP_H
#define MPS_TRACE_SWEEP_H

#include "pool/pool.h"

namespace mps {

struct Swept {
  std::size_t objects = 0, bytes = 0; ///< That live.
  /// Of a segment in which something lives: what is dead, and what never was.
  std::size_t holeBytes = 0;
};

/// Adds what lives to segment.live, and moves `fill` to the end of its last
/// living object. Clears the marks. The segment's lists and tags are the
/// caller's. Any thread, if no other changes the segment.
Swept sweep(Segment &segment);

} // namespace mps

#endif
