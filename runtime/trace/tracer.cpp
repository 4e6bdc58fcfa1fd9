// The order of a trace, and its roots. Fixing is in fix.cpp, pinning in
// pins.cpp, scanning in scan.cpp, reclaiming in reclaim.cpp.
#include "trace/fix_inline.h"

#include "base/check.h"

namespace mps {

void TraceCounts::add(const TraceCounts &other) {
  condemnedBytes += other.condemnedBytes;
  movedObjects += other.movedObjects;
  movedBytes += other.movedBytes;
  pinnedObjects += other.pinnedObjects;
  pinnedBytes += other.pinnedBytes;
  keptObjects += other.keptObjects;
  keptBytes += other.keptBytes;
  holeBytes = other.holeBytes;
}

void Tracer::enter(Phase from, Phase to) {
  MPS_CHECK(phase_ == from, "a trace's phases follow each other");
  phase_ = to;
}

void Tracer::begin(Pool *pools, bool isFull, const Evacuation &evacuation) {
  enter(Phase::Idle, Phase::Condemn);
  pools_ = pools;
  isFull_ = isFull;
  evacuation_ = isFull ? evacuation : Evacuation();
  firstChunk_ = arena_.firstChunk();
  isOutOfMemory_ = wasShortOfMemory_ = false;
  counts_ = {};
}

void Tracer::condemn(Pool &pool, unsigned generations) {
  Chain &chain = pool.chain();
  for (unsigned i = 0; i < generations && i <= chain.top(); ++i) {
    pool.destinations[i] = {}; // Its segment is condemned too.
    SegmentList list = pool.segments[i].takeAll();
    std::size_t seen = 0;
    while (Segment *segment = list.pop()) { // The youngest come first.
      arena_.setTag(segment, segment->tag | kWhiteGrain);
      segment->destination = &pool.destinations[chain.destinationOf(i, seen)];
      segment->origin = segment->live != Segment::kUnknown ? Origin::Known
                        : i == chain.top()                 ? Origin::Settled
                                                           : Origin::Young;
      if (segment->isLarge)
        stay(*segment);
      seen += segment->extent.size();
      white_.push(segment);
    }
  }
}

/// All buffers are detached, so that what is allocated from now on is in new
/// segments.
void Tracer::settle(Pool &pool) {
  enter(Phase::Idle, Phase::Idle);
  for (Buffer *each = pool.buffers; each != nullptr; each = each->next) {
    MPS_CHECK(each->owner == BufferOwner::Compiled,
              "only compiled code allocates in a pool whose nursery settles");
    pool.retire(*each);
    *each->point = {0, 0, 0};
  }
  unsigned top = pool.chain().top();
  for (unsigned i = 0; i < top; ++i) {
    pool.destinations[i] = {};
    while (Segment *segment = pool.segments[i].pop()) {
      setGeneration(*segment, top, 0);
      pool.adopt(segment);
    }
  }
}

void Tracer::settleRememberedSlots() {
  firstChunk_ = arena_.firstChunk();
  GrowingArray<Slot> &slots = writeLog_.takeAll();
  for (std::size_t i = 0; i < slots.size(); ++i) {
    if (i + kSlotsAhead < slots.size())
      __builtin_prefetch(slots[i + kSlotsAhead].address().as());
    LogTable::arm(slots[i]);
    remember(slots[i]);
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
  for (Segment *each = white_.first(); each != nullptr; each = each->next) {
    std::size_t bytes = each->objects().size();
    counts_.condemnedBytes += bytes;
    each->expected = each->origin == Origin::Known ? each->live
                     : each->origin == Origin::Young
                         ? youngSurvival_.expectedOf(bytes)
                         : settledSurvival_.expectedOf(bytes);
    each->live = 0;
  }
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
  wasShortOfMemory_ =
      chooseStaying(white_, evacuation_, [this](Segment &each) { stay(each); });
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
