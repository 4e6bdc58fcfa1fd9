#include "api/compiled_heap.h"
#include "api/debugging.h"
#include "api/pause_log.h"

#include "base/check.h"
#include "platform/clock.h"
#include "platform/image.h"
#include "pool/described_format.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <new>

namespace mps {

// ---- Thread-local variables ----

void ThreadLocalRoots::visit(Rank rank, RootVisitor &visitor) {
  if (rank != Rank::Exact)
    return;
  world_.forEachMutator([&](Mutator &mutator) {
    for (const ThreadLocalRoot &each : mutator.threadLocals)
      for (std::uint64_t map = each.map; map != 0; map &= map - 1)
        visitor.exact(Slot::at(each.words +
                               std::size_t(std::countr_zero(map)) * kWordSize));
  });
}

// ---- The heap ----

[[noreturn]] static void endWithoutHeap() {
  mps_lib_fputs("mps: no address space for the heap: it reserves 2 TiB for the "
                "log table, and as much as its limit (MPS_HEAP_LIMIT); the "
                "system, or ulimit -v, does not allow that much\n",
                mps_lib_get_stderr());
  __builtin_abort();
}

struct CompiledHeapHolder {
  alignas(
      CompiledHeap) static inline unsigned char storage[sizeof(CompiledHeap)];
  static inline platform::Mutex making;
  static inline std::atomic<CompiledHeap *> instance{nullptr};

  static CompiledHeap &make() {
    platform::Locked locked(making);
    if (CompiledHeap *made = instance.load())
      return *made;
    connectPlinth();
    auto *heap = new (storage) CompiledHeap(initialSettings());
    if (heap->initialise() != Result::Ok)
      endWithoutHeap();
    prepareFaultReports();
    useOurLongjmp();
    PauseLog::startIfAsked();
    std::atexit(reportAtExit);
    instance.store(heap, std::memory_order_release);
    return *heap;
  }
};

CompiledHeap *CompiledHeap::instance() {
  return CompiledHeapHolder::instance.load(std::memory_order_acquire);
}

CompiledHeap &CompiledHeap::require() {
  CompiledHeap *heap = instance();
  return heap != nullptr ? *heap : CompiledHeapHolder::make();
}

namespace {

/// Address space costs nothing: one chunk for all the program may ever need
/// keeps every look-up at its shortest.
ArenaOptions arenaOptions(const mps_settings_s &settings) {
  ArenaOptions options;
  options.commitLimit = settings.heap_limit;
  options.size = alignUp(settings.heap_limit, platform::kHugePageSize);
  options.spare = 0.9;
  return options;
}

constexpr std::size_t kNever = ~std::size_t(0);
constexpr unsigned kMostHelpers = 3;

Chain compiledChain() {
  Chain chain;
  chain.count = 2;
  chain.together = 2;
  chain.generations[1].capacity = kNever;
  return chain;
}

unsigned collectorThreads(int wanted) {
  if (wanted != 0)
    return wanted < 0 ? 0 : unsigned(wanted);
  return std::min(platform::processors() - 1, kMostHelpers);
}

PoolOptions poolOptions(Chain &chain, bool isLeaf) {
  PoolOptions options;
  options.chain = &chain;
  options.isLeaf = isLeaf;
  options.hasBarrier = true;
  return options;
}

} // namespace

CompiledHeap::CompiledHeap(const mps_settings_s &settings)
    : settings_(settings), heap_(arenaOptions(settings)),
      chain_(compiledChain()), scannedPool_(heap_, poolOptions(chain_, false)),
      leafPool_(heap_, poolOptions(chain_, true)) {}

Result CompiledHeap::initialise() {
  Result result = heap_.arena().initialise();
  if (result != Result::Ok)
    return result;
  heap_.messages().setClock([] { return std::uint64_t(mps_clock()); });
  heap_.add(chain_);
  heap_.setCompiledChain(chain_);
  heap_.add(scannedPool_);
  heap_.add(leafPool_);
  heap_.add(globals_);
  heap_.add(threadLocals_);
  heap_.add(handles_);
  if (settings_.epsilon) {
    std::uint64_t start = platform::nanoseconds();
    platform::populate(heap_.arena().firstChunk()->extent);
    faultIn_ = platform::nanoseconds() - start;
  }
  return apply(settings_);
}

Result CompiledHeap::apply(const mps_settings_s &settings) {
  platform::Locked locked(heap_.lock());
  if (heap_.setCommitLimit(settings.heap_limit) != Result::Ok)
    return Result::Fail;
  settings_ = settings;
  Settings &to = heap_.settings();
  to.growth =
      settings.growth != 0 ? settings.growth / 100.0 : Settings::kToTheLimit;
  to.pauseTime = settings.pause_time != 0 ? settings.pause_time : 0.1;
  to.collectorThreads = collectorThreads(settings.collector_threads);
  to.nursery = settings.nursery;
  to.epsilon = settings.epsilon;
  debug(heap_, settings);
  heap_.applySettings();
  return Result::Ok;
}

/// Static objects stay where they are.
std::uint64_t CompiledHeap::identityHash(Word reference) const {
  bool isObject =
      isInHeap(Address::fromBits(reference)) && !(reference & abi::kTagMask);
  return isObject ? DescribedFormat::identityHash(Address::fromBits(reference))
                  : DescribedFormat::hashOf(reference);
}

std::uint64_t CompiledHeap::allocatedBytes() const {
  return scannedPool_.allocatedBytes() + leafPool_.allocatedBytes();
}

bool CompiledHeap::load(const abi::ModuleDescriptor &module) {
  return RootTables::add(&module) && globals_.add(module);
}

void CompiledHeap::unload(const abi::ModuleDescriptor &module) {
  platform::Locked locked(heap_.lock());
  if (isExiting_)
    return;
  RootTables::remove(&module);
  heap_.forget(module, platform::imageOf(Address::of(&module)),
               GlobalRoots::extentOf(module));
  globals_.remove(module);
}

// ---- Threads ----

void CompiledHeap::attachCurrentThread() {
  Thread *thread = Thread::use();
  bool isReady = false;
  platform::Locked locked(heap_.lock());
  if (thread != nullptr) {
    auto *mutator = heap_.arena().control().make<Mutator>(*thread);
    isReady = mutator != nullptr && mutator->isReady();
    if (isReady) {
      scannedPool_.add(mutator->scanned);
      leafPool_.add(mutator->leaf);
      heap_.world().add(*mutator);
      mutator->change(abi::ThreadState::Unattached, abi::ThreadState::Foreign);
      platform::onThreadExit(detach, mutator);
    }
  }
  if (!isReady) {
    mps_lib_assert_fail(__FILE__, __LINE__, "no memory for a thread");
    __builtin_trap();
  }
  guardCurrentThreadsStack();
}

/// The thread ends: it is in no managed frame.
void CompiledHeap::detach(void *argument) {
  auto *mutator = static_cast<Mutator *>(argument);
  CompiledHeap &self = *instance();
  platform::Locked locked(self.heap_.lock());
  // Should managed code run in this thread once more, it tells them again.
  for (const ThreadLocalRoot &each : mutator->threadLocals)
    *each.ready = 0;
  self.heap_.remove(*mutator);
  self.heap_.arena().control().destroy(mutator);
}

} // namespace mps
