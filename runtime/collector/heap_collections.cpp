// The collections of a heap, with the world stopped: their order, what they
// condemn, and what they may copy. Not here: when to collect (heap.cpp), and
// what is old while the program runs (heap_old.cpp).
#include "base/check.h"
#include "collector/heap.h"
#include "collector/thread_roots.h"
#include "collector/type_retirement.h"
#include "platform/clock.h"
#include "verify/verifier.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace mps {

namespace {

constexpr unsigned kMostCompactions = 32;
/// What is fuller than this of living objects is not worth copying.
constexpr double kDensest = 0.75;
/// A full collection that leaves less than this part of the limit free, and
/// more than that in holes, is followed by another.
constexpr std::size_t kTightPart = 8;
/// The runtime's own arrays may grow by so much before they are counted again.
constexpr std::size_t kForArrays = std::size_t(64) << 10;
/// They give back so much at a time, and so many bytes in a nanosecond: where
/// the host keeps the page tables, a page takes 7 us.
constexpr std::size_t kMostGivenBack = std::size_t(1) << 20;
constexpr double kGivenBack = 0.5;

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

CollectionSizes sizesOf(const TraceCounts &counts, std::size_t used) {
  CollectionSizes sizes;
  sizes.live = counts.movedBytes + counts.pinnedBytes + counts.keptBytes;
  sizes.condemned = counts.condemnedBytes;
  sizes.notCondemned = used - std::min(used, counts.condemnedBytes);
  return sizes;
}

} // namespace

/// Before others are stopped: one of them may be starting a thread itself, with
/// the C library's lock in its hands.
void Heap::startThreads() {
  if (settings_.collectorThreads == 0)
    return;
  arena_.background().start();
  if (isAllCompiled())
    tracer_.startWorkers(arena_.used());
}

/// Calls `work` with the world stopped.
void Heap::whileStopped(FunctionRef<void()> work) {
  startThreads();
  struct Closure {
    Heap &heap;
    FunctionRef<void()> work;
  } closure{*this, work};
  platform::withSavedRegisters(
      [](void *argument, Extent registers) {
        auto &self = *static_cast<Closure *>(argument);
        Heap &heap = self.heap;
        {
          PauseParts::During during(heap.parts_, Part::Stop);
          heap.statistics_.addStop(heap.world_.stop(registers));
        }
        heap.arena_.background().jitter().wait();
        heap.endEvacuation();
        heap.endRecycling();
        self.work();
        PauseParts::During during(heap.parts_, Part::Resume);
        heap.world_.resume();
      },
      &closure);
}

void Heap::forget(const abi::ModuleDescriptor &module, Extent image,
                  Extent globals) {
  bool done = true;
  whileStopped([&] {
    OldCollection::Held held(old_);
    forgetGlobals(globals);
    done = retireTypes(arena_, pools_, image);
    world_.forEachMutator(
        [&](Mutator &mutator) { mutator.forgetThreadLocals(&module); });
  });
  MPS_CHECK(done, "no memory for the types of a module that is unloaded");
}

/// What they held, an old collection that is marking has yet to see; and what
/// was stored to them is no longer of interest.
void Heap::forgetGlobals(Extent globals) {
  drainLogs();
  if (old_.isShading())
    while (!showAllWaiting()) {
    }
  writeLog_.keepIf(
      [&](Slot slot) { return !globals.contains(slot.address()); });
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
  if (!schedule_.isOn()) // It is to depend on no clock.
    pacing_.measurePause(report);
  statistics_.add(report);
  report.number = statistics_.collections;
  if (listener_ != nullptr)
    listener_(listenerClosure_, report);
}

