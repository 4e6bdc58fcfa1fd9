#include "collector/old_collection.h"

#include "platform/clock.h"

#include <algorithm>

namespace mps {

namespace {
/// Of one step of our thread, some 50 us; and of one before the next look at
/// the clock.
constexpr std::size_t kSlotsTogether = 4096, kSlotsBetweenLooks = 256;
/// What sweeping a segment is reckoned as.
constexpr std::size_t kSlotsOfSegment = 128;
/// Of the end of marking, with the world stopped, before the next look at the
/// clock.
constexpr std::size_t kSlotsAtEnd = 512;
constexpr std::size_t kWeakAtEnd = 1024;
/// Of what was marked, the part that may be kept by weak references alone, as
/// somebody may have read them; more is for a full collection to look at.
constexpr std::size_t kMostKeptByWeak = 4;
/// Of the headroom that marking had: sweeping has at least this.
constexpr std::size_t kLeastSweepPart = 8;

const std::atomic<unsigned> nobody{0};
} // namespace

OldCollection::OldCollection(Arena &arena, const std::size_t &guardians)
    : arena_(arena), thread_(arena.background()), guardians_(guardians) {
  thread_.add(*this);
}

// ---- The order of a collection ----

void OldCollection::begin(Pool *pools, RootSource *roots,
                          std::size_t headroom) {
  pools_ = pools;
  bool hasClients = false;
  for (Pool *each = pools; each != nullptr; each = each->next)
    hasClients |= !each->isDescribed();
  hasClients_ = hasClients;
  if (hasClients)
    candidates_.dissolve(pools, Candidates::To::Generations);
  marker_.begin(pools);
  for (Rank rank : {Rank::Ambiguous, Rank::Exact})
    for (RootSource *each = roots; each != nullptr; each = each->next)
      each->visit(rank, marker_.visitor(rank));
  for (RootSource *each = roots; each != nullptr; each = each->next)
    if (each->hasUntoldWeak())
      marker_.noteSeen(*each);
  oldValues_.clear();
  ambiguous_.clear();
  passedValues_.clear();
  passedAmbiguous_.clear();
  passedSlots_.clear();
  candidates_.noted().clear();
  hasLostValues_ = false;
  isDrained_ = isCleared_ = hasGuarded_ = false;
  triesToEnd_ = 0;
  slotsDone_ = 0;
  usedAtBegin_ = arena_.used();
  occupiedAtBegin_ = arena_.occupied();
  limitAtBegin_ = arena_.segmentLimit();
  headroom_ = std::max(headroom, std::size_t(1));
  slotsExpected_ = double(usedAtBegin_) * slotsPerByte_;
  slotsAtMost_ = double(usedAtBegin_) * std::max(slotsPerLive_, slotsPerByte_);
  hasResult_ = false;
  phase_.store(Phase::Marking, std::memory_order_release);
  wakeThread();
}

void OldCollection::wakeThread() { thread_.wake(); }

void OldCollection::beforeAccess(Segment &segment) {
  if (isHiding())
    return marker_.clear(segment);
  if (!isShading())
    return;
  marker_.pass(segment);
  if (!marker_.isDone())
    isDrained_.store(false, std::memory_order_release);
}

void OldCollection::noteOldValue(Word value) {
  if (isShading() && value != 0 && !oldValues_.push(value))
    hasLostValues_ = true;
}

/// What does not lead to the snapshot is nothing to the marker.
void OldCollection::noteAmbiguous(Word word) {
  const Chunk *chunk = arena_.chunkOf(Address::fromBits(word));
  if (isShading() && chunk != nullptr &&
      arena_.isOfSnapshot(
          chunk->tagOf(chunk->grainOf(Address::fromBits(word))))) {
    hasLostValues_ |= !ambiguous_.push(word);
    candidates_.hold(Ref::fromBits(word & ~abi::kTagMask));
  }
}

void OldCollection::passNoted() {
  if (!isShading() || (oldValues_.size() == 0 && ambiguous_.size() == 0 &&
                       candidates_.noted().size() == 0))
    return;
  {
    platform::Locked locked(passing_);
    hasLostValues_ |= !passedValues_.takeAll(oldValues_);
    hasLostValues_ |= !passedAmbiguous_.takeAll(ambiguous_);
    hasLostValues_ |= !passedSlots_.takeAll(candidates_.noted());
    isDrained_ = false;
  }
  thread_.wake();
}

void OldCollection::end(RootSource *roots) {
  if (phase() == Phase::Marking) {
    passNoted();
    bool isDone = markToEnd();
    if (hasLostValues_ || marker_.hasFailed()) {
      finish(roots);
    } else if (isDone) {
      endDrained(roots);
    } else {
      isDrained_ = false;
      thread_.wake();
    }
  } else if (phase() == Phase::Clearing && isCleared_) {
    endClearing();
  }
}

/// All is marked, but for what dies and is to be told.
void OldCollection::endDrained(RootSource *roots) {
  if (!hasGuarded_)
    isKeptByWeak_ =
        marker_.foundAsSeen() > marker_.markedObjects() / kMostKeptByWeak;
  if (!hasGuarded_ && hasGuardians())
    startGuarding();
  else
    endMarking(roots);
}

/// For a quarter of the pause time. False if there is more: then somebody goes
/// on soon, and at the next try there is little but what has been logged since.
/// If nobody does, that is what was logged while a nursery was filled, for
/// which half of the pause time is enough; or more steps, however short it is.
bool OldCollection::markToEnd() {
  constexpr unsigned kMostDoublings = 3;
  std::uint64_t time = assistTime_ * (triesToEnd_ == 0 ? 1 : 2);
  std::size_t slots = kSlotsAtEnd << std::min(triesToEnd_++, kMostDoublings);
  std::uint64_t start = platform::nanoseconds();
  while (mark(slots, nobody))
    if (platform::nanoseconds() - start >= time)
      return false;
  return true;
}

/// What a root holds that mutators read without a word has been marked.
void OldCollection::endMarking(RootSource *roots) {
  slotsPerByte_ = double(slotsDone_) / double(usedAtBegin_);
  for (RootSource *each = roots; each != nullptr; each = each->next)
    if (!each->hasUntoldWeak())
      each->visit(Rank::Weak, marker_.visitor(Rank::Weak));
  marker_.startClearing();
  if (marker_.clearSome(kWeakAtEnd)) {
    isCleared_ = false;
    phase_.store(Phase::Clearing, std::memory_order_release);
    thread_.wake();
  } else {
    endClearing();
  }
}

void OldCollection::endClearing() {
  if (candidates_.isRecording() && !candidates_.hasFailed())
    phase_.store(Phase::Evacuating, std::memory_order_release);
  else
    startSweeping();
}

void OldCollection::startSweeping() {
  for (Pool *each = pools_; each != nullptr; each = each->next)
    each->withdrawOffers();
  candidates_.dissolve(pools_, Candidates::To::Snapshot);
  sweeper_.begin(pools_, !hasClients_);
  std::size_t grown = this->grown();
  sweepRoom_ = std::max(headroom_ - std::min(headroom_, grown),
                        headroom_ / kLeastSweepPart);
  sweepAllocated_ = 0;
  phase_.store(Phase::Sweeping, std::memory_order_release);
  thread_.wake();
}

void OldCollection::noteSwept() {
  if (phase() != Phase::Sweeping || !sweeper_.isDone())
    return;
  hasResult_ = true;
  isBehind_ = false;
  // What was evacuated is not swept.
  slotsPerLive_ =
      std::min(kMostSlotsPerLive,
               double(slotsDone_) /
                   double(std::max(sweeper_.liveSize(), std::size_t(1))));
  phase_.store(Phase::Idle, std::memory_order_release);
}

void OldCollection::finish(RootSource *roots) {
  if (pools_ == nullptr)
    return;
  isBehind_ = false;
  switch (phase()) {
  case Phase::Idle:
    break;
  case Phase::Marking:
  case Phase::Guarding:
    abandonGuarding();
    candidates_.dissolve(pools_, Candidates::To::Snapshot);
    marker_.abandon(pools_);
    for (RootSource *each = roots; each != nullptr; each = each->next)
      each->stopWaiting();
    phase_.store(Phase::Idle, std::memory_order_release);
    break;
  case Phase::Clearing:
    while (marker_.clearSome(kWeakAtEnd)) {
    }
    [[fallthrough]];
  case Phase::Evacuating:
    startSweeping();
    [[fallthrough]];
  case Phase::Sweeping:
    while (sweeper_.sweepOne()) {
    }
    noteSwept();
  }
  candidates_.dissolve(pools_, Candidates::To::Generations);
}

bool OldCollection::takeResult(std::size_t &liveOut) {
  if (!hasResult_ || isRunning())
    return false;
  hasResult_ = false;
  liveOut = sweeper_.liveSize();
  return true;
}

void OldCollection::showArrays(SideMemory &memory) {
  marker_.showArrays(memory);
  candidates_.showArrays(memory);
  evacuator_.showArrays(memory);
  platform::Locked locked(passing_);
  memory.show(oldValues_, ambiguous_, passedValues_, passedAmbiguous_,
              passedSlots_, meant_);
}

// ---- Evacuating ----

namespace {

/// Shows ambiguous words, and the objects of slots that pin.
class AmbiguousWords final : public RootVisitor {
public:
  explicit AmbiguousWords(FunctionRef<void(Word)> visit) : visit_(visit) {
    state_.size = ~state_.least;
    state_.closure = this;
    state_.fix = [](ScanState &state, Word *word) {
      static_cast<AmbiguousWords *>(state.closure)->visit_(*word);
      return true;
    };
  }
  ScanState *scanState() override { return &state_; }
  /// What those lead to is held.
  bool wantsQuiet() override { return false; }
  bool becomesQuiet(Slot) override { return true; }
  void pinned(Slot slot) override { visit_(slot.load().bits()); }
  [[gnu::no_sanitize("address", "thread")]] void
  ambiguous(Extent words) override {
    for (Address each = words.base.alignedUp(kWordSize); each < words.limit;
         each += kWordSize)
      visit_(*each.as<Word>());
  }

private:
  FunctionRef<void(Word)> visit_;
  ScanState state_;
};

} // namespace

/// Segments that something ambiguous refers to stay.
SegmentList OldCollection::takeGroup(RootSource *roots,
                                     FunctionRef<void(Slot)> visit) {
  for (Slot slot : candidates_.noted())
    marker_.record(slot);
  candidates_.noted().clear();
  meant_.clear();
  bool isKnown = true;
  auto note = [&](Word word) {
    const Segment *segment = arena_.segmentOf(Address::fromBits(word));
    if (segment != nullptr && segment->tag & kCandidateGrain &&
        candidates_.isOfLast(*segment))
      isKnown &= meant_.push(segment);
  };
  AmbiguousWords words(note);
  for (RootSource *each = roots; each != nullptr; each = each->next)
    each->visit(Rank::Ambiguous, words);
  return candidates_.takeLast(
      pools_,
      [&](const Segment &segment) {
        if (!isKnown || segment.isHeld)
          return true;
        for (const Segment *each : meant_)
          if (each == &segment)
            return true;
        return false;
      },
      visit);
}

void OldCollection::groupTaken(bool isLast) {
  if (isLast || candidates_.groups() == 0 || candidates_.hasFailed())
    startSweeping();
}

// ---- Steps ----

bool OldCollection::hasPassed() const {
  return passedValues_.size() != 0 || passedAmbiguous_.size() != 0 ||
         passedSlots_.size() != 0;
}

/// By whoever holds the lock of steps, in Marking. False if it is drained.
bool OldCollection::mark(std::size_t slots,
                         const std::atomic<unsigned> &isWanted) {
  {
    platform::Locked locked(passing_);
    marker_.add(passedValues_, passedAmbiguous_, passedSlots_);
  }
  slotsDone_ += marker_.step(slots, isWanted);
  if (!marker_.isDone() && !marker_.hasFailed())
    return true;
  platform::Locked locked(passing_); // What is passed on now undoes this.
  if (hasPassed())
    return true;
  isDrained_.store(true, std::memory_order_release);
  return false;
}

void OldCollection::advance(std::size_t slots) {
  if (phase() == Phase::Marking && !isDrained_) {
    thread_.lock();
    mark(slots, nobody);
    thread_.unlock();
  } else if (evacuator_.isActive() && !evacuator_.isDrained()) {
    thread_.lock();
    evacuator_.step(slots, nobody);
    thread_.unlock();
  } else if (phase() == Phase::Guarding) {
    Held held(*this);
    guard();
  } else if (phase() == Phase::Clearing && !isCleared_) {
    Held held(*this);
    clear();
  } else if (phase() == Phase::Sweeping) {
    Held held(*this); // What our thread has taken is to be swept, too.
    for (std::size_t done = 0; done < slots; done += kSlotsOfSegment)
      if (!sweeper_.sweepOne())
        break;
    noteSwept();
  }
}

/// Whether a step can be done while the program runs.
bool OldCollection::hasWork() const {
  return isRunning() && !isReadyToEnd() && phase() != Phase::Evacuating;
}

void OldCollection::hurry() {
  while (hasWork()) {
    bool frees = phase() == Phase::Sweeping;
    advance(kSlotsTogether);
    if (frees)
      return;
  }
}

void OldCollection::workUntil(std::uint64_t nanoseconds) {
  while (hasWork() && platform::nanoseconds() < nanoseconds)
    advance(kSlotsBetweenLooks);
}

void OldCollection::setClamped(bool is) {
  isClamped_ = is;
  if (!is)
    thread_.wake();
}

/// Whether it is in this phase, and our thread takes part. Asked again while
/// steps are locked, as another collection may have begun.
bool OldCollection::isForThread(Phase asked) const {
  return phase() == asked && !hasClients_;
}

bool OldCollection::step() {
  bool goesOn = false;
  if (isForThread(Phase::Marking) && !isDrained_) {
    thread_.lockForStep();
    if (isForThread(Phase::Marking))
      goesOn = mark(kSlotsTogether, thread_.wanted());
    thread_.unlock();
  } else if (evacuator_.isActive() && !evacuator_.isDrained()) {
    thread_.lockForStep();
    goesOn = evacuator_.isActive() &&
             evacuator_.step(kSlotsTogether, thread_.wanted());
    thread_.unlock();
  } else if (isForThread(Phase::Guarding)) {
    arena_.lock().lockWhenFree();
    goesOn = true;
    if (thread_.tryLock()) { // If not, nobody is to wait for both.
      goesOn = isForThread(Phase::Guarding) && guard();
      thread_.unlock();
    }
    arena_.lock().unlock();
  } else if (isForThread(Phase::Clearing) && !isCleared_) {
    thread_.lockForStep();
    goesOn = isForThread(Phase::Clearing) && clear();
    thread_.unlock();
  } else if (isForThread(Phase::Sweeping)) {
    arena_.lock().lockWhenFree();
    if (isForThread(Phase::Sweeping) && !isClamped_) {
      sweeper_.keepTaken();
      goesOn = sweeper_.take();
      noteSwept();
    }
    arena_.lock().unlock();
    thread_.lockForStep();
    sweeper_.sweepTaken(thread_.wanted());
    thread_.unlock();
  }
  return goesOn;
}

} // namespace mps
