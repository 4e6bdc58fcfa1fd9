#include "collector/heap.h"

#include "base/check.h"
#include "collector/thread_roots.h"
#include "collector/type_retirement.h"
#include "platform/clock.h"
#include "verify/verifier.h"

#include <algorithm>
#include <optional>

namespace mps {

namespace {

constexpr unsigned kMostCompactions = 8;
/// A trace that must expect to trace less does so alone: to wake a thread
/// costs some 50 us.
constexpr std::size_t kLeastShared = std::size_t(512) << 10;
/// A pause time below this many seconds is short: then nothing waits for
/// threads that may lose their processors, nor for huge pages that are cleared.
constexpr double kShort = 0.01;
constexpr std::size_t kLeastSharedIfShort = std::size_t(16) << 20;
/// Objects of fewer bytes are young when they are new.
constexpr std::size_t kLeastSettled = std::size_t(256) << 10;
/// After so many bytes of others it looks whether to collect.
constexpr std::size_t kMostSettledAtOnce = std::size_t(16) << 20;
/// Of seconds: longer assists would not make anything better.
constexpr double kMostAssist = 0.01;
/// What is fuller than this of living objects is not worth copying.
constexpr double kDensest = 0.75;
/// A full collection that leaves less than this part of the limit free, and
/// more than that in holes, is followed by another.
constexpr std::size_t kTightPart = 8;

bool isFull(Heap::Scope scope) {
  return scope == Heap::Scope::Full || scope == Heap::Scope::Compact;
}

/// Whether it has to do with what is old, and with the marker.
bool isOld(Heap::Scope scope) {
  return isFull(scope) || scope == Heap::Scope::Begin ||
         scope == Heap::Scope::End || scope == Heap::Scope::Groups;
}

CollectionKind kindOf(Heap::Scope scope) {
  switch (scope) {
  case Heap::Scope::Settle:
    return CollectionKind::Promotion;
  case Heap::Scope::Full:
  case Heap::Scope::Compact:
    return CollectionKind::Full;
  case Heap::Scope::Begin:
    return CollectionKind::OldBegins;
  case Heap::Scope::End:
    return CollectionKind::OldEnds;
  case Heap::Scope::Groups:
    return CollectionKind::Group;
  default:
    return CollectionKind::Young;
  }
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
  world_.setPollAlways(settings_.stress == Stress::Poll);
  for (Pool *pool = pools_; pool != nullptr; pool = pool->next)
    pool->setStep(stressStep());
  old_.setHasThread(settings_.collectorThreads != 0);
  arena_.setPopulatesAhead(settings_.collectorThreads != 0 &&
                           !settings_.epsilon);
  pacing_.setNursery(settings_.nursery);
  pacing_.setGrowth(settings_.growth);
  setPauseTime(settings_.pauseTime);
  if (compiledChain_ != nullptr)
    compiledChain_->generations[0].capacity = pacing_.firstNursery();
}

void Heap::setPauseTime(double seconds) {
  settings_.pauseTime = seconds;
  pacing_.setPauseTime(seconds);
  bool isShort = seconds < kShort;
  tracer_.setWorkers(std::min(1 + settings_.collectorThreads, kMostWorkers),
                     isShort ? kLeastSharedIfShort : kLeastShared);
  arena_.setFaultsSmall(isShort && settings_.collectorThreads != 0);
  old_.setAssistTime(std::uint64_t(std::min(seconds, kMostAssist) * 1e9 / 4));
  old_.candidates().setGroupSize(Pacing::evacuatedIn(seconds / 2));
}

/// Bytes after which an allocation point asks for more.
std::size_t Heap::stressStep() const {
  return settings_.stress == Stress::Bytes ? settings_.stressBytes
                                           : Pool::kStep;
}

void Heap::add(Pool &pool) {
  pool.setStep(stressStep());
  pushTo(pools_, pool);
  ++pool.chain().pools;
}

void Heap::remove(Pool &pool) {
  finishOld();
  removeFrom(pools_, pool);
  --pool.chain().pools;
  for (SegmentList &list : pool.segments)
    while (Segment *segment = list.pop())
      pool.free(segment);
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
  std::size_t wanted = 0;
  for (Chain *chain = chains_; chain != nullptr; chain = chain->next)
    wanted += 2 * chain->generations[0].capacity;
  if (pacing_.isFullTooLong(arena_.used()) && mayMark())
    wanted =
        std::max(wanted, pacing_.headroom(arena_.used(), arena_.commitLimit()));
  arena_.trim(wanted);
}

void Heap::add(Chain &chain) { pushTo(chains_, chain); }
void Heap::remove(Chain &chain) { removeFrom(chains_, chain); }
void Heap::add(RootSource &source) { pushTo(roots_, source); }
void Heap::remove(RootSource &source) { removeFrom(roots_, source); }

// ---- Allocation ----

/// Collects before the allocation if it is time, and after it if it failed.
template <typename Allocate>
Result Heap::allocateOrCollect(std::size_t size, Allocate allocate) {
  if (mayCollect())
    collectIfDue(size);
  Result result = allocate();
  if (result != Result::Ok && mayCollect() && old_.isRunning()) {
    hurryOld();
    result = allocate();
  }
  if (result != Result::Ok && mayCollect()) {
    collect(Scope::Full, "out of memory");
    result = allocate();
  }
  if (result != Result::Ok && mayCollect()) {
    collect(Scope::Compact, "still out of memory");
    result = allocate();
  }
  return result;
}

Result Heap::refill(Buffer &buffer, std::size_t size) {
  return allocateOrCollect(size,
                           [&] { return buffer.pool->fill(buffer, size); });
}

Result Heap::allocateLarge(Pool &pool, Address *objectOut, std::size_t size,
                           Contents contents, Age age) {
  unsigned generation = 0;
  if (age == Age::Any && settlesAtOnce(pool, size)) {
    generation = pool.chain().top();
    settledAtOnce_ += size;
  }
  return allocateOrCollect(size, [&] {
    return pool.allocateLarge(objectOut, size, contents, generation);
  });
}

/// What takes too long to scan in a young collection. Its slots are remembered
/// one by one, as they are stored to.
bool Heap::settlesAtOnce(const Pool &pool, std::size_t size) const {
  return size >= kLeastSettled && settings_.pauseTime < kShort &&
         pool.options().hasBarrier && !pool.options().isLeaf;
}

void Heap::collectIfDue(std::size_t size) {
  std::size_t given = std::max(size, std::min(stressStep(), Pool::kStep));
  stressedBytes_ += given;
  if (settings_.stress == Stress::Alloc || settings_.stress == Stress::Poll ||
      (settings_.stress == Stress::Bytes &&
       stressedBytes_ >= settings_.stressBytes)) {
    stressedBytes_ = 0;
    return collect(Scope::Compact, "stress");
  }
  collectDue(given);
}

bool Heap::collectDue(std::size_t size) {
  if (old_.isRunning()) {
    old_.assist(size);
    if (old_.isReadyToEnd())
      collect(Scope::End, "marking has ended");
  }
  noteOldEnded();
  bool isDue = false, isOnlyCompiled = true;
  for (Chain *chain = chains_; chain != nullptr; chain = chain->next) {
    isDue |= chain->due() != 0;
    isOnlyCompiled &= chain == compiledChain_ || chain->due() == 0;
  }
  if (settledAtOnce_ >= kMostSettledAtOnce) {
    settledAtOnce_ = 0;
    isDue = true;
  }
  if (!isDue)
    return false;
  if (isFullAsked_ || !writeLog_.isComplete()) {
    collect(Scope::Full, "asked for");
    return true;
  }
  std::size_t limit = arena_.commitLimit();
  if (isOnlyCompiled && mayBeginOld() &&
      pacing_.isTimeToBegin(arena_.used(), limit)) {
    collect(Scope::Begin, "growth");
    return true;
  }
  if (old_.phase() == OldCollection::Phase::Evacuating) {
    collect(Scope::Groups, "sparse");
    return true;
  }
  CollectionKind kind =
      pacing_.next(arena_.used(), newBytes(), limit, isOnlyCompiled);
  switch (kind) {
  case CollectionKind::Full:
    collect(scopeInsteadOfFull(isOnlyCompiled), "growth");
    break;
  case CollectionKind::Young:
    collect(Scope::Due, "nursery");
    break;
  default:
    collect(Scope::Settle, "nursery");
    break;
  }
  return true;
}

/// Where a full collection would take too long: an old one, or, if that is
/// running, nothing until there is no memory left.
Heap::Scope Heap::scopeInsteadOfFull(bool isOnlyCompiled) const {
  if (old_.isRunning())
    return isOnlyCompiled ? Scope::Settle : Scope::Due;
  return isOnlyCompiled && mayBeginOld() && pacing_.isFullTooLong(arena_.used())
             ? Scope::Begin
             : Scope::Full;
}

bool Heap::hasNewObjects() const {
  for (Chain *chain = chains_; chain != nullptr; chain = chain->next)
    if (chain->generations[0].newBytes != 0)
      return true;
  return false;
}

void Heap::poll() {
  if (settings_.stress == Stress::Poll && mayCollect())
    collect(Scope::Compact, "stress");
}

void Heap::remove(Mutator &mutator) {
  drainLog(mutator);
  mutator.scanned.pool->remove(mutator.scanned);
  mutator.leaf.pool->remove(mutator.leaf);
  world_.remove(mutator);
}

// ---- Collections ----

/// Calls `work` with the world stopped.
template <typename Work> void Heap::whileStopped(Work work) {
  struct Closure {
    World &world;
    Work &work;
  } closure{world_, work};
  platform::withSavedRegisters(
      [](void *argument, Extent registers) {
        auto &self = *static_cast<Closure *>(argument);
        self.world.stop(registers);
        self.work();
        self.world.resume();
      },
      &closure);
}

void Heap::forget(const abi::ModuleDescriptor &module, Extent image) {
  bool done = true;
  whileStopped([&] {
    OldCollection::Held held(old_);
    done = retireTypes(arena_, pools_, image);
    world_.forEachMutator(
        [&](Mutator &mutator) { mutator.forgetThreadLocals(&module); });
  });
  MPS_CHECK(done, "no memory for the types of a module that is unloaded");
}

void Heap::collect(Scope scope, const char *cause) {
  CollectionReport report;
  report.cause = cause;
  std::uint64_t start = platform::nanoseconds();
  std::uint64_t processorStart = platform::processorNanoseconds();
  whileStopped([&] { collectStopped(scope, report); });
  report.pauseNanoseconds = platform::nanoseconds() - start;
  report.processorNanoseconds =
      platform::processorNanoseconds() - processorStart;
  pacing_.measurePause(report);
  statistics_.add(report);
  report.number = statistics_.collections;
  if (listener_ != nullptr)
    listener_(listenerClosure_, report);
}

void Heap::collectStopped(Scope scope, CollectionReport &report) {
  report.usedBefore = arena_.used();
  world_.forEachMutator([this](Mutator &mutator) { drainLog(mutator); });
  if (!writeLog_.isComplete() && !isFull(scope))
    scope = Scope::Full;
  std::optional<OldCollection::Held> held;
  if (isOld(scope) || settings_.verify)
    held.emplace(old_);
  old_.passNoted();
  report.kind = kindOf(scope);
  if (isFull(scope))
    old_.finish();
  setReserve(isFull(scope) ? Reserve::ForCompaction : Reserve::ForFull);
  isFullAsked_ &= !isFull(scope);
  if (settings_.verify)
    verify("before");
  if (compiledChain_ != nullptr)
    report.newBytes = compiledChain_->generations[0].newBytes;
  switch (scope) {
  case Scope::Settle:
    report.settledBytes = settle();
    break;
  case Scope::Begin:
    beginOld(report);
    break;
  case Scope::End:
    old_.end(writeLog_);
    break;
  case Scope::Groups:
    evacuateGroups(report);
    break;
  default:
    traceAndCompact(scope, report);
  }
  setReserve(Reserve::ForFull);
  trim();
  if (settings_.verify)
    verify("after");
  report.usedAfter = arena_.used();
  pacing_.collected(report, arena_.commitLimit(), compiledChain_);
  limitNurseryToGroups();
}

/// The nursery of compiled code, and what ages, settles where it is. Returns
/// how many bytes.
std::size_t Heap::settle() {
  std::size_t size = 0;
  for (Pool *pool = pools_; pool != nullptr; pool = pool->next)
    if (&pool->chain() == compiledChain_)
      tracer_.settle(*pool);
  tracer_.settleRememberedSlots();
  for (unsigned i = 0; i < compiledChain_->count; ++i) {
    size += compiledChain_->generations[i].newBytes;
    compiledChain_->generations[i].newBytes = 0;
  }
  return size;
}

bool Heap::mayBeginOld() const {
  return !old_.isRunning() && writeLog_.isComplete() && mayMark();
}

/// While the program runs, what has no write barrier cannot be traced.
bool Heap::mayMark() const {
  if (compiledChain_ == nullptr || settings_.stress != Stress::None)
    return false;
  for (Pool *pool = pools_; pool != nullptr; pool = pool->next)
    if (!pool->isDescribed() || !pool->options().hasBarrier)
      return false;
  return true;
}

/// Nothing is young then: what a mutator overwrites is of the snapshot, or was
/// allocated since.
void Heap::beginOld(CollectionReport &report) {
  report.settledBytes = settle();
  if (!writeLog_.isComplete())
    return; // The next collection is full.
  ThreadRoots threads(world_);
  add(threads);
  old_.begin(pools_, roots_,
             pacing_.headroom(arena_.used(), arena_.commitLimit()));
  remove(threads);
  report.walk = threads.counts();
}

/// As many groups as there is time for.
void Heap::evacuateGroups(CollectionReport &report) {
  std::uint64_t start = platform::nanoseconds();
  auto time = std::uint64_t(std::min(settings_.pauseTime, 1e6) * 1e9 / 4);
  report.settledBytes = settle();
  ThreadRoots threads(world_);
  add(threads);
  do
    evacuateGroup(report.trace);
  while (old_.phase() == OldCollection::Phase::Evacuating &&
         platform::nanoseconds() - start < time);
  remove(threads);
  report.walk = threads.counts();
}

/// There must be memory for all that may live in the group: what were left in
/// place, records of slots would not know.
void Heap::evacuateGroup(TraceCounts &counts) {
  std::size_t needed =
      old_.candidates().sizeOfLast() +
      2 * (1 + settings_.collectorThreads) * arena_.segmentSize();
  if (!writeLog_.isComplete() || arena_.available() < needed)
    return old_.groupTaken(true);
  __atomic_store_n(&epoch_, epoch_ + 1, __ATOMIC_RELEASE);
  tracer_.begin(pools_, false, Evacuation());
  tracer_.condemn(old_.takeGroup(roots_, writeLog_));
  tracer_.flip();
  tracer_.visitRoots(roots_);
  tracer_.scan();
  tracer_.reclaim();
  counts.add(tracer_.counts());
  old_.groupTaken(tracer_.wasShortOfMemory());
}

/// So that all groups are evacuated before half of what is left of the target
/// is used.
void Heap::limitNurseryToGroups() {
  if (old_.phase() != OldCollection::Phase::Evacuating)
    return;
  std::size_t room = pacing_.headroom(arena_.used(), arena_.commitLimit()) / 2;
  std::size_t &capacity = compiledChain_->generations[0].capacity;
  capacity = std::max(2 * arena_.segmentSize(),
                      std::min(capacity, room / old_.groups()));
}

/// There is no memory but what the old collection will free.
void Heap::hurryOld() {
  while (old_.isRunning()) {
    old_.hurry();
    if (old_.phase() == OldCollection::Phase::Marking)
      collect(Scope::End, "out of memory");
    else if (old_.phase() == OldCollection::Phase::Evacuating)
      collect(Scope::Groups, "out of memory");
  }
}

/// Tells the pacing of an old collection that has come to its end.
void Heap::noteOldEnded() {
  std::size_t live = 0;
  if (!old_.takeResult(live))
    return;
  pacing_.oldEnded(arena_.used(), live);
  ++statistics_.fullCollections;
  ++statistics_.oldCollections;
  trim();
}

void Heap::finishOld() {
  if (old_.isRunning() || old_.groups() != 0)
    whileStopped([&] {
      OldCollection::Held held(old_);
      old_.finish();
    });
}

void Heap::traceAndCompact(Scope scope, CollectionReport &report) {
  ThreadRoots threads(world_);
  add(threads);
  __atomic_store_n(&epoch_, epoch_ + 1, __ATOMIC_RELEASE);
  trace(scope);
  report.trace = tracer_.counts();
  if (isFull(scope))
    compactFurther(scope, report.trace);
  remove(threads);
  report.walk = threads.counts();
}

void Heap::trace(Scope scope) {
  Evacuation evacuation;
  if (arena_.commitLimit() != ~std::size_t(0)) {
    // Each destination of each worker may leave a segment half empty.
    std::size_t room = arena_.available();
    std::size_t slack = std::min(
        room / 2, 4 * (1 + settings_.collectorThreads) * arena_.segmentSize());
    evacuation.budget = room - slack;
  }
  if (scope == Scope::Full)
    evacuation.densest = kDensest;
  tracer_.begin(pools_, isFull(scope), evacuation);
  condemn(scope);
  tracer_.flip();
  tracer_.visitRoots(roots_);
  tracer_.scan();
  tracer_.reclaim();
}

/// A part of the limit is kept back from everything but full collections: to
/// begin with, when memory has run out.
void Heap::setReserve(Reserve reserve) {
  std::size_t limit = arena_.commitLimit();
  std::size_t part = limit / Pacing::kReservedPart;
  if (limit == ~std::size_t(0) || reserve == Reserve::None)
    part = 0;
  arena_.setReserve(reserve == Reserve::ForCompaction ? part / 2 : part);
}

/// Whether another full trace, with the memory that the last one has freed,
/// should copy more.
bool Heap::isStillTight(Scope scope) const {
  if (scope == Scope::Compact)
    return tracer_.wasShortOfMemory();
  std::size_t tight = arena_.commitLimit() / kTightPart;
  return arena_.available() < tight && tracer_.counts().holeBytes > tight;
}

void Heap::compactFurther(Scope scope, TraceCounts &counts) {
  for (unsigned i = 0; i < kMostCompactions && isStillTight(scope); ++i) {
    setReserve(Reserve::None);
    std::size_t before = arena_.used();
    trace(scope);
    counts.add(tracer_.counts());
    if (arena_.used() >= before)
      break; // As good as it gets.
  }
}

/// How many of the youngest generations a collection takes.
unsigned Heap::condemnedOf(const Chain &chain, Scope scope) const {
  if (isFull(scope))
    return chain.top() + 1;
  unsigned due = chain.due();
  // Nobody logs what nursery objects refer to, so those of compiled code take
  // part in every collection.
  bool always = scope == Scope::Young || &chain == compiledChain_;
  return always && due < chain.together ? chain.together : due;
}

void Heap::condemn(Scope scope) {
  for (Pool *pool = pools_; pool != nullptr; pool = pool->next)
    tracer_.condemn(*pool, condemnedOf(pool->chain(), scope));
  for (Chain *chain = chains_; chain != nullptr; chain = chain->next) {
    unsigned condemned = condemnedOf(*chain, scope);
    for (unsigned i = 0; i < condemned; ++i) {
      chain->generations[i].newBytes = 0;
      ++statistics_.collectionsOf[i];
    }
  }
}

/// What compiled code has logged becomes remembered slots.
void Heap::drainLog(Mutator &mutator) {
  mutator.drainLog([this](Slot slot, Word oldValue) {
    writeLog_.add(slot);
    old_.noteOldValue(oldValue);
  });
  if (mutator.takeLogLost()) {
    writeLog_.noteLoss();
    old_.noteLoss();
  }
}

void Heap::verify(const char *when) {
  Verifier verifier(arena_, pools_, roots_, writeLog_, world_, when);
  if (old_.phase() == OldCollection::Phase::Marking)
    verifier.expectMarking();
  if (old_.phase() == OldCollection::Phase::Sweeping)
    verifier.expectSweeping();
  if (old_.phase() == OldCollection::Phase::Evacuating)
    verifier.expectEvacuating(old_.candidates());
  verifier.run();
}

} // namespace mps