void Heap::collectStopped(Scope scope, CollectionReport &report) {
  report.usedBefore = arena_.used();
  report.recycledBytes = std::exchange(recycled_, 0);
  drainLogs();
  if (!writeLog_.isComplete() && !isFull(scope))
    scope = Scope::Full;
  if (scope == Scope::Due && (isStackTooDeep() || !hasTimeForRemembered()))
    scope = Scope::Settle;
  std::optional<OldCollection::Held> held;
  if (isOld(scope) || settings_.verify) {
    PauseParts::During during(parts_, Part::Background);
    held.emplace(old_);
  }
  passToOld();
  bool findsDying = messages_.isEnabled(MessageType::Dying);
  old_.setFindsDying(findsDying);
  tracer_.setFindsDying(findsDying); // Of whatever it does here, groups too.
  report.kind = kindOf(scope);
  if (isFull(scope)) {
    giveUpOld();
    stopPreparing();
    old_.fullCollected();
  }
  if (isFull(scope)) // What arrays have room for is room to copy to.
    countSideMemory(scope, held.has_value());
  setReserve(isFull(scope) ? Reserve::ForCompaction : Reserve::ForFull);
  isFullAsked_ &= !isFull(scope);
  if (isFull(scope))
    lent_ = Lent::None;
  if (settings_.verify)
    verify("before");
  if (compiledChain_ != nullptr)
    report.newBytes = compiledChain_->generations[0].newBytes;
  report.scannedBytes = newBytes() + dirtyBytes();
  report.hasClients = hasProtection();
  switch (scope) {
  case Scope::Settle:
    settle(report, Remembered::InTime);
    break;
  case Scope::Begin:
    beginOld(report);
    break;
  case Scope::End:
    endMarking();
    break;
  case Scope::Groups:
    evacuateGroups(report);
    break;
  default:
    traceAndCompact(scope, report);
  }
  setReserve(Reserve::ForFull);
  countSideMemory(scope, held.has_value());
  trim();
  if (settings_.verify && !old_.evacuator().isActive())
    verify("after"); // Else before the next collection, when that has ended.
  report.usedAfter = arena_.used();
  pacing_.collected(report, arena_.segmentLimit(), compiledChain_);
  noteTightness();
  startRecycling(report);
  limitNurseryToGroups();
  limitNurseries();
  evacuated_.add(report.trace);
  report.trace = evacuated_;
  evacuated_ = {};
  beginBeside(scope, report);
}

void Heap::passToOld() {
  PauseParts::During during(parts_, Part::Pass);
  old_.passNoted();
  for (Pool *each = pools_; each != nullptr; each = each->next)
    each->markTaken();
  takeOldDead();
}

/// Whether a young collection can get at all remembered slots in a quarter of
/// the pause time. As a rule that is no question; but a host that keeps page
/// tables for us may drop them, and then each slot takes kSlowest. What has
/// been looked at once is at hand when it is scanned.
bool Heap::hasTimeForRemembered() {
  constexpr std::uint64_t kSlowest = 10000;
  std::uint64_t time = partOfPauseTime(4);
  if (writeLog_.size() < time / kSlowest || !hasAllBarriers() ||
      schedule_.isOn())
    return true;
  PauseParts::During during(parts_, Part::Young);
  std::uint64_t start = platform::nanoseconds();
  return writeLog_.areRead(
      [&] { return platform::nanoseconds() - start > time; });
}

/// What is young settles where it is. If there is no time for all slots that
/// were remembered, some are left: stores to those go unseen, and nobody has
/// recorded where they lead to.
void Heap::settle(CollectionReport &report, Remembered remembered) {
  PauseParts::During during(parts_, Part::Settle);
  MPS_CHECK(hasAllBarriers(), "all that is young settles, or nothing does");
  bool isTooDeep = isStackTooDeep(); // By what the nursery has, still.
  std::uint64_t time = timeToSettle();
  std::uint64_t start = 0;
  bool areAll = tracer_.settle(pools_, [&] {
    if (remembered == Remembered::All || isHurried_)
      return false;
    if (schedule_.isOn())
      return schedule_.stopsSettling();
    std::uint64_t now = platform::nanoseconds();
    start = start == 0 ? now : start;
    return now - start > time;
  });
  slotsLeft_ = areAll ? 0 : slotsLeft_ + 1;
  for (Chain *chain = chains_; chain != nullptr; chain = chain->next)
    for (unsigned i = 0; i < chain->count; ++i) {
      report.settledBytes += chain->generations[i].newBytes;
      chain->generations[i].newBytes = 0;
    }
  settleFrames(isTooDeep);
  settleRoots();
}

/// A quarter of the pause time for remembered slots. What cannot be done while
/// some are left does not wait for ever: after many pauses it is twice as long,
/// and so on.
std::uint64_t Heap::timeToSettle() const {
  constexpr unsigned kPatience = 64, kMostDoublings = 20;
  unsigned doublings = slotsLeft_ - std::min(slotsLeft_, kPatience);
  return partOfPauseTime(4) << std::min(doublings, kMostDoublings);
}

/// In nanoseconds; but no pause is so short that less than kLeast would matter,
/// and where there was next to no time, nothing would ever be done.
std::uint64_t Heap::partOfPauseTime(unsigned part) const {
  constexpr double kMost = 1e6, kLeast = 100000;
  double time = std::min(settings_.pauseTime, kMost) * 1e9 / part;
  return std::uint64_t(std::max(time, kLeast));
}

