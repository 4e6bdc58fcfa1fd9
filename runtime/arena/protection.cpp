#include "arena/protection.h"

#include "arena/arena.h"
#include "base/check.h"
#include "platform/futex.h"
#include "platform/memory.h"

#include <algorithm>
#include <cstring>
#include <pthread.h>

namespace mps {

namespace {
/// What a fault makes dirty together when there are too many boundaries.
constexpr std::size_t kRegion = std::size_t(2) << 20;

std::atomic<std::size_t> boundaryCount{0};
std::atomic<std::size_t> mostBoundaries{0};
std::atomic<std::size_t> changeCount{0};

bool mark(const Chunk &chunk, std::size_t grain) {
  return __atomic_load_n(&chunk.protectedGrains[grain], __ATOMIC_RELAXED);
}

/// What the mark of a protected grain is.
enum : std::uint8_t { kLeadsNowhere = 1, kMayLead = 3 };

void setMarks(Chunk &chunk, Extent run, std::uint8_t mark) {
  std::size_t end = chunk.grainOf(run.base) + (run.size() >> chunk.grainShift);
  for (std::size_t i = chunk.grainOf(run.base); i < end; ++i)
    __atomic_store_n(&chunk.protectedGrains[i], mark, __ATOMIC_RELAXED);
}

/// Whole segments.
void setProtected(Chunk &chunk, Extent run) {
  for (Address each = run.base; each < run.limit;) {
    Segment &segment = *chunk.segments[chunk.grainOf(each)];
    setMarks(chunk, segment.extent,
             segment.summary == 0 ? kLeadsNowhere : kMayLead);
    each = segment.extent.limit;
  }
}

bool isBelow(const Segment *a, const Segment *b) {
  return a->extent.base < b->extent.base;
}

} // namespace

/// All of this process. Handlers go through the list without its lock; who
/// takes something out of it waits until none is doing so.
struct Protection::Registry {
  static inline platform::Mutex lock;
  static inline std::atomic<Protection *> first{nullptr};
  static inline std::atomic<unsigned> readers{0};
  static inline bool hasHandlers = false;

