#include "collector/sweeper.h"

#include "trace/segment_marker.h"

namespace mps {

void Sweeper::begin(Pool *pools, bool findsCandidates) {
  pools_ = pools;
  findsCandidates_ = findsCandidates;
  sweptSize_ = liveSize_ = 0;
}

Pool *Sweeper::nextPool() const {
  Pool *pool = pools_;
  while (pool != nullptr && pool->segments[Pool::kSnapshot].isEmpty())
    pool = pool->next;
  return pool;
}

/// It has been swept, and is in no list.
void Sweeper::keep(Segment &segment) {
  candidates_.trim();
  sweptSize_ += segment.extent.size();
  liveSize_ += segment.live;
  arena_.setTag(&segment, segment.tag);
  SegmentMarker::forget(arena_, segment);
  if (segment.live == 0 && !segment.isBuffered)
    return segment.pool->free(&segment);
  if (findsCandidates_ && Candidates::isSparse(segment))
    candidates_.add(segment);
  else
    segment.pool->adopt(&segment);
  if (segment.pool->options().isMoving)
    segment.pool->offer(segment);
  else if (segment.buffer == nullptr)
    segment.pool->reopen(segment);
}

bool Sweeper::sweepOne() {
  Pool *pool = nextPool();
  return pool != nullptr && sweepOneOf(*pool);
}

bool Sweeper::sweepOneOf(Pool &pool) {
  Segment *segment = pool.segments[Pool::kSnapshot].pop();
  if (segment == nullptr)
    return false;
  segment->live = 0;
  sweepWritable(*segment);
  keep(*segment);
  return true;
}

/// Padding is written; what the segment leads to stays true.
void Sweeper::sweepWritable(Segment &segment) {
  bool isProtected = Protection::isProtected(segment);
  if (isProtected)
    arena_.protection().unprotect(segment);
  segment.pool->markTaken(segment);
  sweep(segment);
  if (isProtected && segment.live != 0)
    arena_.protection().protect(segment);
}

bool Sweeper::take() {
  while (takenCount_ < kMostTaken) {
    Pool *pool = nextPool();
    if (pool == nullptr)
      break;
    Segment *segment = pool->segments[Pool::kSnapshot].pop();
    pool->segments[Pool::kTaken].push(segment);
    taken_[takenCount_++] = segment;
  }
  return takenCount_ != 0;
}

bool Sweeper::sweepTaken(const std::atomic<unsigned> &isWanted) {
  while (sweptCount_ < takenCount_) {
    if (isWanted.load(std::memory_order_relaxed) != 0)
      return false;
    Segment &segment = *taken_[sweptCount_];
    segment.live = 0;
    sweep(segment);
    ++sweptCount_;
  }
  return true;
}

void Sweeper::keepTaken() {
  for (unsigned i = 0; i < takenCount_; ++i) {
    Segment *segment = taken_[i];
    SegmentList *lists = segment->pool->segments;
    lists[Pool::kTaken].remove(segment);
    if (i < sweptCount_)
      keep(*segment);
    else
      lists[Pool::kSnapshot].push(segment);
  }
  takenCount_ = sweptCount_ = 0;
}

} // namespace mps
