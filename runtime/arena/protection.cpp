#include "arena/protection.h"

#include "arena/arena.h"
#include "arena/watched_pages.h"
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
/// Of bytes between two segments that one call protects: to look at the marks
/// of more would take longer than a second call.
constexpr std::size_t kMostBetween = std::size_t(2) << 20;

std::atomic<std::size_t> boundaryCount{0};
std::atomic<std::size_t> mostBoundaries{0};
std::atomic<std::size_t> changeCount{0};

/// What the mark of a protected grain is made of.
enum : std::uint8_t {
  kLeadsNowhere = 1,
  kMayLead = 3,
  kHidden = 4,
  kNotHidden = 8, ///< Though it is weak.
};

std::uint8_t markOf(const Chunk &chunk, std::size_t grain) {
  return __atomic_load_n(&chunk.protectedGrains[grain], __ATOMIC_RELAXED);
}

using Access = Protection::Access;

Access accessOf(std::uint8_t mark) {
  return mark == 0          ? Access::All
         : (mark & kHidden) ? Access::None
                            : Access::Reading;
}

Access accessOf(const Segment &segment) {
  return accessOf(
      markOf(*segment.chunk, segment.chunk->grainOf(segment.extent.base)));
}

Access wantedOf(const Segment &segment) {
  return segment.isHidden ? Access::None : Access::Reading;
}

/// By how much the boundaries become more if all of a run changes.
int boundariesMore(const Chunk &chunk, Extent run, Access from, Access to) {
  auto more = [&](Access neighbour) {
    return int(neighbour != to) - int(neighbour != from);
  };
  Access left = Access::All, right = Access::All;
  if (run.base > chunk.extent.base)
    left = accessOf(markOf(chunk, chunk.grainOf(run.base) - 1));
  if (run.limit < chunk.extent.limit)
    right = accessOf(markOf(chunk, chunk.grainOf(run.limit)));
  return more(left) + more(right);
}

void setMarks(Chunk &chunk, Extent run, std::uint8_t mark) {
  std::size_t end = chunk.grainOf(run.base) + (run.size() >> chunk.grainShift);
  for (std::size_t i = chunk.grainOf(run.base); i < end; ++i)
    __atomic_store_n(&chunk.protectedGrains[i], mark, __ATOMIC_RELAXED);
}

/// The mark of what leads nowhere or somewhere, as it is protected.
void setProtected(Segment &segment, bool isHidden) {
  int mark = segment.summary == 0 ? kLeadsNowhere : kMayLead;
  if (isHidden)
    mark |= kHidden;
  else if (segment.rank != Rank::Exact)
    mark |= kNotHidden;
  setMarks(*segment.chunk, segment.extent, std::uint8_t(mark));
}

/// Whether all grains between two addresses are protected like that.
bool isAll(const Chunk &chunk, Address base, Address limit, Access access) {
  std::size_t end =
      limit == chunk.extent.limit ? chunk.grainCount() : chunk.grainOf(limit);
  for (std::size_t i = chunk.grainOf(base); i < end; ++i)
    if (accessOf(markOf(chunk, i)) != access)
      return false;
  return true;
}

std::uintptr_t self() { return std::uintptr_t(pthread_self()); }

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
  return accessOf(segment) != Access::All;
}

bool Protection::isAsWanted(const Segment &segment) {
  return accessOf(segment) == wantedOf(segment);
}

bool Protection::isHidden(const Segment &segment) {
  return accessOf(segment) == Access::None;
}

/// For a scope: the lock; but not for who has it and mends a fault.
class Protection::Entered {
public:
  explicit Entered(Protection &protection)
      : protection_(protection), isIn_(protection.mender_ == self()) {
    if (!isIn_)
      protection_.lock_.lock();
  }
  ~Entered() {
    if (!isIn_)
      protection_.lock_.unlock();
  }
  Entered(const Entered &) = delete;
  Entered &operator=(const Entered &) = delete;

private:
  Protection &protection_;
  bool isIn_;
};

namespace {

bool areNeighbours(const Segment &before, const Segment &after) {
  return before.extent.limit == after.extent.base;
}

/// Or at most so many bytes are between them, all protected as the second is to
/// be.
bool areJoined(const Segment &before, const Segment &after,
               std::size_t between) {
  return areNeighbours(before, after) ||
         (after.extent.base - before.extent.limit <= between &&
          isAll(*after.chunk, before.extent.limit, after.extent.base,
                wantedOf(after)));
}

/// Both ends of what is between two that are joined.
int boundariesIn(Segment **first, Segment **end) {
  int boundaries = 0;
  for (Segment **each = first + 1; each < end; ++each)
    boundaries += areNeighbours(*each[-1], **each) ? 0 : 2;
  return boundaries;
}

} // namespace

/// False if the system refuses a part of it, and then the parts before it have
/// been changed.
bool Protection::change(Extent run, Access to) const {
  auto *changePiece = to == Access::All       ? platform::makeWritable
                      : to == Access::Reading ? platform::makeReadOnly
                                              : platform::makeUnreadable;
  std::size_t piece = isByPieces_ ? platform::kPiece : run.size();
  for (Address each = run.base; each < run.limit; each += piece) {
    changeCount.fetch_add(1, std::memory_order_relaxed);
    if (!changePiece({each, std::min(each + piece, run.limit)}))
      return false;
  }
  return true;
}

