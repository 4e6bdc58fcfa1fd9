#include "collector/heap.h"

#include <algorithm>
#include <cmath>

namespace mps {

namespace {

/// A trace that must expect to trace less does so alone: to wake a thread
/// costs some 50 us.
constexpr std::size_t kLeastShared = std::size_t(512) << 10;
/// A pause time of at most so many seconds is short: then nothing waits for
/// threads that may lose their processors, nor for huge pages that are cleared.
constexpr double kShort = 0.01;
constexpr std::size_t kLeastSharedIfShort = std::size_t(16) << 20;
/// Objects of fewer bytes are young when they are new.
constexpr std::size_t kLeastSettled = std::size_t(256) << 10;
/// After so many bytes of others it looks whether to collect.
constexpr std::size_t kMostSettledAtOnce = std::size_t(16) << 20;
/// Who allocates faster than an old collection goes on gets so much less memory
/// at a time, and assists so much more often.
constexpr std::size_t kThrottle = 16;
/// Of seconds: longer assists would not make anything better.
constexpr double kMostAssist = 0.01;

/// Of bytes: what can be given back in a small part of the pause time.
std::size_t mostTrimmed(double seconds) {
  constexpr double kBytesPerSecond = 1e9;
  constexpr std::size_t kLeast = std::size_t(2) << 20;
  double bytes = seconds * kBytesPerSecond;
  return bytes < 1e18 ? std::max(std::size_t(bytes), kLeast) : ~std::size_t(0);
}

template <typename T> void pushTo(T *&list, T &item) {
  item.next = list;
  list = &item;
}

template <typename T> void removeFrom(T *&list, T &item) {
  T **link = &list;
  while (*link != &item)
    link = &(*link)->next;
  *link = item.next;
}

} // namespace

void Heap::applySettings() {
  schedule_.start(settings_.schedule);
  arena_.background().jitter().start(
      settings_.collectorThreads != 0 ? settings_.schedule : 0);
  world_.setPollAlways(takesPolls());
  applyStep();
  arena_.setPopulatesAhead(settings_.collectorThreads != 0 &&
                           !settings_.epsilon);
  pacing_.setNursery(settings_.nursery);
  pacing_.setGrowth(settings_.growth);
  setPauseTime(settings_.pauseTime);
  if (compiledChain_ != nullptr)
    compiledChain_->generations[0].capacity =
        pacing_.firstNursery(arena_.segmentLimit());
}

Result Heap::setCommitLimit(std::size_t limit) {
  Result result = arena_.setCommitLimit(limit);
  if (pools_ != nullptr)
    setReserve(Reserve::ForFull);
  return result;
}

void Heap::setState(State state) {
  state_ = state;
  old_.setClamped(state != State::Unclamped);
  adjustStep();
}

void Heap::setPauseTime(double seconds) {
  settings_.pauseTime = seconds;
  pacing_.setPauseTime(seconds);
  bool isShort = seconds <= kShort;
  tracer_.setWorkers(std::min(1 + settings_.collectorThreads, kMostWorkers),
                     isShort ? kLeastSharedIfShort : kLeastShared);
  arena_.setFaultsSmall(isShort);
  arena_.setMarksSoon(isShort);
  arena_.protection().setByPieces(std::isfinite(seconds));
  limitLog();
  arena_.setMostTrimmed(mostTrimmed(seconds));
  limitNurseries();
  double assist = schedule_.isOn() ? 0 : std::min(seconds, kMostAssist) / 4;
  old_.setAssistTime(std::uint64_t(assist * 1e9));
  sizeGroups();
}

/// Of the old collections to come.
void Heap::sizeGroups() {
  old_.candidates().setGroupSize(pacing_.evacuatedIn(settings_.pauseTime / 2));
}

/// Bytes after which an allocation point asks for more.
std::size_t Heap::step() const {
  if (schedule_.isOn())
    return schedule_.step();
  std::size_t most = isThrottled_ ? Pool::kStep / kThrottle : Pool::kStep;
  return settings_.stress == Stress::Bytes
             ? std::min(settings_.stressBytes, most)
             : most;
}

void Heap::applyStep() {
  isThrottled_ = wantsThrottle();
  for (Pool *pool = pools_; pool != nullptr; pool = pool->next)
    pool->setStep(step());
  letRefillAlone();
}

void Heap::add(Pool &pool) {
  stopRecycling();
  if (pool.isProtected())
    arena_.startProtection();
  pool.setStep(step());
  pool.setFillsHoles(fillsHoles_ && pool.options().hasProtection);
  if (pool.options().hasProtection)
    finishOld(); // It may have candidates, which this pool's objects lead to.
  pushTo(pools_, pool);
  setReserve(Reserve::ForFull);
  ++pool.chain().pools;
}

void Heap::remove(Pool &pool) {
  finishOld();
  removeFrom(pools_, pool);
  pool.withdrawOffers();
  --pool.chain().pools;
  for (SegmentList &list : pool.segments)
    while (Segment *segment = list.pop()) {
      freeGuardians(*segment);
      pool.free(segment);
    }
  trim();
}

/// What the nurseries have got since they were collected.
std::size_t Heap::newBytes() const {
  std::size_t size = 0;
  for (Chain *chain = chains_; chain != nullptr; chain = chain->next)
    size += chain->generations[0].newBytes;
  return size;
}

/// What the nurseries will want until the next collection is kept; and where
/// memory is freed while the program runs, what it will want until it is freed
/// again.
void Heap::trim() {
  PauseParts::During during(parts_, Part::Trim);
  std::size_t wanted = 0;
  for (Chain *chain = chains_; chain != nullptr; chain = chain->next)
    wanted += 2 * chain->generations[0].capacity;
  if (pacing_.isFullTooLong(arena_.used()) && mayMark())
    wanted = std::max(wanted,
                      pacing_.headroom(arena_.used(), arena_.segmentLimit()));
  arena_.trim(wanted);
}

void Heap::add(Chain &chain) {
  pushTo(chains_, chain);
  limitNurseries();
}

void Heap::setCompiledChain(Chain &chain) {
  compiledChain_ = &chain;
  limitNurseries();
}

void Heap::remove(Chain &chain) { removeFrom(chains_, chain); }
void Heap::add(RootSource &source) {
  pushTo(roots_, source);
  source.previous = nullptr;
  if (source.next != nullptr)
    source.next->previous = &source;
}
/// There may be a hundred thousand.
void Heap::remove(RootSource &source) {
  showAllOf(source);
  (source.previous != nullptr ? source.previous->next : roots_) = source.next;
  if (source.next != nullptr)
    source.next->previous = source.previous;
}

// ---- Allocation ----

/// Collects before the allocation if it is time, and after it if it failed.
template <typename Allocate>
Result Heap::allocateOrCollect(std::size_t size, Allocate allocate) {
  if (mayCollect())
    collectIfDue(size);
  auto tryToAllocate = [&] {
    PauseParts::During during(parts_, Part::Memory);
    return allocate();
  };
  Result result = tryToAllocate();
  auto makeRoom = [&] {
    while (result != Result::Ok && mayCollect() && makeRoomInSteps(size))
      result = tryToAllocate();
  };
  makeRoom();
  if (result != Result::Ok && mayCollect() && mayBeginAnother())
    makeRoom(); // What the last one has freed is used up.
  if (result != Result::Ok && mayCollect()) {
    collect(Scope::Full, "out of memory");
    result = tryToAllocate();
  }
  if (result != Result::Ok && mayCollect()) {
    collect(Scope::Compact, "still out of memory");
    result = tryToAllocate();
  }
  if (result != Result::Ok) {
    // All lives, as compact as can be, or nothing may be collected: this is the
    // last there is.
    lendReserve(Lent::All);
    result = tryToAllocate();
  }
  return result;
}

bool Heap::refillInHole(Buffer &buffer, std::size_t size) {
  return settings_.stress == Stress::None && !schedule_.isOn() &&
         !isThrottled_ && buffer.pool->fillNextHole(buffer, size);
}

Result Heap::refill(Buffer &buffer, std::size_t size) {
  if (buffer.pool->fillsHoles() && mayCollect())
    sweepFor(*buffer.pool);
  return allocateOrCollect(size,
                           [&] { return buffer.pool->give(buffer, size); });
}

Result Heap::allocateLarge(Pool &pool, Address *objectOut, std::size_t size,
                           Contents contents, Age age) {
  bool settles = age == Age::Any && settlesAtOnce(pool, size);
  unsigned generation = settles ? pool.chain().top() : 0;
  Result result = allocateOrCollect(size, [&] {
    return pool.allocateLarge(objectOut, size, contents, generation);
  });
  // The collection that is due then is not in the same pause.
  if (settles && result == Result::Ok)
    settledAtOnce_ += size;
  return result;
}

/// What takes too long to scan in a young collection. Its slots are remembered
/// one by one, as they are stored to.
bool Heap::settlesAtOnce(const Pool &pool, std::size_t size) const {
  return size >= kLeastSettled && settings_.pauseTime < kShort &&
         pool.options().hasBarrier && !pool.options().isLeaf;
}

void Heap::collectIfDue(std::size_t size) {
  if (schedule_.isOn())
    return takeTurn();
  std::size_t given = std::max(size, step());
  stressedBytes_ += given;
  if (settings_.stress == Stress::Alloc || settings_.stress == Stress::Poll ||
      (settings_.stress == Stress::Bytes &&
       stressedBytes_ >= settings_.stressBytes)) {
    stressedBytes_ = 0;
    return collect(Scope::Compact, "stress");
  }
  collectDue(given);
}

/// In one pause, only one of all this is done.
bool Heap::collectDue(std::size_t size) {
  if (showOwnWaiting() && old_.isReadyToEnd()) {
    collect(Scope::End, "marking has ended");
    return true;
  }
  noteOldEnded();
  if ((isPreparing_ || (fillsHoles_ && isTimeToBegin())) && isReadyToBegin()) {
    collect(Scope::Begin, "growth");
    return true;
  }
  if (isRecyclingOver())
    stopRecycling();
  if (!isDue()) {
    assistOld(size);
    return false;
  }
  collectWhatIsDue();
  return true;
}

bool Heap::isDue() {
  if (settledAtOnce_ >= kMostSettledAtOnce || isLogLong_) {
    settledAtOnce_ = 0;
    isLogLong_ = false;
    return true;
  }
  for (Chain *chain = chains_; chain != nullptr; chain = chain->next)
    if (chain->due() != 0)
      return true;
  return false;
}

void Heap::collectWhatIsDue() {
  if (isFullAsked_ || !writeLog_.isComplete())
    return collect(Scope::Full, "asked for");
  std::size_t limit = arena_.segmentLimit();
  // If it is being prepared, a step of that has been taken in this pause.
  if (!isPreparing_ && isTimeToBegin() && isReadyToBegin())
    return collect(Scope::Begin, "growth");
  if (old_.phase() == OldCollection::Phase::Evacuating)
    return collect(Scope::Groups, "sparse");
  // Objects that do not settle could not be told from others by slots that do:
  // nobody looks at those.
  CollectionKind kind = pacing_.next(arena_.occupied(), newBytes(), limit,
                                     hasAllBarriers(), dirtyBytes());
  if (kind == CollectionKind::Full)
    return collect(scopeInsteadOfFull(), "growth");
  // While an old collection is prepared, what is protected has not been
  // scanned.
  bool settles =
      kind == CollectionKind::Promotion || isPreparing_ || isYoungTooLong();
  // What settles anyway may as well be in holes; and where only those are left.
  setFillsHoles(settles || pacing_.isPastTarget(arena_.used(), limit));
  collect(settles ? Scope::Settle : Scope::Due, "nursery");
}

bool Heap::isTimeToBegin() const {
  return mayBeginOld() &&
         pacing_.isTimeToBegin(arena_.occupied(), arena_.segmentLimit());
}

void Heap::setFillsHoles(bool does) {
  fillsHoles_ = does && hasProtection();
  for (Pool *pool = pools_; pool != nullptr; pool = pool->next)
    pool->setFillsHoles(fillsHoles_ && pool->options().hasProtection);
}

bool Heap::hasNewObjects() const {
  if (isRecycling() && compiledChain_->recycledBytes != 0)
    return true;
  for (Chain *chain = chains_; chain != nullptr; chain = chain->next)
    if (chain->generations[0].newBytes != 0)
      return true;
  return false;
}

void Heap::poll(Mutator &mutator) {
  world_.resetPollLimit(mutator);
  if (!mayCollect())
    return;
  if (mutator.hasLoggedMost()) {
    isLogLong_ = true;
    collectDue();
  } else if (settings_.stress == Stress::Poll) {
    collect(Scope::Compact, "stress");
  } else if (schedule_.takesPolls() && schedule_.takesPoll()) {
    takeTurn();
  }
}

void Heap::remove(Mutator &mutator) {
  drainLog(mutator);
  mutator.scanned.pool->remove(mutator.scanned);
  mutator.leaf.pool->remove(mutator.leaf);
  world_.remove(mutator);
}

} // namespace mps
