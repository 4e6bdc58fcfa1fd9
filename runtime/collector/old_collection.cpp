#include "collector/old_collection.h"

#include "platform/futex.h"
#include "platform/helper_thread.h"

#include <algorithm>

namespace mps {

namespace {
/// Of one step of the thread of ours: some 50 us.
constexpr std::size_t kSlotsTogether = 4096;
constexpr unsigned kSegmentsTogether = 8, kSegmentsAssisted = 2;
/// Of the end of marking, with the world stopped.
constexpr std::size_t kSlotsAtEnd = 8192;
/// Marking is to have ended when this part of the headroom has been used.
constexpr double kHeadroomUsed = 0.75;
} // namespace

// ---- Fork: no step is half done in a child ----

struct OldCollection::Registry {
  static inline platform::Mutex lock;
  static inline OldCollection *first = nullptr;
  static inline bool hasHandlers = false;

  static void add(OldCollection &collection) {
    platform::Locked locked(lock);
    if (!hasHandlers)
      hasHandlers = pthread_atfork(prepare, parent, child) == 0;
    collection.nextOfProcess_ = first;
    first = &collection;
  }
  static void remove(OldCollection &collection) {
    platform::Locked locked(lock);
    OldCollection **link = &first;
    while (*link != &collection)
      link = &(*link)->nextOfProcess_;
    *link = collection.nextOfProcess_;
  }
  static void prepare() {
    lock.lock();
    for (OldCollection *each = first; each; each = each->nextOfProcess_)
      if (each->hasThread_) {
        each->arena_.lock().lock();
        each->hold();
      }
  }
  static void parent() {
    for (OldCollection *each = first; each; each = each->nextOfProcess_)
      if (each->hasThread_) {
        each->letGo();
        each->arena_.lock().unlock();
      }
    lock.unlock();
  }
  static void child() {
    for (OldCollection *each = first; each; each = each->nextOfProcess_)
      if (each->hasThread_) {
        each->hasThread_ = false;
        each->wanted_ = 0;
        each->stepping_.unlock();
        each->arena_.lock().unlock();
      }
    lock.unlock();
  }
};

OldCollection::OldCollection(Arena &arena)
    : arena_(arena), marker_(arena, candidates_) {
  Registry::add(*this);
}

OldCollection::~OldCollection() {
  Registry::remove(*this);
  if (!hasThread_)
    return;
  isStopping_ = true;
  wake();
  pthread_join(thread_, nullptr);
}

void OldCollection::hold() {
  wanted_.fetch_add(1, std::memory_order_relaxed);
  stepping_.lock();
}

void OldCollection::letGo() {
  stepping_.unlock();
  wanted_.fetch_sub(1, std::memory_order_relaxed);
}

// ---- The order of a collection ----

void OldCollection::begin(Pool *pools, RootSource *roots,
                          std::size_t headroom) {
  pools_ = pools;
  marker_.begin(pools);
  for (Rank rank : {Rank::Ambiguous, Rank::Exact})
    for (RootSource *each = roots; each != nullptr; each = each->next)
      each->visit(rank, marker_.visitor());
  oldValues_.clear();
  hasLostValues_ = false;
  isDrained_ = false;
  slotsDone_ = 0;
  usedAtBegin_ = arena_.used();
  headroom_ = std::max(headroom, std::size_t(1));
  slotsExpected_ = std::size_t(double(usedAtBegin_) * slotsPerByte_);
  swept_ = {};
  hasResult_ = false;
  phase_.store(Phase::Marking, std::memory_order_release);
  if (wantsThread_)
    startThread();
  wake();
}

void OldCollection::noteOldValue(Word value) {
  if (phase() == Phase::Marking && value != 0 && !oldValues_.push(value))
    hasLostValues_ = true;
}

void OldCollection::passOldValues() {
  if (phase() != Phase::Marking || oldValues_.size() == 0)
    return;
  marker_.add(oldValues_);
  isDrained_ = false;
  wake();
}

bool OldCollection::end(WriteLog &log) {
  passOldValues();
  slotsDone_ += marker_.step(kSlotsAtEnd, std::atomic<unsigned>(0));
  if (hasLostValues_ || marker_.hasFailed()) {
    finish();
    return true;
  }
  if (!marker_.isDone()) {
    isDrained_ = false;
    wake();
    return false;
  }
  slotsPerByte_ = double(slotsDone_) / double(usedAtBegin_);
  log.keepIf([this](Slot slot) { return !marker_.isInGarbage(slot); });
  if (candidates_.isRecording() && !candidates_.hasFailed())
    phase_.store(Phase::Evacuating, std::memory_order_release);
  else
    startSweeping();
  return true;
}

void OldCollection::startSweeping() {
  candidates_.dissolve(pools_, Pool::kSnapshot);
  phase_.store(Phase::Sweeping, std::memory_order_release);
  wake();
}

void OldCollection::finish() {
  if (pools_ == nullptr)
    return;
  switch (phase()) {
  case Phase::Idle:
    break;
  case Phase::Marking:
    candidates_.dissolve(pools_, Pool::kSnapshot);
    marker_.abandon(pools_);
    phase_.store(Phase::Idle, std::memory_order_release);
    break;
  case Phase::Evacuating:
    startSweeping();
    [[fallthrough]];
  case Phase::Sweeping:
    while (phase() == Phase::Sweeping)
      sweepSome(kSegmentsTogether);
  }
  candidates_.dissolve(pools_, pools_->chain().top());
}

// ---- Evacuating ----

namespace {

/// Shows ambiguous words, and the objects of slots that pin.
class AmbiguousWords final : public RootVisitor {
public:
  explicit AmbiguousWords(FunctionRef<void(Word)> visit) : visit_(visit) {}
  void pinned(Slot slot) override { visit_(slot.load().bits()); }
  [[gnu::no_sanitize("address", "thread")]] void
  ambiguous(Extent words) override {
    for (Address each = words.base.alignedUp(kWordSize); each < words.limit;
         each += kWordSize)
      visit_(*each.as<Word>());
  }

private:
  FunctionRef<void(Word)> visit_;
};

} // namespace

/// Segments that something ambiguous refers to stay.
SegmentList OldCollection::takeGroup(RootSource *roots, WriteLog &log) {
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
      pools_, marker_,
      [&](const Segment &segment) {
        if (!isKnown)
          return true;
        for (const Segment *each : meant_)
          if (each == &segment)
            return true;
        return false;
      },
      [&](Slot slot) { log.add(slot); });
}

