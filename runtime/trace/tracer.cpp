// The order of a trace, and its roots. Pinning is in pins.cpp, reclaiming in
// reclaim.cpp.
#include "trace/tracer.h"

#include "arena/log_table.h"
#include "base/check.h"

#include <algorithm>

namespace mps {

static_assert(kMostWorkers <= platform::Crew::kMost);

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
  isFull_ = isFull;
  evacuation_ = isFull ? evacuation : Evacuation();
  trace_.pools = pools;
  trace_.firstChunk = arena_.firstChunk();
  trace_.isShared = false;
  startRecording();
  trace_.isOutOfMemory = trace_.stackOverflowed = wasShortOfMemory_ = false;
  for (unsigned i = 0; i < kMostWorkers; ++i)
    workers_[i].begin(trace_, i);
  hasClientFormats_ = false;
  forEachPool([&](Pool &pool) { hasClientFormats_ |= !pool.isDescribed(); });
  condemned_ = 0;
  counts_ = {};
}

void Tracer::showArrays(SideMemory &memory) {
  for (Worker &worker : workers_)
    worker.showArrays(memory);
  trace_.work.showArrays(memory);
  waiting_.showArrays(memory);
  memory.show(touched_, ambiguous_, marked_);
}

void Tracer::startRecording() {
  trace_.isRecording = candidates_ != nullptr && candidates_->isRecording();
}

void Tracer::condemn(SegmentList segments) {
  while (Segment *segment = segments.pop()) {
    arena_.setTag(segment, segment->tag | kWhiteGrain);
    segment->nextGeneration = segment->generation;
    segment->origin = Origin::Known;
    white_.push(segment);
  }
}

void Tracer::condemn(Pool &pool, unsigned generations) {
  Chain &chain = pool.chain();
  if (generations > chain.top())
    pool.withdrawOffers();
  condemned_ |=
      std::uint16_t((1u << std::min(generations, kMostGenerations + 1)) - 1);
  touched_.clear();
  for (unsigned i = 0; i < generations && i <= chain.top(); ++i) {
    for (auto &ofWorker : pool.destinations)
      ofWorker[i] = {}; // Its segment is condemned too.
    SegmentList list = pool.segments[i].takeAll();
    std::size_t seen = 0;
    while (Segment *segment = list.pop()) { // The youngest come first.
      arena_.setTag(segment, segment->tag | kWhiteGrain);
      segment->nextGeneration = std::uint8_t(chain.destinationOf(i, seen));
      segment->origin = segment->live != Segment::kUnknown ? Origin::Known
                        : i == chain.top()                 ? Origin::Settled
                                                           : Origin::Young;
      if (!pool.options().isMoving)
        segment->nextGeneration = segment->generation;
      if (segment->isLarge || !pool.options().isMoving)
        leader().stay(*segment);
      seen += segment->extent.size();
      white_.push(segment);
      if (!touched_.push(segment))
        arena_.protection().unprotect(*segment);
    }
  }
  arena_.protection().unprotect(touched_);
}

/// Nothing that a client reserved before will be committed.
void Tracer::stopFilling(Buffer &buffer) {
  buffer.initAtFlip = buffer.objectsEnd();
  buffer.isFlipped = true;
  __atomic_store_n(&buffer.point->limit, 0, __ATOMIC_RELAXED);
}

void Tracer::flip() {
  enter(Phase::Condemn, Phase::Flip);
  forEachPool([&](Pool &pool) {
    for (Buffer *buffer = pool.buffers; buffer; buffer = buffer->next) {
      stopFilling(*buffer);
      Segment *segment = buffer->segment;
      if (segment == nullptr || segment->buffer != nullptr)
        continue; // What it has taken has no objects behind that.
      segment->fill = buffer->objectsEnd();
      if (segment->tag & kWhiteGrain)
        detach(pool, *buffer);
    }
    forEachDestination(pool, [](Destination &destination) {
      destination.segment->scanned = destination.alloc;
    });
  });
  expectedBytes_ = 0;
  for (Segment *each = white_.first(); each != nullptr; each = each->next) {
    std::size_t bytes = each->objects().size();
    counts_.condemnedBytes += bytes;
    each->expected = each->origin == Origin::Known ? each->live
                     : each->origin == Origin::Young
                         ? youngSurvival_.expectedOf(bytes)
                         : settledSurvival_.expectedOf(bytes);
    if (!each->isLarge || !(each->tag & kLeafGrain))
      expectedBytes_ += each->expected;
    each->live = 0;
  }
}

// ---- Settling ----

