// What is old, collected while the program runs: when the steps of an
// OldCollection are taken that need the world stopped. Not here: evacuation
// beside the program (heap_evacuation.cpp).
#include "collector/heap.h"
#include "collector/thread_roots.h"
#include "platform/clock.h"

#include <algorithm>

namespace mps {

namespace {
/// Segments.
constexpr std::size_t kLeastToLend = 8;
/// Of the limit: what is recorded of slots that lead to candidates.
constexpr std::size_t kRecordsPart = 32;
} // namespace

/// Where a full collection would take too long: an old one, or, if that is
/// running, nothing until there is no memory left.
Heap::Scope Heap::scopeInsteadOfFull() const {
  if (old_.isRunning())
    return hasAllBarriers() ? Scope::Settle : Scope::Due;
  return mayBeginOld() && pacing_.isFullTooLong(arena_.occupied())
             ? Scope::Begin
             : Scope::Full;
}

/// Where all that is kept back is lent, there is no memory for its arrays;
/// unless the limit has been raised since.
bool Heap::mayBeginOld() const {
  bool hasRoom =
      lent_ != Lent::All ||
      arena_.available() >= arena_.commitLimit() / Pacing::kReservedPart;
  return !old_.isRunning() && writeLog_.isComplete() && mayMark() &&
         !old_.isKeptByWeak() && hasRoom;
}

/// While the program runs, what has no write barrier cannot be traced.
bool Heap::mayMark() const {
  return settings_.stress == Stress::None && hasAllBarriers();
}

/// Of either kind.
bool Heap::hasAllBarriers() const {
  for (Pool *pool = pools_; pool != nullptr; pool = pool->next)
    if (!pool->options().hasBarrier && !pool->options().hasProtection)
      return false;
  return pools_ != nullptr;
}

bool Heap::hasProtection() const {
  for (Pool *pool = pools_; pool != nullptr; pool = pool->next)
    if (pool->options().hasProtection)
      return true;
  return false;
}

/// That of compiled code is sized by Pacing alone.
void Heap::limitNurseries() {
  for (Chain *chain = chains_; chain != nullptr; chain = chain->next)
    chain->mostNursery = chain == compiledChain_ ? Chain::kUnlimited
                                                 : pacing_.mostClientNursery();
}

/// What a young collection has to scan in pools with protection, besides the
/// nurseries, and of roots that are watched.
std::size_t Heap::dirtyBytes() {
  std::size_t bytes = 0, notDirty = arena_.protection().size();
  for (Pool *pool = pools_; pool != nullptr; pool = pool->next) {
    if (!pool->isProtected())
      continue;
    bytes += pool->segmentBytes();
    for (Segment *each = pool->segments[0].first(); each; each = each->next)
      notDirty += each->extent.size();
  }
  return bytes - std::min(bytes, notDirty) + arena_.protection().openSize();
}

/// Then the nursery settles instead, without a trace.
bool Heap::isYoungTooLong() {
  std::size_t dirty = dirtyBytes();
  std::size_t nursery = hasProtection() ? newBytes() : 0;
  return dirty != 0 && hasAllBarriers() &&
         pacing_.isYoungTooLong(dirty + nursery);
}

/// Whether so much of what is old is protected that the rest can be in one
/// pause. If not, does a little more of it.
bool Heap::isReadyToBegin() {
  if (!mayBeginOld()) {
    stopPreparing();
    return false;
  }
  isPreparing_ = hasProtection() && !protectAhead();
  adjustStep();
  return !isPreparing_;
}

/// No old collection is to begin: a full one has come before it.
void Heap::stopPreparing() {
  isPreparing_ = false;
  ahead_.abandon();
  adjustStep();
}

/// Whether it is as good as it gets.
bool Heap::protectAhead() {
  PauseParts::During during(parts_, Part::Begin);
  double seconds = std::min(settings_.pauseTime, 1.0) / 4;
  return ahead_.step(std::uint64_t(seconds * 1e9));
}

bool Heap::isAllCompiled() const {
  if (compiledChain_ == nullptr)
    return false;
  for (Pool *pool = pools_; pool != nullptr; pool = pool->next)
    if (!pool->isDescribed() || !pool->options().hasBarrier)
      return false;
  return true;
}

/// Nothing is young then, and every slot is armed: what a mutator overwrites is
/// of the snapshot, or was allocated since. Not if there is no time for that,
/// while there is some memory left.
void Heap::beginOld(CollectionReport &report) {
  bool mayWait = !isShort() && !pacing_.isPastTarget(arena_.occupied(),
                                                     arena_.segmentLimit());
  settle(report, mayWait ? Remembered::InTime : Remembered::All);
  if (slotsLeft_ != 0 || !writeLog_.isComplete()) {
    report.kind = CollectionKind::Promotion;
    return; // Next time; or the next collection is full.
  }
  // Who counts collections counts this one, though nothing moves.
  __atomic_store_n(&epoch_, epoch_ + 1, __ATOMIC_RELEASE);
  ThreadRoots threads(world_, ThreadRoots::Frames::Running);
  PauseParts::During during(parts_, Part::Begin);
  add(threads);
  messages_.beginOuter(report.cause);
  old_.candidates().setMostRecords(arena_.commitLimit() / kRecordsPart);
  old_.begin(pools_, roots_,
             pacing_.headroom(arena_.occupied(), arena_.segmentLimit()));
  remove(threads);
  report.walk = threads.counts();
  world_.forEachMutator([](Mutator &mutator) { mutator.quietFrames.wait(); });
  for (RootSource *each = roots_; each != nullptr; each = each->next)
    each->wait();
  waitingRoots_ = roots_;
}

/// In as many pauses as it takes for all slots to be armed.
void Heap::beginOldNow(const char *cause) {
  do
    collect(Scope::Begin, cause);
  while (slotsLeft_ != 0 && mayBeginOld());
}

/// What is young may stay so, and what is remembered: an object that a mutator
/// stores to is of the snapshot and marked, or was allocated since.
void Heap::endMarking() {
  PauseParts::During during(parts_, Part::End);
  if (showAllWaiting() && areOldValuesKnown_)
    old_.end(roots_);
}

/// As many groups as there is time for; one, if it is evacuated beside the
/// program, or if a schedule is to choose. None if the nursery has taken the
/// time of the first, but never twice running; nor while there are slots of
/// which it is not known whether they lead to it.
void Heap::evacuateGroups(CollectionReport &report) {
  std::uint64_t start = platform::nanoseconds();
  auto time = std::uint64_t(std::min(settings_.pauseTime, 1e6) * 1e9 / 4);
  settle(report, Remembered::InTime);
  bool isLate = !hasReadBarrier_ && !schedule_.isOn() &&
                platform::nanoseconds() - start > 2 * time;
  isGroupPutOff_ = slotsLeft_ != 0 || (isLate && !isGroupPutOff_);
  if (hasReadBarrier_)
    return; // Goes on in beginBeside().
  if (isGroupPutOff_)
    return;
  if (schedule_.isOn())
    time = 0;
  PauseParts::During during(parts_, Part::Group);
  ThreadRoots threads(world_, ThreadRoots::Frames::Running);
  add(threads);
  do
    evacuateGroup(report.trace);
  while (old_.phase() == OldCollection::Phase::Evacuating &&
         platform::nanoseconds() - start < time);
  remove(threads);
  report.walk = threads.counts();
}

/// There must be memory for all that may live in the group: what were left in
/// place, records of slots would not know. It may be what is kept back: more is
/// freed than taken.
bool Heap::hasRoomForGroup() {
  setReserve(Reserve::None);
  // What has an identity hash grows by a word.
  std::size_t needed =
      old_.candidates().livingOfLast() * 3 / 2 +
      2 * (1 + settings_.collectorThreads) * arena_.segmentSize();
  return writeLog_.isComplete() && !old_.candidates().hasFailed() &&
         arena_.available() >= needed;
}

void Heap::evacuateGroup(TraceCounts &counts) {
  if (!hasRoomForGroup())
    return old_.groupTaken(true);
  std::uint64_t start = platform::processorNanoseconds();
  __atomic_store_n(&epoch_, epoch_ + 1, __ATOMIC_RELEASE);
  tracer_.begin(pools_, false, Evacuation());
  tracer_.condemn(
      old_.takeGroup(roots_, [this](Slot slot) { writeLog_.add(slot); }));
  tracer_.flip();
  tracer_.visitRoots(roots_);
  tracer_.scan();
  tracer_.finishRanks(roots_);
  tracer_.reclaim();
  postDead();
  counts.add(tracer_.counts());
  if (!schedule_.isOn()) { // It is to depend on no clock.
    std::uint64_t taken = platform::processorNanoseconds() - start;
    pacing_.evacuated(tracer_.counts().movedBytes, double(taken) * 1e-9);
    sizeGroups();
  }
  old_.groupTaken(tracer_.wasShortOfMemory());
}

/// So that all groups are evacuated before half of what is left of the target
/// is used.
void Heap::limitNurseryToGroups() {
  if (old_.phase() != OldCollection::Phase::Evacuating)
    return;
  std::size_t room = pacing_.headroom(arena_.used(), arena_.segmentLimit()) / 2;
  std::size_t &capacity = compiledChain_->generations[0].capacity;
  capacity = std::max(2 * arena_.segmentSize(),
                      std::min(capacity, room / (1 + old_.groups())));
}

/// Others allocate meanwhile, or collect, in pauses of their own. To mark is
/// much of the work that mutators do for each other: under the lock, one would
/// wait for it where two could run. Who finds another marking for the program
/// stays behind, if it was, and does not wait; for our thread it does, where
/// marking is overdue.
void Heap::assistMarking(OldCollection::Due due, std::size_t size) {
  PauseParts parts = parts_;
  bool staysBehind = old_.isBehind() && assistants_ != 0;
  if (assistants_ != 0)
    due.overdue = 0;
  ++assistants_;
  lock().unlock();
  auto assisted = OldCollection::Assisted::Done;
  {
    PauseParts::During during(parts, Part::Mark);
    assisted = old_.assistMarkingBeside(due, size);
  }
  {
    PauseParts::During during(parts, Part::Lock);
    lock().lock();
  }
  --assistants_;
  parts_ = parts;
  old_.noteAssisted(assisted == OldCollection::Assisted::Busy
                        ? staysBehind
                        : assisted == OldCollection::Assisted::Behind);
}

/// Not if it may be stopped by a signal meanwhile: whoever did that might wait
/// for what it holds.
bool Heap::mayUnlock() const {
  const auto *mutator = static_cast<const Mutator *>(mps_thread.mutator);
  return mutator != nullptr && mutator->isInRuntime &&
         !world_.hasRegistrations();
}

/// A mutator's share before it gets `size` more bytes.
void Heap::assistOld(std::size_t size) {
  OldCollection::Due due;
  bool isDue = old_.isRunning() && old_.isAssistDue(size);
  if (isDue && mayUnlock() && old_.isMarkingBeside(due)) {
    assistMarking(due, size);
  } else if (isDue) {
    bool isMarking = old_.phase() == OldCollection::Phase::Marking;
    PauseParts::During during(parts_, isMarking ? Part::Mark : Part::Sweep);
    if (old_.hasClients())
      whileStopped([&] { old_.assist(size); });
    else
      old_.assist(size);
  }
  adjustStep();
}

/// Where holes are filled, those that there may be.
void Heap::sweepFor(Pool &pool) {
  if (pool.hasOffered() || old_.phase() != OldCollection::Phase::Sweeping)
    return;
  PauseParts::During during(parts_, Part::Sweep);
  whileStopped([&] { old_.sweepFor(pool); });
}

/// There is no memory but what the old collection will free. Returns when it
/// may have freed some.
void Heap::hurryOld() {
  if (old_.hasClients())
    whileStopped([&] { old_.hurry(); });
  else
    old_.hurry();
  if (old_.isReadyToEnd())
    collect(Scope::End, "out of memory");
  else if (old_.phase() == OldCollection::Phase::Evacuating)
    collect(Scope::Groups, "out of memory");
}

/// Memory has run out before an old collection has freed any, or has begun: it
/// goes on with a half of what is kept back, of which mutators get little at a
/// time. False if they have it already, or if that does not help, or if the
/// other half would be too little to compact a heap with.
bool Heap::lendWhileOldGoesOn() {
  std::size_t half = arena_.commitLimit() / Pacing::kReservedPart / 2;
  if (lent_ != Lent::None || half / kLeastToLend < arena_.segmentSize() ||
      !pacing_.isFullTooLong(arena_.occupied()))
    return false;
  if (!old_.isRunning()) {
    if (!mayBeginOld() || hasProtection())
      return false;
    beginOldNow("out of memory");
  }
  lendReserve(Lent::Half);
  return true;
}

/// Instead of a full collection, for `size` bytes. False if there is nothing to
/// be done. Nothing is put off: whoever asks could not go on.
bool Heap::makeRoomInSteps(std::size_t size) {
  isHurried_ = true;
  bool isMade = makeRoomInAStep(size);
  isHurried_ = false;
  return isMade;
}

bool Heap::makeRoomInAStep(std::size_t size) {
  if (recycleInstead() || recycleSparse(size) || lendWhileOldGoesOn())
    return true;
  if (!old_.isRunning())
    return false;
  hurryOld();
  return true;
}

/// The old collection has ended for which something was lent, and nobody has
/// noted it yet: then something may be lent for the next.
bool Heap::mayBeginAnother() {
  if (old_.isRunning() || lent_ != Lent::Half)
    return false;
  noteOldEnded();
  return lent_ == Lent::None;
}

void Heap::completeOld() {
  while (old_.isRunning())
    hurryOld();
  noteOldEnded();
  finishOld();
}

void Heap::startFull(const char *cause) {
  while (old_.isRunning())
    hurryOld();
  noteOldEnded();
  if (mayBeginOld())
    beginOldNow(cause);
  else
    collect(Scope::Compact, cause);
}

bool Heap::workOnOld(std::uint64_t nanoseconds) {
  noteOldEnded();
  if (!old_.isRunning())
    return false;
  std::uint64_t end = platform::nanoseconds() + nanoseconds;
  do {
    if (old_.hasClients())
      whileStopped([&] { old_.workUntil(end); });
    else
      old_.workUntil(end);
    if (old_.isReadyToEnd())
      collect(Scope::End, "marking has ended");
    else if (old_.phase() == OldCollection::Phase::Evacuating)
      collect(Scope::Groups, "sparse");
  } while (old_.isRunning() && platform::nanoseconds() < end);
  noteOldEnded();
  return true;
}

/// Tells the pacing of an old collection that has come to its end.
void Heap::noteOldEnded() {
  std::size_t live = 0;
  if (!old_.takeResult(live))
    return;
  lendReserve(Lent::None);
  pacing_.oldEnded(arena_.occupied(), live);
  noteTightness();
  CollectionSizes sizes;
  sizes.live = live;
  sizes.condemned = old_.snapshotSize();
  sizes.notCondemned = arena_.used() - std::min(arena_.used(), live);
  takeOldDead();
  messages_.endOuter(&sizes);
  ++statistics_.fullCollections;
  ++statistics_.oldCollections;
  trim();
}

/// If it has not got far enough to free anything, nobody is told of it.
void Heap::giveUpOld() {
  bool isMarking = old_.isShading();
  old_.finish(roots_);
  takeOldDead();
  if (isMarking)
    messages_.endOuter(nullptr);
  else
    noteOldEnded();
}

void Heap::finishOld() {
  if (old_.isRunning() || old_.groups() != 0 || old_.evacuator().isActive())
    whileStopped([&] {
      OldCollection::Held held(old_);
      giveUpOld();
    });
}

} // namespace mps