void Protection::changeBack(Segment **first, Segment **end, Access from) const {
  for (Segment **each = first; each != end; ++each) {
    bool done = change((*each)->extent, from);
    MPS_CHECK(done, "the system refuses to undo a change of protection");
  }
}

/// Segments that are protected alike, and what is between them, which is
/// protected as they are to be.
void Protection::protectRun(Segment **first, Segment **end) {
  Chunk &chunk = *(*first)->chunk;
  Extent run = {(*first)->extent.base, end[-1]->extent.limit};
  Access from = accessOf(**first), to = wantedOf(**first);
  int more = boundariesMore(chunk, run, from, to) - boundariesIn(first, end);
  if (more > 0 && boundaryCount + std::size_t(more) > mostBoundaries)
    return;
  if (!change(run, to))
    return changeBack(first, end, from);
  for (Segment **each = first; each != end; ++each) {
    setProtected(**each, to == Access::None);
    if (from == Access::All)
      size_ += (*each)->extent.size();
  }
  boundaryCount += std::size_t(more);
}

/// All of it is protected alike.
void Protection::unprotectRun(Chunk &chunk, Extent run) {
  Access from = accessOf(markOf(chunk, chunk.grainOf(run.base)));
  bool done = change(run, Access::All);
  MPS_CHECK(done, "the system refuses to make memory writable");
  setMarks(chunk, run, 0);
  size_ -= run.size();
  boundaryCount += std::size_t(boundariesMore(chunk, run, from, Access::All));
}

namespace {

/// Sorts the list, and calls visit(Segment **first, Segment **end) for each run
/// of segments of one chunk that are wanted, all protected alike, and `joins`
/// with the one before. `keyOf` of a segment tells that apart; what has the key
/// `none` is not wanted.
template <typename KeyOf, typename Joins, typename Visit>
void forEachRun(GrowingArray<Segment *> &segments, int none, KeyOf keyOf,
                Joins joins, Visit visit) {
  std::sort(segments.begin(), segments.end(), isBelow);
  for (Segment **each = segments.begin(); each != segments.end();) {
    Segment **first = each++;
    int key = keyOf(**first);
    if (key == none)
      continue;
    while (each != segments.end() && (*each)->chunk == (*first)->chunk &&
           keyOf(**each) == key && joins(*each[-1], **each))
      ++each;
    visit(first, each);
  }
}

constexpr int kAsWanted = -1, kAccesses = 3;

/// What is to change, from what to what.
int changeOf(const Segment &segment) {
  Access from = accessOf(segment), to = wantedOf(segment);
  return from == to ? kAsWanted : int(from) * kAccesses + int(to);
}

} // namespace

void Protection::protect(GrowingArray<Segment *> &segments) {
  if (!isStarted_)
    return;
  Entered entered(*this);
  std::size_t between = isByPieces_ ? platform::kPiece : kMostBetween;
  auto joins = [&](const Segment &before, const Segment &after) {
    return areJoined(before, after, between);
  };
  forEachRun(
      segments, kAsWanted, changeOf, joins,
      [this](Segment **first, Segment **end) { protectRun(first, end); });
}

void Protection::unprotect(GrowingArray<Segment *> &segments) {
  Entered entered(*this);
  forEachRun(
      segments, int(Access::All),
      [](const Segment &each) { return int(accessOf(each)); }, areNeighbours,
      [this](Segment **first, Segment **end) {
        unprotectRun(*(*first)->chunk,
                     {(*first)->extent.base, end[-1]->extent.limit});
      });
}

void Protection::unprotect(Segment &segment) {
  if (!isProtected(segment))
    return;
  Entered entered(*this);
  if (isProtected(segment))
    unprotectRun(*segment.chunk, segment.extent);
}

namespace {

/// Calls visit(Extent, Access) for each run of grains from `first` to `end`
/// that are protected alike.
template <typename Visit>
void forEachMarked(const Chunk &chunk, std::size_t first, std::size_t end,
                   Visit visit) {
  auto at = [&](std::size_t grain) {
    return chunk.extent.base + (grain << chunk.grainShift);
  };
  for (std::size_t i = first; i < end;) {
    std::size_t begin = i;
    Access access = accessOf(markOf(chunk, i));
    while (i < end && accessOf(markOf(chunk, i)) == access)
      ++i;
    if (access != Access::All)
      visit(Extent{at(begin), at(i)}, access);
  }
}

} // namespace

void Protection::protect(Segment &segment) {
  Entered entered(*this);
  Segment *run[] = {&segment};
  if (isStarted_ && changeOf(segment) != kAsWanted)
    protectRun(run, run + 1);
}

void Protection::forEachProtectedRun(bool (*visit)(Extent, bool isHidden)) {
  Entered entered(*this);
  for (Chunk *chunk = arena_.firstChunk(); chunk; chunk = chunk->next)
    forEachMarked(*chunk, 0, chunk->grainOf(chunk->highest),
                  [&](Extent run, Access access) {
                    bool done = visit(run, access == Access::None);
                    MPS_CHECK(done, "the system refuses to change a "
                                    "protection");
                  });
}

