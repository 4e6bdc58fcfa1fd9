// The order of a trace, and its roots. Fixing is in fix.cpp, pinning in
// pins.cpp, scanning in scan.cpp, reclaiming in reclaim.cpp.
#include "trace/fix_inline.h"

#include "base/check.h"

#include <algorithm>

namespace mps {

void TraceCounts::add(const TraceCounts &other) {
  condemnedBytes += other.condemnedBytes;
  movedObjects += other.movedObjects;
  movedBytes += other.movedBytes;
  pinnedObjects += other.pinnedObjects;
  pinnedBytes += other.pinnedBytes;
  keptObjects += other.keptObjects;
  keptBytes += other.keptBytes;
}

void Tracer::enter(Phase from, Phase to) {
  MPS_CHECK(phase_ == from, "a trace's phases follow each other");
  phase_ = to;
}

void Tracer::begin(Pool *pools, bool isFull) {
  enter(Phase::Idle, Phase::Condemn);
  pools_ = pools;
  isFull_ = isFull;
  firstChunk_ = arena_.firstChunk();
  isOutOfMemory_ = false;
  counts_ = {};
}

void Tracer::condemn(Pool &pool, unsigned generations) {
  Chain &chain = pool.chain();
  for (unsigned i = 0; i < generations && i <= chain.top(); ++i) {
    pool.destinations[i] = {}; // Its segment is condemned too.
    SegmentList list = pool.segments[i].takeAll();
    std::size_t seen = 0;
    while (Segment *segment = list.pop()) { // The youngest come first.
      segment->stays = segment->isLarge;
      arena_.setTag(segment, segment->tag | kWhiteGrain |
                                 (segment->stays ? kAnchoredGrain : 0));
      segment->destination = &pool.destinations[chain.destinationOf(i, seen)];
      seen += segment->extent.size();
      white_.push(segment);
    }
  }
}

void Tracer::evacuateSparsest(std::size_t budget) {
  GrowingArray<Segment *> candidates;
  auto liveIn = [](const Segment &segment) {
    return segment.live != 0 ? segment.live
                             : segment.fill - segment.extent.base;
  };
  for (Segment *each = white_.first(); each != nullptr; each = each->next) {
    if (each->isLarge)
      continue;
    each->stays = true; // Until it is chosen below.
    arena_.setTag(each, each->tag | kAnchoredGrain);
    if (!each->isBuffered)
      candidates.push(each); // What cannot be noted just stays.
  }
  std::sort(candidates.begin(), candidates.end(),
            [&](Segment *a, Segment *b) { return liveIn(*a) < liveIn(*b); });
  for (Segment *each : candidates) {
    if (liveIn(*each) > budget)
      break;
    budget -= liveIn(*each);
    each->stays = false;
    arena_.setTag(each, each->tag & std::uint8_t(~kAnchoredGrain));
  }
}

void Tracer::flip() {
  enter(Phase::Condemn, Phase::Flip);
  forEachPool([&](Pool &pool) {
    for (Buffer *buffer = pool.buffers; buffer; buffer = buffer->next) {
      buffer->initAtFlip = buffer->objectsEnd();
      buffer->isFlipped = true;
      __atomic_store_n(&buffer->point->limit, 0, __ATOMIC_RELAXED);
      Segment *segment = buffer->segment;
      if (segment == nullptr)
        continue;
      segment->fill = buffer->objectsEnd();
      if (!(segment->tag & kWhiteGrain))
        continue;
      pool.retire(*buffer);
      if (buffer->owner == BufferOwner::Compiled) {
        *buffer->point = {0, 0, 0};
      } else {
        segment->isBuffered = true;
        buffer->abandoned = segment;
      }
    }
    for (Destination &destination : pool.destinations)
      if (destination.segment != nullptr)
        destination.segment->scanned = destination.alloc;
  });
  for (Segment *each = white_.first(); each != nullptr; each = each->next)
    counts_.condemnedBytes += each->fill - each->extent.base;
}

void Tracer::initialiseScanState(bool (*function)(ScanState &, Word *)) {
  Word least = ~Word(0), limit = 0;
  for (Chunk *chunk = firstChunk_; chunk != nullptr; chunk = chunk->next) {
    if (chunk->extent.base.bits() < least)
      least = chunk->extent.base.bits();
    if (chunk->extent.limit.bits() > limit)
      limit = chunk->extent.limit.bits();
  }
  scanState_.least = least;
  scanState_.size = limit - least;
  scanState_.met = 0;
  scanState_.fix = function;
  scanState_.closure = this;
}

void Tracer::visitRoots(RootSource *sources) {
  enter(Phase::Flip, Phase::Roots);
  rank_ = Rank::Ambiguous;
  initialiseScanState([](ScanState &state, Word *word) {
    static_cast<Tracer *>(state.closure)->addCandidate(*word);
    return true;
  });
  for (RootSource *each = sources; each != nullptr; each = each->next)
    each->visit(Rank::Ambiguous, visitor_);
  pinCandidates();
  rank_ = Rank::Exact;
  initialiseScanState([](ScanState &state, Word *word) {
    auto *tracer = static_cast<Tracer *>(state.closure);
    *word = tracer->fix(Ref::fromBits(*word)).bits();
    return true;
  });
  for (RootSource *each = sources; each != nullptr; each = each->next)
    each->visit(Rank::Exact, visitor_);
}

void Tracer::Visitor::exact(Slot slot) {
  Ref ref = slot.load();
  Ref fixed = tracer_.fix(ref);
  if (fixed != ref)
    slot.store(fixed);
}

void Tracer::Visitor::pinned(Slot slot) {
  tracer_.addCandidate(slot.load().bits());
}

[[gnu::no_sanitize("address", "thread")]] void
Tracer::Visitor::ambiguous(Extent words) {
  for (Address each = words.base.alignedUp(kWordSize); each < words.limit;
       each += kWordSize)
    tracer_.addCandidate(*each.as<Word>());
}

ScanState *Tracer::Visitor::scanState() { return &tracer_.scanState_; }

} // namespace mps
