// Reclaiming: what is still white is garbage, but for what was left in place.
#include "trace/tracer.h"

#include "base/check.h"

namespace mps {

void Tracer::reclaim() {
  enter(Phase::Scan, Phase::Reclaim);
  keepMarked();
  SegmentList white = white_.takeAll();
  while (Segment *segment = white.pop())
    reclaim(*segment);
  addCounts();
  forEachPool([&](Pool &pool) { closeDestinations(pool); });
  enter(Phase::Reclaim, Phase::Idle);
}

/// All workers together: what lives in the segments that stay.
void Tracer::keepMarked() {
  constexpr std::size_t kTaken = 16;
  std::size_t bytes = 0;
  marked_.clear();
  for (Segment *each = white_.first(); each != nullptr; each = each->next) {
    if (!(each->tag & (kStayingGrain | kAnchoredGrain)))
      continue;
    if (!each->isLarge)
      bytes += each->expected;
    if (!marked_.push(each))
      leader().keepMarked(*each);
  }
  std::atomic<std::size_t> next{0};
  crew_.run(workersFor(bytes), [&](unsigned index) {
    std::size_t first = 0;
    while ((first = next.fetch_add(kTaken)) < marked_.size())
      for (std::size_t i = first; i < first + kTaken && i < marked_.size(); ++i)
        workers_[index].keepMarked(*marked_[i]);
  });
}

void Worker::keepMarked(Segment &segment) {
  Pool &pool = *segment.pool;
  Chunk &chunk = *segment.chunk;
  Extent marked = segment.objects();
  if (segment.isLarge && pool.isDescribed()) // It is one object.
    marked.limit = marked.base + Chunk::kMarksTogether;
  bool isDescribed = pool.isDescribed();
  bool mayBeKept = isDescribed && segment.tag & kAnchoredGrain;
  Address gap = segment.extent.base;
  for (;;) {
    // Objects that live side by side are the usual case.
    Address object = gap;
    if (gap >= marked.limit || !chunk.isMarked(gap))
      object = chunk.nextMarked(gap, marked.limit);
    if (object >= marked.limit)
      break;
    if (gap != object)
      pool.padAny(gap, object - gap);
    if (mayBeKept)
      DescribedFormat::clearKept(object);
    std::size_t size = isDescribed
                           ? DescribedFormat::sizeOf(
                                 object, DescribedFormat::descriptorOf(
                                             DescribedFormat::headerOf(object)))
                           : pool.sizeOfAny(object);
    ++counts.keptObjects;
    segment.live += size;
    gap = object + size;
  }
  segment.whole = segment.objects().size();
  segment.fill = gap;
  counts.keptBytes += segment.live;
  if (segment.live != 0 && !segment.isLarge)
    counts.holeBytes += segment.extent.size() - segment.live;
  chunk.clearMarks(
      {marked.base, marked.limit.alignedUp(Chunk::kMarksTogether)});
}

void Tracer::reclaim(Segment &segment) {
  bool isMarked = segment.tag & (kStayingGrain | kAnchoredGrain);
  countSurvival(segment, isMarked ? segment.whole : segment.objects().size());
  if (segment.live == 0 && !segment.isBuffered)
    return segment.pool->free(&segment);
  if (segment.live == 0) {
    // A client may still write behind `fill`, and then starts anew.
    segment.fill = segment.extent.base;
    segment.live = Segment::kUnknown;
  }
  keep(segment);
}

/// What lives of it in place; what was copied is counted by the workers.
void Tracer::countSurvival(const Segment &segment, std::size_t bytes) {
  if (segment.origin == Origin::Young) {
    youngSurvival_.note(bytes, segment.live);
    counts_.youngBytes += bytes;
    counts_.youngLive += segment.live;
  } else if (segment.origin == Origin::Settled) {
    settledSurvival_.note(bytes, segment.live);
  }
}

void Tracer::addCounts() {
  std::size_t copied[kOrigins] = {};
  for (const Worker &worker : workers_) {
    counts_.movedObjects += worker.counts.movedObjects;
    counts_.keptObjects += worker.counts.keptObjects;
    counts_.keptBytes += worker.counts.keptBytes;
    counts_.holeBytes += worker.counts.holeBytes;
    for (unsigned i = 0; i < kOrigins; ++i) {
      copied[i] += worker.copiedBytes[i];
      counts_.movedBytes += worker.copiedBytes[i];
    }
  }
  counts_.keptObjects -= counts_.pinnedObjects;
  counts_.keptBytes -= counts_.pinnedBytes;
  counts_.youngLive += copied[unsigned(Origin::Young)];
  youngSurvival_.note(0, copied[unsigned(Origin::Young)]);
  settledSurvival_.note(0, copied[unsigned(Origin::Settled)]);
  youngSurvival_.update();
  settledSurvival_.update();
}

void Tracer::keep(Segment &segment) {
  arena_.setTag(&segment,
                segment.tag & std::uint8_t(~(kWhiteGrain | kAnchoredGrain |
                                             kStayingGrain)));
  segment.pool->adopt(&segment);
}

/// So that outside of collections `fill` is the end of every segment's objects.
void Tracer::closeDestinations(Pool &pool) {
  forEachDestination(pool, [](Destination &destination) {
    destination.segment->fill = destination.alloc;
  });
}

} // namespace mps