  static void handleForks() {
    platform::Locked locked(lock);
    if (!hasHandlers)
      hasHandlers = pthread_atfork(prepare, release, release) == 0;
  }
  static void add(Protection &protection) {
    platform::Locked locked(lock);
    protection.next_ = first.load(std::memory_order_relaxed);
    first.store(&protection, std::memory_order_release);
  }
  static void remove(Protection &protection) {
    platform::Locked locked(lock);
    Protection *each = first.load(std::memory_order_relaxed);
    if (each == &protection)
      first.store(protection.next_, std::memory_order_release);
    for (; each != nullptr; each = each->next_)
      if (each->next_ == &protection)
        __atomic_store_n(&each->next_, protection.next_, __ATOMIC_RELEASE);
    for (unsigned i = 0; readers.load() != 0; ++i)
      platform::backOff(i);
  }
  /// In a child process too, nobody holds them.
  static void prepare() {
    lock.lock();
    for (Protection *each = first; each != nullptr; each = each->next_)
      each->lock_.lock();
  }
  static void release() {
    for (Protection *each = first; each != nullptr; each = each->next_)
      each->lock_.unlock();
    lock.unlock();
  }
};

Protection::Protection(const Arena &arena) : arena_(arena) {
  Registry::handleForks();
}

bool Protection::listen() {
  if (isListening_)
    return true;
  if (mostBoundaries == 0)
    mostBoundaries = platform::mostMappings() / 2;
  isListening_ = platform::listenToFaults(mend);
  if (isListening_)
    Registry::add(*this);
  return isListening_;
}

void Protection::start() {
  if (!isStarted_)
    isStarted_ = listen();
}

void Protection::stop() {
  if (isListening_)
    Registry::remove(*this);
  isStarted_ = isListening_ = false;
}

std::size_t Protection::boundaries() { return boundaryCount; }
std::size_t Protection::changes() { return changeCount; }
void Protection::setMostBoundaries(std::size_t most) { mostBoundaries = most; }

bool Protection::mayAdd(int more) {
  return more < 0 || boundaryCount + std::size_t(more) < mostBoundaries;
}
void Protection::addBoundaries(int more) {
  boundaryCount += std::size_t(more);
  changeCount.fetch_add(1, std::memory_order_relaxed);
}

// ---- Changing it ----

bool Protection::isProtected(const Segment &segment) {
  return mark(*segment.chunk, segment.chunk->grainOf(segment.extent.base));
}

/// By how much the boundaries become more if a run that is not protected
/// becomes so.
int Protection::boundariesAround(const Chunk &chunk, Extent run) {
  bool left =
      run.base > chunk.extent.base && mark(chunk, chunk.grainOf(run.base) - 1);
  bool right =
      run.limit < chunk.extent.limit && mark(chunk, chunk.grainOf(run.limit));
  return (left ? -1 : 1) + (right ? -1 : 1);
}

void Protection::protectRun(Chunk &chunk, Extent run) {
  int more = boundariesAround(chunk, run);
  if (more > 0 && boundaryCount + std::size_t(more) > mostBoundaries)
    return;
  changeCount.fetch_add(1, std::memory_order_relaxed);
  if (!platform::makeReadOnly(run))
    return;
  setProtected(chunk, run);
  size_ += run.size();
  boundaryCount += std::size_t(more);
}

void Protection::unprotectRun(Chunk &chunk, Extent run) {
  changeCount.fetch_add(1, std::memory_order_relaxed);
  bool done = platform::makeWritable(run);
  MPS_CHECK(done, "the system refuses to make memory writable");
  setMarks(chunk, run, 0);
  size_ -= run.size();
  boundaryCount -= std::size_t(boundariesAround(chunk, run));
}

namespace {

/// Sorts the list, and calls visit(Chunk &, Extent) for each run of segments
/// side by side that are protected, or of those that are not.
template <typename Visit>
void forEachRun(GrowingArray<Segment *> &segments, bool areProtected,
                Visit visit) {
  std::sort(segments.begin(), segments.end(), isBelow);
  for (std::size_t i = 0; i < segments.size();) {
    Segment *first = segments[i++];
    if (Protection::isProtected(*first) != areProtected)
      continue;
    Extent run = first->extent;
    while (i < segments.size() && segments[i]->extent.base == run.limit &&
           segments[i]->chunk == first->chunk &&
           Protection::isProtected(*segments[i]) == areProtected)
      run.limit = segments[i++]->extent.limit;
    visit(*first->chunk, run);
  }
}

} // namespace

void Protection::protect(GrowingArray<Segment *> &segments) {
  if (!isStarted_)
    return;
  platform::Locked locked(lock_);
  forEachRun(segments, false,
             [this](Chunk &chunk, Extent run) { protectRun(chunk, run); });
}

void Protection::unprotect(GrowingArray<Segment *> &segments) {
  platform::Locked locked(lock_);
  forEachRun(segments, true,
             [this](Chunk &chunk, Extent run) { unprotectRun(chunk, run); });
}

void Protection::unprotect(Segment &segment) {
  if (!isProtected(segment))
    return;
  platform::Locked locked(lock_);
  if (isProtected(segment))
    unprotectRun(*segment.chunk, segment.extent);
}

namespace {

/// Calls visit(Extent) for each run of protected grains from `first` to `end`.
template <typename Visit>
void forEachMarked(const Chunk &chunk, std::size_t first, std::size_t end,
                   Visit visit) {
  auto at = [&](std::size_t grain) {
    return chunk.extent.base + (grain << chunk.grainShift);
  };
  for (std::size_t i = first; i < end; ++i) {
    std::size_t begin = i;
    while (i < end && mark(chunk, i))
      ++i;
    if (i != begin)
      visit(Extent{at(begin), at(i)});
  }
}

} // namespace

void Protection::protect(Segment &segment) {
  platform::Locked locked(lock_);
  if (isStarted_ && !isProtected(segment))
    protectRun(*segment.chunk, segment.extent);
}

void Protection::forEachProtectedRun(bool (*change)(Extent)) {
  platform::Locked locked(lock_);
  for (Chunk *chunk = arena_.firstChunk(); chunk; chunk = chunk->next)
    forEachMarked(*chunk, 0, chunk->grainOf(chunk->highest), [&](Extent run) {
      bool done = change(run);
      MPS_CHECK(done, "the system refuses to change a protection");
    });
}

// ---- What is to be scanned ----

namespace {
constexpr std::uint8_t kOfInterest = kSettledGrain | kClientGrain | kLeafGrain;
constexpr std::uint8_t kMayBeProtected = kSettledGrain | kClientGrain;
constexpr std::uint64_t kOfEach = 0x0101010101010101;

std::uint64_t wordOf(const std::uint8_t *table, std::size_t word) {
  std::uint64_t value;
  std::memcpy(&value, table + word * sizeof value, sizeof value);
  return value;
}
} // namespace

Chunk *Protection::firstChunk() const { return arena_.firstChunk(); }

/// Of eight grains: not if all are protected and lead nowhere, or of segments
/// that never are.
bool Protection::mayBeToScan(const Chunk &chunk, std::size_t word) {
  if (wordOf(chunk.protectedGrains, word) == kOfEach)
    return false;
  std::uint64_t tags = wordOf(chunk.tags, word);
  return (tags & kOfEach * kLeafGrain) != kOfEach * kLeafGrain &&
         (tags & kOfEach * kClientGrain) != 0;
}

bool Protection::isToScan(const Chunk &chunk, std::size_t grain) {
  return __atomic_load_n(&chunk.protectedGrains[grain], __ATOMIC_RELAXED) !=
             kLeadsNowhere &&
         (chunk.tagOf(grain) & kOfInterest) == kMayBeProtected;
}

void Protection::leadsNowhere(Segment &segment) {
  segment.summary = 0;
  platform::Locked locked(lock_);
  if (isProtected(segment))
    setMarks(*segment.chunk, segment.extent, kLeadsNowhere);
}

// ---- Faults ----

bool Protection::mend(const platform::Fault &fault) {
  if (!fault.isProtected)
    return false;
  Registry::readers.fetch_add(1);
  bool isMended = false;
  for (Protection *each = Registry::first.load(); each && !isMended;
       each = __atomic_load_n(&each->next_, __ATOMIC_ACQUIRE))
    isMended = each->mendHere(fault.address);
  Registry::readers.fetch_sub(1);
  return isMended;
}

/// The segments of a run that was protected.
void Protection::showAll(Chunk &chunk, Extent run) {
  if (observer_ == nullptr || !observer_->isWatching())
    return;
  for (Address each = run.base; each < run.limit;) {
    Segment &segment = *chunk.segments[chunk.grainOf(each)];
    observer_->beforeStore(segment);
    each = segment.extent.limit;
  }
}

/// What is protected of the region around a segment, in whole segments.
void Protection::unprotectAround(Chunk &chunk, Extent extent) {
  Address base = std::max(extent.base.alignedDown(kRegion), chunk.extent.base);
  Address limit = std::min(extent.limit.alignedUp(kRegion), chunk.extent.limit);
  std::size_t first = chunk.grainOf(base), last = chunk.grainOf(limit - 1);
  if (mark(chunk, first))
    first = chunk.grainOf(chunk.segments[first]->extent.base);
  if (mark(chunk, last))
    last = chunk.grainOf(chunk.segments[last]->extent.limit - 1);
  forEachMarked(chunk, first, last + 1, [&](Extent run) {
    unprotectRun(chunk, run);
    showAll(chunk, run);
  });
}

void Protection::mendSegment(Chunk &chunk, std::size_t grain) {
  ++faults_;
  Extent extent = chunk.segments[grain]->extent;
  if (boundaryCount >= mostBoundaries)
    return unprotectAround(chunk, extent);
  unprotectRun(chunk, extent);
  showAll(chunk, extent);
}

/// A segment that is in use and not protected has been mended by another thread
/// just now.
bool Protection::mendHere(Address address) {
  Chunk *chunk = arena_.chunkOf(address);
  if (chunk == nullptr && watched_.load(std::memory_order_acquire) == nullptr)
    return false;
  if (!lock_.tryLock()) {
    platform::giveProcessor();
    return true;
  }
  if (chunk == nullptr) {
    bool isWatched = mendWatched(address);
    faults_ += isWatched;
    lock_.unlock();
    return isWatched;
  }
  std::size_t grain = chunk->grainOf(address);
  bool isOurs = mark(*chunk, grain), isWatched = false, isFrozen = false;
  if (isOurs) {
    isWatched = observer_ != nullptr && observer_->isWatching();
    isFrozen = isWatched && observer_->freeze();
    if (!isWatched || isFrozen)
      mendSegment(*chunk, grain);
  }
  if (isFrozen)
    observer_->thaw();
  lock_.unlock();
  if (isWatched && !isFrozen)
    platform::giveProcessor();
  return isOurs || arena_.segmentOf(address) != nullptr;
}

} // namespace mps