// ---- Looking for them ----

namespace {
constexpr std::uint8_t kOfInterest = kSettledGrain | kClientGrain | kLeafGrain;
constexpr std::uint8_t kMayBeProtected = kSettledGrain | kClientGrain;
constexpr std::uint64_t kOfEach = 0x0101010101010101;
constexpr std::size_t kTogether = sizeof(std::uint64_t);

std::uint64_t wordOf(const std::uint8_t *table, std::size_t word) {
  std::uint64_t value;
  std::memcpy(&value, table + word * sizeof value, sizeof value);
  return value;
}

/// The bits of a mark that tell that a grain is not one of those, when they are
/// kLeadsNowhere.
std::uint8_t bitsOf(Protection::Which which) {
  return which == Protection::Which::ToScan ? kMayLead
         : which == Protection::Which::Open ? kLeadsNowhere
                                            : kLeadsNowhere | kNotHidden;
}

/// Of eight grains: not if none is wanted, or all are of segments that never
/// are protected.
bool mayBeOneOf(const Chunk &chunk, std::size_t word, std::uint8_t bits) {
  if ((wordOf(chunk.protectedGrains, word) & kOfEach * bits) ==
      kOfEach * kLeadsNowhere)
    return false;
  std::uint64_t tags = wordOf(chunk.tags, word);
  return (tags & kOfEach * kLeafGrain) != kOfEach * kLeafGrain &&
         (tags & kOfEach * kClientGrain) != 0;
}
} // namespace

Chunk *Protection::firstChunk() const { return arena_.firstChunk(); }

std::size_t Protection::next(const Chunk &chunk, std::size_t grain,
                             std::size_t end, Which which) {
  std::uint8_t bits = bitsOf(which);
  while (grain < end) {
    if (grain % kTogether == 0 && !mayBeOneOf(chunk, grain / kTogether, bits))
      grain += kTogether;
    else if ((markOf(chunk, grain) & bits) != kLeadsNowhere &&
             (chunk.tagOf(grain) & kOfInterest) == kMayBeProtected)
      return grain;
    else
      ++grain;
  }
  return end;
}

void Protection::leadsNowhere(Segment &segment) {
  segment.summary = 0;
  Entered entered(*this);
  if (isProtected(segment))
    setProtected(segment, isHidden(segment));
}

// ---- Watched pages ----

bool Protection::watch(WatchedPages &pages) {
  if (!listen())
    return false;
  platform::Locked registry(Registry::lock);
  for (Protection *each = Registry::first; each != nullptr; each = each->next_)
    if (each->watchesAnyOf(pages.extent()))
      return false;
  platform::Locked locked(lock_);
  pages.nextWatched_ = watched_.load(std::memory_order_relaxed);
  watched_.store(&pages, std::memory_order_release);
  addOpen(std::ptrdiff_t(pages.openSize()));
  return true;
}

bool Protection::watchesAnyOf(Extent pages) {
  platform::Locked locked(lock_);
  for (WatchedPages *each = watched_; each != nullptr;
       each = each->nextWatched_)
    if (each->extent_.base < pages.limit && pages.base < each->extent_.limit)
      return true;
  return false;
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
  bool isWatched = observer_ != nullptr && observer_->isWatching();
  for (Address each = run.base; each < run.limit;) {
    Segment &segment = *chunk.segments[chunk.grainOf(each)];
    if (isWatched)
      observer_->beforeAccess(segment);
    segment.isHidden = false;
    each = segment.extent.limit;
  }
}

/// What is protected of the region around a segment, in whole segments.
void Protection::unprotectAround(Chunk &chunk, Extent extent) {
  Address base = std::max(extent.base.alignedDown(kRegion), chunk.extent.base);
  Address limit = std::min(extent.limit.alignedUp(kRegion), chunk.extent.limit);
  std::size_t first = chunk.grainOf(base), last = chunk.grainOf(limit - 1);
  if (markOf(chunk, first) != 0)
    first = chunk.grainOf(chunk.segments[first]->extent.base);
  if (markOf(chunk, last) != 0)
    last = chunk.grainOf(chunk.segments[last]->extent.limit - 1);
  forEachMarked(chunk, first, last + 1, [&](Extent run, Access) {
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
  bool isOurs = markOf(*chunk, grain) != 0;
  bool isWatched = false, isFrozen = false;
  if (isOurs) {
    isWatched = observer_ != nullptr && observer_->isWatching();
    isFrozen = isWatched && observer_->freeze();
    mender_.store(self(), std::memory_order_relaxed);
    if (!isWatched || isFrozen)
      mendSegment(*chunk, grain);
    mender_.store(0, std::memory_order_relaxed);
  }
  if (isFrozen)
    observer_->thaw();
  lock_.unlock();
  if (isWatched && !isFrozen)
    platform::giveProcessor();
  return isOurs || arena_.segmentOf(address) != nullptr;
}

} // namespace mps
