// Reclaiming: what is still white is garbage, but for what was left in place.
#include "trace/tracer.h"

#include "base/check.h"

namespace mps {

void Tracer::reclaim() {
  enter(Phase::Scan, Phase::Reclaim);
  SegmentList white = white_.takeAll();
  while (Segment *segment = white.pop())
    reclaim(*segment);
  forEachPool([&](Pool &pool) { closeDestinations(pool); });
  enter(Phase::Reclaim, Phase::Idle);
}

void Tracer::reclaim(Segment &segment) {
  if (segment.hasPins) {
    padUnmarked(segment);
    keep(segment);
  } else if (segment.isBuffered) {
    // A client may still write behind `fill`, and then starts anew.
    segment.fill = segment.extent.base;
    segment.live = 0;
    keep(segment);
  } else {
    segment.pool->free(&segment);
  }
}

/// Turns what was not left in place into padding.
void Tracer::padUnmarked(Segment &segment) {
  Pool &pool = *segment.pool;
  Chunk &chunk = *segment.chunk;
  Address gap = segment.extent.base, object = gap;
  segment.live = 0;
  while (object < segment.fill) {
    Address next = object + pool.sizeOfAny(object);
    if (chunk.isMarked(object)) {
      if (gap != object)
        pool.padAny(gap, object - gap);
      segment.live += next - object;
      gap = next;
    }
    object = next;
  }
  segment.fill = gap;
  chunk.clearMarks(segment.extent);
}

void Tracer::keep(Segment &segment) {
  segment.hasPins = false;
  segment.destination = nullptr;
  arena_.setTag(&segment,
                segment.tag & std::uint8_t(~(kWhiteGrain | kAnchoredGrain)));
  segment.pool->adopt(&segment);
}

/// So that outside of collections `fill` is the end of every segment's objects.
void Tracer::closeDestinations(Pool &pool) {
  for (Destination &destination : pool.destinations)
    if (destination.segment != nullptr)
      destination.segment->fill = destination.alloc;
}

} // namespace mps