/// Detaches a buffer from its segment. A client that has an open reservation
/// there may still write to it.
void Tracer::detach(Pool &pool, Buffer &buffer) {
  Segment *segment = buffer.segment;
  if (segment == nullptr || segment->buffer != nullptr)
    return; // A hole stays its point's.
  pool.retire(buffer);
  if (buffer.owner == BufferOwner::Compiled) {
    *buffer.point = {0, 0, 0};
  } else {
    segment->isBuffered = true;
    buffer.abandoned = segment;
  }
}

bool Tracer::settle(Pool *pools, FunctionRef<bool()> isOver) {
  enter(Phase::Idle, Phase::Idle);
  startRecording();
  for (Pool *each = pools; each != nullptr; each = each->next)
    settleYoung(*each);
  trace_.firstChunk = arena_.firstChunk();
  leader().begin(trace_, 0);
  bool areAll = settleRememberedSlots(isOver);
  settleWeakParts();
  collectRemembered();
  return areAll;
}

/// All buffers are detached, so that what is allocated from now on is in new
/// segments.
void Tracer::settleYoung(Pool &pool) {
  leader().begin(trace_, 0);
  for (Buffer *each = pool.buffers; each != nullptr; each = each->next) {
    stopFilling(*each);
    detach(pool, *each);
  }
  unsigned top = pool.chain().top();
  for (unsigned i = 0; i < top; ++i) {
    for (auto &ofWorker : pool.destinations)
      ofWorker[i] = {};
    while (Segment *segment = pool.segments[i].pop()) {
      leader().setGeneration(*segment, top, 0);
      if (trace_.isRecording && !pool.options().isLeaf)
        leader().recordIn(*segment);
      pool.adopt(segment);
    }
  }
  collectRemembered();
}

/// Nothing is young any more: where slots lead to is of interest to those who
/// record it, and to nobody else. Those that have waited longest come first:
/// what is stored to again and again is logged no more while it waits.
bool Tracer::settleRememberedSlots(FunctionRef<bool()> isOver) {
  GrowingArray<Slot> &slots = writeLog_.slots();
  std::size_t done = 0;
  do {
    std::size_t end = std::min(done + kSlotsAtOnce, slots.size());
    for (; done < end; ++done) {
      if (done + kSlotsAhead < slots.size()) {
        LogTable::prefetch(slots[done + kSlotsAhead]);
        if (trace_.isRecording)
          __builtin_prefetch(slots[done + kSlotsAhead].address().as());
      }
      LogTable::arm(slots[done]);
      if (trace_.isRecording)
        leader().rememberIfYoung(slots[done]);
    }
  } while (done < slots.size() && !isOver());
  slots.dropFirst(done);
  return slots.size() == 0;
}

void Tracer::settleWeakParts() {
  for (Address object : writeLog_.takeAllWeak()) {
    const auto &type =
        DescribedFormat::descriptorOf(DescribedFormat::headerOf(object));
    DescribedFormat::forEachWeakSlot(object, type,
                                     [](Slot slot) { LogTable::arm(slot); });
    leader().rememberWeak(object, type);
  }
}

/// What the workers remembered becomes the remembered set; what they recorded
/// goes to its group.
void Tracer::collectRemembered() {
  writeLog_.forgetTaken();
  for (Worker &worker : workers_) {
    if (worker.hasLostSlots())
      writeLog_.noteLoss();
    for (Slot slot : worker.remembered())
      writeLog_.add(slot);
    worker.remembered().clear();
    for (Address object : worker.finds().remembered)
      writeLog_.addWeak(object);
    worker.finds().clear();
    for (Slot slot : worker.recorded())
      candidates_->note(slot);
    worker.recorded().clear();
  }
}

// ---- Roots ----

void Tracer::setScanFunctions(bool (*fix)(ScanState &, Word *), void *closure) {
  ScanState &state = leader().scanState;
  state.cover(arena_.span());
  state.met = 0;
  state.fix = fix;
  state.fixPair = nullptr;
  state.closure = closure;
}

void Tracer::visitRoots(RootSource *sources) {
  enter(Phase::Flip, Phase::Roots);
  setScanFunctions(
      [](ScanState &self, Word *word) {
        static_cast<Tracer *>(self.closure)->addAmbiguous(*word);
        return true;
      },
      this);
  for (RootSource *each = sources; each != nullptr; each = each->next)
    each->visit(Rank::Ambiguous, visitor_);
  pinMeant();
  wasShortOfMemory_ = chooseStaying(
      white_, evacuation_, [this](Segment &each) { leader().stay(each); });
  setScanFunctions(
      [](ScanState &self, Word *word) {
        auto *worker = static_cast<Worker *>(self.closure);
        *word = worker->fixAndSummarize(Ref::fromBits(*word)).bits();
        return true;
      },
      &leader());
  leader().scanState.fixPair = [](ScanState &self, Word *key, Word *value) {
    return static_cast<Worker *>(self.closure)->fixPair(key, value);
  };
  for (RootSource *each = sources; each != nullptr; each = each->next)
    each->visit(Rank::Exact, visitor_);
}

