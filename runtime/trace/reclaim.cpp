// Reclaiming: what is still white is garbage, but for what was left in place.
#include "trace/tracer.h"

#include "base/check.h"

namespace mps {

void Tracer::reclaim() {
  enter(Phase::Scan, Phase::Reclaim);
  SegmentList white = white_.takeAll();
  while (Segment *segment = white.pop())
    reclaim(*segment);
  counts_.keptObjects -= counts_.pinnedObjects;
  counts_.keptBytes -= counts_.pinnedBytes;
  youngSurvival_.update();
  settledSurvival_.update();
  forEachPool([&](Pool &pool) { closeDestinations(pool); });
  enter(Phase::Reclaim, Phase::Idle);
}

void Tracer::reclaim(Segment &segment) {
  std::size_t bytes = segment.objects().size();
  std::size_t moved = segment.live;
  segment.live = 0;
  if (segment.tag & (kStayingGrain | kAnchoredGrain))
    keepMarked(segment);
  if (segment.origin == Origin::Young) {
    youngSurvival_.note(bytes, moved + segment.live);
    counts_.youngBytes += bytes;
    counts_.youngLive += moved + segment.live;
  } else if (segment.origin == Origin::Settled)
    settledSurvival_.note(bytes, moved + segment.live);
  if (segment.live == 0 && !segment.isBuffered)
    return segment.pool->free(&segment);
  if (segment.live == 0) {
    // A client may still write behind `fill`, and then starts anew.
    segment.fill = segment.extent.base;
    segment.live = Segment::kUnknown;
  }
  keep(segment);
}

/// Turns what was not marked into padding, and counts what was.
void Tracer::keepMarked(Segment &segment) {
  Pool &pool = *segment.pool;
  Chunk &chunk = *segment.chunk;
  Extent marked = segment.objects();
  if (segment.isLarge && pool.isDescribed()) // It is one object.
    marked.limit = marked.base + Chunk::kMarksTogether;
  Address gap = segment.extent.base;
  for (;;) {
    Address object = chunk.nextMarked(gap, marked.limit);
    if (object >= marked.limit)
      break;
    if (gap != object)
      pool.padAny(gap, object - gap);
    std::size_t size = pool.sizeOfAny(object);
    ++counts_.keptObjects;
    segment.live += size;
    gap = object + size;
  }
  segment.fill = gap;
  counts_.keptBytes += segment.live;
  if (segment.live != 0 && !segment.isLarge)
    counts_.holeBytes += segment.extent.size() - segment.live;
  chunk.clearMarks(
      {marked.base, marked.limit.alignedUp(Chunk::kMarksTogether)});
}

void Tracer::keep(Segment &segment) {
  segment.destination = nullptr;
  arena_.setTag(&segment,
                segment.tag & std::uint8_t(~(kWhiteGrain | kAnchoredGrain |
                                             kStayingGrain)));
  segment.pool->adopt(&segment);
}

/// So that outside of collections `fill` is the end of every segment's objects.
void Tracer::closeDestinations(Pool &pool) {
  for (Destination &destination : pool.destinations)
    if (destination.segment != nullptr)
      destination.segment->fill = destination.alloc;
}

} // namespace mps