void OldCollection::groupTaken(bool isLast) {
  if (isLast || candidates_.groups() == 0 || candidates_.hasFailed())
    startSweeping();
}

// ---- Steps ----

/// With `stepping_` held.
void OldCollection::markSome(std::size_t slots) {
  if (phase() != Phase::Marking)
    return;
  slotsDone_ += marker_.step(slots, wanted_);
  if (marker_.isDone() || marker_.hasFailed())
    isDrained_.store(true, std::memory_order_release);
}

void OldCollection::assist() {
  if (phase() == Phase::Sweeping)
    return sweepSome(hasThread_ ? kSegmentsAssisted : kSegmentsTogether);
  if (phase() != Phase::Marking || isDrained_)
    return;
  // The part of the headroom that is gone, and that of the marking.
  std::size_t used = arena_.used() - std::min(arena_.used(), usedAtBegin_);
  double due = double(used) / (kHeadroomUsed * double(headroom_));
  if (due < 1 && double(slotsDone_) >= due * double(slotsExpected_))
    return;
  hold();
  std::atomic<unsigned> nobody{0};
  if (phase() == Phase::Marking) {
    slotsDone_ += marker_.step(kSlotsTogether, nobody);
    if (marker_.isDone() || marker_.hasFailed())
      isDrained_ = true;
  }
  letGo();
}

void OldCollection::sweepSome(unsigned segments) {
  Pool *pool = pools_;
  for (unsigned i = 0; i < segments; ++i) {
    while (pool != nullptr && pool->segments[Pool::kSnapshot].isEmpty())
      pool = pool->next;
    if (pool == nullptr) {
      hasResult_ = true;
      return phase_.store(Phase::Idle, std::memory_order_release);
    }
    Segment *segment = pool->segments[Pool::kSnapshot].pop();
    segment->live = 0;
    Swept swept = sweep(*segment);
    swept_.objects += swept.objects;
    swept_.bytes += swept.bytes;
    swept_.holeBytes += swept.holeBytes;
    arena_.setTag(segment, segment->tag);
    if (swept.bytes == 0)
      pool->free(segment);
    else if (Candidates::isSparse(*segment))
      candidates_.add(*segment);
    else
      pool->adopt(segment);
  }
}

bool OldCollection::takeResult(Swept &resultOut) {
  if (!hasResult_ || isRunning())
    return false;
  hasResult_ = false;
  resultOut = swept_;
  return true;
}

// ---- The thread ----

void OldCollection::startThread() {
  if (hasThread_)
    return;
  hasThread_ = platform::startHelper(
      thread_,
      [](void *self) -> void * {
        static_cast<OldCollection *>(self)->work();
        return nullptr;
      },
      this);
}

void OldCollection::wake() {
  asked_.fetch_add(1, std::memory_order_release);
  platform::wakeAll(asked_);
}

void OldCollection::work() {
  for (unsigned step = 0; !isStopping_;) {
    std::uint32_t asked = asked_.load(std::memory_order_acquire);
    bool isMarking = phase() == Phase::Marking;
    if (phase() == Phase::Idle || phase() == Phase::Evacuating ||
        (isMarking && isDrained_)) {
      platform::waitWhile(asked_, asked);
      continue;
    }
    if (wanted_.load(std::memory_order_relaxed) != 0) {
      platform::backOff(step++);
      continue;
    }
    step = 0;
    if (isMarking) {
      platform::Locked locked(stepping_);
      markSome(kSlotsTogether);
      continue;
    }
    bool isContended = false;
    {
      platform::Locked locked(arena_.lock());
      if (phase() == Phase::Sweeping)
        sweepSome(kSegmentsTogether);
      isContended = arena_.lock().isContended();
    }
    if (isContended)
      platform::backOff(~0u); // Whoever waits shall have it.
  }
}

} // namespace mps