void Tracer::Visitor::exact(Slot slot) {
  Ref ref = slot.load();
  Ref fixed = tracer_.leader().fix(ref);
  if (fixed != ref)
    slot.store(fixed);
}

void Tracer::Visitor::pinned(Slot slot) {
  tracer_.addAmbiguous(slot.load().bits());
}

[[gnu::no_sanitize("address", "thread")]] void
Tracer::Visitor::ambiguous(Extent words) {
  for (Address each = words.base.alignedUp(kWordSize); each < words.limit;
       each += kWordSize)
    tracer_.addAmbiguous(*each.as<Word>());
}

bool Tracer::Visitor::becomesQuiet(Slot slot) {
  Ref ref = slot.load();
  if (tracer_.trace_.isRecording)
    tracer_.candidates_->hold(ref);
  return tracer_.leader().isYoung(ref);
}

/// In a full trace, which does not look at what was remembered.
void Tracer::Visitor::logged(Slot slot, Address) {
  exact(slot);
  LogTable::arm(slot);
  tracer_.leader().rememberIfYoung(slot);
}

ScanState *Tracer::Visitor::scanState() { return &tracer_.leader().scanState; }

// ---- Scanning ----

/// How many workers a phase is worth that has to do with so many bytes.
unsigned Tracer::workersFor(std::size_t bytes) const {
  return hasClientFormats_ || bytes < leastShared_ ? 1 : mostWorkers_;
}

void Tracer::scan() {
  enter(Phase::Roots, Phase::Scan);
  scanUncondemned();
  GrowingArray<Slot> &slots = writeLog_.takeAll();
  if (isFull_)
    slots.clear(); // Every settled object is scanned anyway.
  unsigned workers = workersFor(expectedBytes_);
  trace_.isShared = workers > 1;
  trace_.work.begin(slots);
  crew_.run(workers, [this](unsigned index) { workers_[index].scan(); });
  trace_.isShared = false;
  if (trace_.work.hasRest())
    trace_.stackOverflowed = true;
  while (trace_.stackOverflowed)
    scanMarkedAgain();
}

/// All objects of pools without a write barrier that are not condemned are
/// roots, but for those of which it is known that they lead to nothing
/// condemned.
void Tracer::scanUncondemned() {
  touched_.clear();
  forEachWithoutBarrier([&](Segment &segment) {
    if (segment.tag & kWhiteGrain || segment.rank == Rank::Weak ||
        !mayLeadToWhite(segment))
      return;
    if (touched_.push(&segment))
      return;
    arena_.protection().unprotect(segment);
    scanRoots(segment);
  });
  arena_.protection().unprotect(touched_);
  for (Segment *each : touched_)
    scanRoots(*each);
}

bool Tracer::mayLeadToWhite(const Segment &segment) const {
  if (!Protection::isProtected(segment))
    return true;
  return segment.summary == Segment::kUnscanned
             ? !arena_.isOfSnapshot(segment)
             : (segment.summary & condemned_) != 0;
}

void Tracer::scanRoots(Segment &segment) {
  Address limit = segment.fill;
  forEachDestination(*segment.pool, [&](Destination &destination) {
    if (destination.segment == &segment)
      limit = segment.scanned; // Behind it, objects are scanned as copied.
  });
  if (hasGarbage_ && arena_.isOfSnapshot(segment))
    leader().scanLiving(segment, limit);
  else
    leader().scanWhole(segment, limit);
}

/// There was no memory to note every object that was left in place: scans all
/// of them again. A slot that is fixed already costs only time.
void Tracer::scanMarkedAgain() {
  trace_.stackOverflowed = false;
  for (Segment *each = white_.first(); each != nullptr; each = each->next) {
    if (!(each->tag & (kStayingGrain | kAnchoredGrain)) ||
        each->tag & kLeafGrain)
      continue;
    Address object = each->chunk->nextMarked(each->extent.base, each->fill);
    while (object < each->fill) {
      if (!leader().stack().push(object))
        trace_.stackOverflowed = true;
      leader().scanOwn();
      object = each->chunk->nextMarked(object + kWordSize, each->fill);
    }
  }
}

} // namespace mps