void Heap::traceAndCompact(Scope scope, CollectionReport &report) {
  PauseParts::During during(parts_, isFull(scope) ? Part::Full : Part::Young);
  ThreadRoots threads(world_, isFull(scope) ? ThreadRoots::Frames::All
                                            : ThreadRoots::Frames::Running);
  add(threads);
  __atomic_store_n(&epoch_, epoch_ + 1, __ATOMIC_RELEASE);
  bool isTold = hasObjects();
  if (isTold)
    messages_.begin(report.cause);
  std::size_t used = arena_.used();
  trace(scope);
  report.trace = tracer_.counts();
  CollectionSizes sizes = sizesOf(report.trace, used);
  if (isFull(scope))
    compactFurther(scope, report.trace);
  if (isTold)
    messages_.end(sizes);
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
  tracer_.setHasGarbage(old_.hasGarbage());
  slotsLeft_ = 0; // It goes through all of them.
  tracer_.begin(pools_, isFull(scope), evacuation);
  condemn(scope);
  tracer_.flip();
  tracer_.visitRoots(roots_);
  tracer_.scan();
  tracer_.finishRanks(roots_);
  tracer_.reclaim();
  postDead();
}

bool Heap::hasObjects() const {
  for (Pool *pool = pools_; pool != nullptr; pool = pool->next)
    for (const SegmentList &list : pool->segments)
      if (!list.isEmpty())
        return true;
  return false;
}

/// A part of the limit is kept back from everything but full collections: to
/// begin with, when memory has run out.
void Heap::setReserve(Reserve reserve) {
  std::size_t limit = arena_.commitLimit();
  std::size_t part = limit / Pacing::kReservedPart;
  if (limit == ~std::size_t(0) || reserve == Reserve::None)
    part = 0;
  else if (reserve == Reserve::ForCompaction || lent_ == Lent::Half)
    part /= 2;
  else if (lent_ == Lent::All)
    part = std::min(part, kForArrays);
  arena_.setReserve(part);
}

void Heap::lendReserve(Lent lent) {
  lent_ = lent;
  setReserve(Reserve::ForFull);
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

void Heap::drainLogs() {
  PauseParts::During during(parts_, Part::Drain);
  world_.forEachMutator([this](Mutator &mutator) { drainLog(mutator); });
  areOldValuesKnown_ = true;
  for (RootSource *each = roots_; each != nullptr; each = each->next) {
    OldValues known =
        each->takeOldValues([this](Word value) { old_.noteOldValue(value); });
    areOldValuesKnown_ &= known != OldValues::NotAll;
    if (known == OldValues::Lost)
      old_.noteLoss();
  }
}

/// What compiled code has logged becomes remembered slots. What it has left
/// without being shown is lost to the marker.
void Heap::drainLog(Mutator &mutator) {
  auto remember = [this](Slot slot) {
    if (isAligned(slot.address().bits(), kWordSize) && slot.address())
      writeLog_.add(slot);
    else if (slot.address())
      writeLog_.addWeak(slot.address().alignedDown(kWordSize));
  };
  auto noteOldValue = [this](Word value) { old_.noteOldValue(value); };
  mutator.drainLog(remember, noteOldValue);
  if (mutator.takeLogLost()) {
    writeLog_.noteLoss();
    old_.noteLoss();
  }
  noteLostFrames(mutator);
}

/// The marker's arrays change only if its thread is held. While it marks, none
/// shrinks: each pause needs them again, and to give memory back, all
/// processors must hear of it.
void Heap::countSideMemory(Scope scope, bool isHeld) {
  using Keep = SideMemory::Keep;
  PauseParts::During during(parts_, Part::Arrays);
  Keep keep = isFull(scope)      ? Keep::Used
              : old_.isShading() ? Keep::All
                                 : Keep::Expected;
  SideMemory memory(
      std::clamp(std::size_t(double(partOfPauseTime(4)) * kGivenBack),
                 platform::kPiece, kMostGivenBack));
  memory.setKeep(isHeld ? keep : Keep::All);
  old_.showArrays(memory);
  memory.setKeep(keep);
  writeLog_.showArrays(memory);
  tracer_.showArrays(memory);
  ahead_.showArrays(memory);
  world_.forEachMutator([&](Mutator &each) { each.showArrays(memory); });
  arena_.setSideSize(memory.size() + arena_.protection().shadowSize());
  world_.setKeepsOldValues(old_.isShading());
  limitLog();
}

void Heap::limitLog() {
  world_.log().most =
      pacing_.mostLogged(arena_.commitLimit(), old_.candidates().isRecording());
}

void Heap::verify(const char *when) {
  Verifier verifier(arena_, pools_, roots_, writeLog_, world_, verifierMemory_,
                    when);
  if (old_.isShading())
    verifier.expectMarking();
  if (old_.isHiding())
    verifier.expectClearing();
  if (old_.phase() == OldCollection::Phase::Sweeping)
    verifier.expectSweeping();
  if (old_.phase() == OldCollection::Phase::Evacuating) {
    if (old_.candidates().hasFailed()) // Then no group will be evacuated.
      verifier.expectSweeping();
    else
      verifier.expectEvacuating(old_.candidates());
  }
  verifier.run();
}

} // namespace mps
