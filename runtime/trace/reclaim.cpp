// Reclaiming: what is still white is garbage, but for what was left in place.
#include "trace/tracer.h"

#include "base/check.h"
#include "trace/sweep.h"

namespace mps {

void Tracer::reclaim() {
  enter(Phase::Ranks, Phase::Reclaim);
  keepMarked();
  SegmentList white = white_.takeAll();
  while (Segment *segment = white.pop())
    reclaim(*segment);
  addCounts();
  forEachPool([&](Pool &pool) { closeDestinations(pool); });
  forEachPool([](Pool &pool) {
    if (!pool.options().isMoving)
      pool.findOpen();
  });
  protectClean();
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
  Swept swept = sweep(segment);
  counts.keptObjects += swept.objects;
  counts.keptBytes += swept.bytes;
  counts.holeBytes += swept.holeBytes;
}

void Tracer::reclaim(Segment &segment) {
  bool isMarked = segment.tag & (kStayingGrain | kAnchoredGrain);
  countSurvival(segment, isMarked ? segment.whole : segment.objects().size());
  if (segment.live == 0 && !segment.isBuffered)
    return segment.pool->free(&segment);
  if (segment.live == 0 && segment.pool->options().isMoving) {
    // A client may still write behind `fill`, and then starts anew.
    if (segment.buffer != nullptr)
      segment.pool->abandonTaken(segment);
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
  segment.pool->offer(segment);
}

/// So that outside of collections `fill` is the end of every segment's objects.
void Tracer::closeDestinations(Pool &pool) {
  forEachDestination(pool, [](Destination &destination) {
    destination.segment->fill = destination.alloc;
  });
}

/// All that is not protected has been scanned by this trace; but for what a
/// scan function has stored to elsewhere, which may lead anywhere. What is
/// about to be written to stays dirty: nurseries, and what is open for copies.
void Tracer::protectClean() {
  touched_.clear();
  forEachWithoutBarrier([&](Segment &segment) {
    Pool &pool = *segment.pool;
    if (segment.isWritten)
      segment.summary = Segment::kAnywhere;
    segment.isWritten = false;
    if (!pool.isProtected() || segment.generation == 0 ||
        Protection::isProtected(segment))
      return;
    bool isOpen = segment.buffer != nullptr ||
                  pool.destinations[0][segment.generation].segment == &segment;
    if (isOpen || !touched_.push(&segment))
      leaveDirty(segment);
  });
  arena_.protection().protect(touched_);
  for (Segment *each : touched_)
    if (!Protection::isProtected(*each))
      leaveDirty(*each);
}

void Tracer::leaveDirty(Segment &segment) {
  Protection::Observer *observer = arena_.protection().observer();
  if (observer != nullptr && observer->isWatching())
    observer->beforeAccess(segment);
}

} // namespace mps
