#include "collector/heap.h"

#include "base/check.h"
#include "collector/thread_roots.h"
#include "collector/type_retirement.h"
#include "platform/clock.h"
#include "verify/verifier.h"

#include <algorithm>

namespace mps {

namespace {

constexpr std::size_t kEverything = ~std::size_t(0);
constexpr unsigned kMostCompactions = 8;

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
  if (compiledChain_ == nullptr)
    return;
  Pacing::setNursery(*compiledChain_, settings_.nursery != 0
                                          ? settings_.nursery
                                          : Pacing::kFirstNursery);
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
  removeFrom(pools_, pool);
  --pool.chain().pools;
  for (SegmentList &list : pool.segments)
    while (Segment *segment = list.pop())
      pool.free(segment);
  trim();
}

/// Bytes in use, but for what the nurseries have got since they were collected.
std::size_t Heap::oldBytes() const {
  std::size_t size = arena_.used();
  for (Chain *chain = chains_; chain != nullptr; chain = chain->next)
    size -= std::min(size, chain->generations[0].newBytes);
  return size;
}

/// What the nurseries will want until the next collection is kept.
void Heap::trim() {
  std::size_t wanted = 0;
  for (Chain *chain = chains_; chain != nullptr; chain = chain->next)
    wanted += 2 * chain->generations[0].capacity;
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
  if (result != Result::Ok && mayCollect()) {
    collect(Scope::Full, "out of memory");
    result = allocate();
  }
  return result;
}

Result Heap::refill(Buffer &buffer, std::size_t size) {
  return allocateOrCollect(size,
                           [&] { return buffer.pool->fill(buffer, size); });
}

Result Heap::allocateLarge(Pool &pool, Address *objectOut, std::size_t size) {
  return allocateOrCollect(size,
                           [&] { return pool.allocateLarge(objectOut, size); });
}

void Heap::collectIfDue(std::size_t size) {
  stressedBytes_ += std::max(size, std::min(stressStep(), Pool::kStep));
  if (settings_.stress == Stress::Alloc || settings_.stress == Stress::Poll ||
      (settings_.stress == Stress::Bytes &&
       stressedBytes_ >= settings_.stressBytes)) {
    stressedBytes_ = 0;
    return collect(Scope::Full, "stress");
  }
  collectDue();
}

bool Heap::collectDue() {
  bool isDue = false;
  for (Chain *chain = chains_; chain != nullptr; chain = chain->next)
    isDue |= chain->due() != 0;
  if (!isDue)
    return false;
  if (isFullAsked_ || !writeLog_.isComplete() || pacing_.isFullDue(oldBytes()))
    collect(Scope::Full, "growth");
  else
    collect(Scope::Due, "nursery");
  return true;
}

bool Heap::hasNewObjects() const {
  for (Chain *chain = chains_; chain != nullptr; chain = chain->next)
    if (chain->generations[0].newBytes != 0)
      return true;
  return false;
}

void Heap::poll() {
  if (settings_.stress == Stress::Poll && mayCollect())
    collect(Scope::Full, "stress");
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

void Heap::forgetImage(Extent image) {
  bool done = true;
  whileStopped([&] { done = retireTypes(arena_, pools_, image); });
  MPS_CHECK(done, "no memory for the types of a module that is unloaded");
}

void Heap::collect(Scope scope, const char *cause) {
  CollectionReport report;
  report.cause = cause;
  std::uint64_t start = platform::nanoseconds();
  whileStopped([&] { collectStopped(scope, report); });
  report.pauseNanoseconds = platform::nanoseconds() - start;
  statistics_.add(report);
  report.number = statistics_.collections;
  if (listener_ != nullptr)
    listener_(listenerClosure_, report);
}

void Heap::collectStopped(Scope scope, CollectionReport &report) {
  report.usedBefore = arena_.used();
  setReserve();
  world_.forEachMutator([this](Mutator &mutator) { drainLog(mutator); });
  if (!writeLog_.isComplete())
    scope = Scope::Full;
  report.isFull = scope == Scope::Full;
  isFullAsked_ &= !report.isFull;
  if (settings_.verify)
    verify("before");
  ThreadRoots threads(world_);
  add(threads);
  __atomic_store_n(&epoch_, epoch_ + 1, __ATOMIC_RELEASE);
  std::size_t newBytes =
      compiledChain_ ? compiledChain_->generations[0].newBytes : 0;
  trace(scope, kEverything);
  report.trace = tracer_.counts();
  if (report.isFull)
    compact(report.trace);
  trim();
  remove(threads);
  if (settings_.verify)
    verify("after");
  report.walk = threads.counts();
  report.usedAfter = arena_.used();
  std::size_t nursery = 0;
  if (compiledChain_ != nullptr) {
    if (settings_.nursery == 0 && !report.isFull)
      pacing_.resizeNursery(*compiledChain_, report.trace, newBytes,
                            arena_.commitLimit());
    nursery = compiledChain_->generations[0].capacity;
  }
  pacing_.collected(report.isFull, report.usedAfter, arena_.commitLimit(),
                    nursery);
}

/// One trace; `evacuated` bounds the bytes that are copied.
void Heap::trace(Scope scope, std::size_t evacuated) {
  tracer_.begin(pools_, scope == Scope::Full);
  condemn(scope);
  if (evacuated != kEverything)
    tracer_.evacuateSparsest(evacuated);
  tracer_.flip();
  tracer_.visitRoots(roots_);
  tracer_.scan();
  tracer_.reclaim();
}

/// A part of the limit, with which compact() begins when memory has run out.
void Heap::setReserve() {
  std::size_t limit = arena_.commitLimit();
  arena_.setReserve(limit == ~std::size_t(0) ? 0 : limit / Pacing::kReservedPart);
}

/// While there was no memory to copy everything: copies what there is room for,
/// which makes room for more.
void Heap::compact(TraceCounts &counts) {
  if (!tracer_.ranOutOfMemory())
    return;
  arena_.setReserve(0);
  // Each destination may leave a segment half empty.
  std::size_t slack = 4 * arena_.segmentSize();
  for (unsigned i = 0; tracer_.ranOutOfMemory() && i < kMostCompactions; ++i) {
    std::size_t before = arena_.used();
    std::size_t room = arena_.available();
    trace(Scope::Full, room > slack ? room - slack : 0);
    counts.add(tracer_.counts());
    if (arena_.used() >= before)
      break; // As good as it gets.
  }
  setReserve();
}

/// How many of the youngest generations a collection takes.
unsigned Heap::condemnedOf(const Chain &chain, Scope scope) const {
  if (scope == Scope::Full)
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
  mutator.drainLog([this](Slot slot) { writeLog_.add(slot); });
  if (mutator.takeLogLost())
    writeLog_.noteLoss();
}

void Heap::verify(const char *when) {
  Verifier(arena_, pools_, roots_, writeLog_, world_, when).run();
}

} // namespace mps
