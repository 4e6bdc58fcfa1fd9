// Protection: the write barrier of clients that write no barrier code.
//
// 1. protect() makes segments read-only, neighbours by one call of the system.
//    Until somebody stores into it, what has been found out about a segment
//    stays true: it is clean.
// 2. The first store into a protected segment faults. The handler makes the
//    segment writable again, and so dirty, and the store is done.
// 3. unprotect() is for the collector, before it writes to a segment.
//
// A segment that is hidden is protected from being read, too: the first load
// from it faults, and opens it like a store.
//
// The system allows a process so many mappings, and each boundary between what
// is protected and what is not makes one more. All arenas together keep to half
// of that: beyond it nothing is protected that would make more, and a fault
// makes all dirty that is near it.
//
// Invariant P1: the mark of a grain in its chunk's table is not 0 exactly if it
// is protected, and all grains of a segment have the same, which tells whether
// the segment's summary is empty, and whether it can be read.
// The lock here covers the marks. It comes after the arena's lock. A handler
// waits for nothing: where it cannot have the lock, or not stop other threads,
// the fault comes again. It has the lock for as long as others are stopped, so
// that fork(), which takes all of these locks, finds none stopped. Not here:
// what is clean (trace/).
#ifndef MPS_ARENA_PROTECTION_H
#define MPS_ARENA_PROTECTION_H

#include "arena/chunk.h"
#include "arena/control_memory.h"
#include "platform/faults.h"
#include "platform/memory.h"
#include "platform/mutex.h"

#include <atomic>

namespace mps {

class Arena;
class WatchedPages;

class Protection {
public:
  /// Who wants to see segments before a mutator stores into them.
  class Observer {
  public:
    /// Whether that is so now.
    virtual bool isWatching() const = 0;
    /// Stops all other threads that may store. False: it cannot be done now,
    /// and the fault is to come again.
    virtual bool freeze() = 0;
    virtual void thaw() = 0;
    /// A protected segment is to be stored into, or a hidden one to be read; it
    /// is writable. In a signal handler.
    virtual void beforeAccess(Segment &segment) = 0;
    /// The scan function of an object may store into the protected segment,
    /// namely into another object, its dependent one.
    virtual void beforeScanStores(Segment &segment, Address dependent) = 0;

  protected:
    ~Observer() = default;
  };

  explicit Protection(const Arena &arena);
  ~Protection() { stop(); }
  Protection(const Protection &) = delete;
  Protection &operator=(const Protection &) = delete;

  void observe(Observer &observer) { observer_ = &observer; }
  Observer *observer() const { return observer_; }
  /// Nothing is protected before this. If the system refuses, nothing ever is.
  void start();
  bool isStarted() const { return isStarted_; }
  /// Faults in the arena are nobody's from now on.
  void stop();

  /// Whether the system is told of few pages at a time (platform::kPiece):
  /// where no pause is to be long. Any thread may mend a fault meanwhile.
  void setByPieces(bool is) {
    isByPieces_.store(is, std::memory_order_relaxed);
  }
  /// What may be done to memory.
  enum class Access : std::uint8_t { All, Reading, None };
  static bool isProtected(const Segment &segment);
  /// Whether it is protected as it should be (isHidden).
  static bool isAsWanted(const Segment &segment);
  /// Whether it cannot be read.
  static bool isHidden(const Segment &segment);
  /// Those among them that are not, or not as they should be (isHidden). What
  /// cannot be protected stays what it is. Sorts the list.
  /// With the world stopped, as the next.
  void protect(GrowingArray<Segment *> &segments);
  /// Those among them that are protected. Sorts the list.
  void unprotect(GrowingArray<Segment *> &segments);
  void unprotect(Segment &segment);
  void protect(Segment &segment);

  /// Of settled segments of clients' objects with references.
  enum class Which : std::uint8_t {
    ToScan,   ///< Not protected, or may lead to something that is not settled.
    Open,     ///< Not protected.
    NotReady, ///< Not protected; or weak, and not hidden.
  };
  /// Calls visit(Segment &) for each of those. It looks at two bytes for each
  /// grain, of tables, and at no other segment.
  template <typename Visit> void forEach(Which which, Visit visit) const;
  /// The first grain from `grain` on that is of one of those, or `end`.
  static std::size_t next(const Chunk &chunk, std::size_t grain,
                          std::size_t end, Which which);
  /// A protected segment that was said to lead somewhere does not.
  void leadsNowhere(Segment &segment);

  /// For a scope: everything may be written to, and stays what it is. With the
  /// world stopped.
  class Lifted {
  public:
    explicit Lifted(Protection &protection) : protection_(protection) {
      protection_.forEachProtectedRun(
          [](Extent run, bool) { return platform::makeWritable(run); });
    }
    ~Lifted() {
      protection_.forEachProtectedRun([](Extent run, bool isHidden) {
        return isHidden ? platform::makeUnreadable(run)
                        : platform::makeReadOnly(run);
      });
    }
    Lifted(const Lifted &) = delete;
    Lifted &operator=(const Lifted &) = delete;

  private:
    Protection &protection_;
  };

  /// Of all arenas: boundaries, and how many there may be.
  static std::size_t boundaries();
  static void setMostBoundaries(std::size_t most);
  /// How often the system was told to change a protection.
  static std::size_t changes();
  /// Bytes of watched pages that are open (arena/watched_pages.h).
  std::size_t openSize() const {
    return openSize_.load(std::memory_order_relaxed);
  }
  /// And of what those held, and has been copied.
  std::size_t shadowSize() const {
    return shadowSize_.load(std::memory_order_relaxed);
  }
  /// Bytes that are protected.
  std::size_t size() const { return size_.load(std::memory_order_relaxed); }
  /// Accesses that faulted, since it was made.
  std::size_t faults() const { return faults_.load(std::memory_order_relaxed); }

private:
  friend class WatchedPages;
  struct Registry;
  class Entered;

  bool listen();
  bool watch(WatchedPages &pages);
  bool watchesAnyOf(Extent pages);
  void unwatch(WatchedPages &pages);
  bool mendWatched(Address address);
  /// Whether there may be so many more boundaries.
  static bool mayAdd(int more);
  static void addBoundaries(int more);
  void addOpen(std::ptrdiff_t bytes) { openSize_ += std::size_t(bytes); }

  static bool mend(const platform::Fault &fault);
  bool mendHere(Address address);
  void mendSegment(Chunk &chunk, std::size_t grain);
  void showAll(Chunk &chunk, Extent run);
  void unprotectAround(Chunk &chunk, Extent extent);
  bool change(Extent run, Access to) const;
  void changeBack(Segment **first, Segment **end, Access from) const;
  void protectRun(Segment **first, Segment **end);
  void unprotectRun(Chunk &chunk, Extent run);
  void forEachProtectedRun(bool (*visit)(Extent, bool isHidden));
  Chunk *firstChunk() const;

  const Arena &arena_;
  platform::Mutex lock_;
  /// Who mends a fault, and has the lock: its pthread_self(); or 0.
  std::atomic<std::uintptr_t> mender_{0};
  /// Changes with the arena's lock; any thread may look.
  std::atomic<bool> isStarted_{false};
  bool isListening_ = false; ///< To faults.
  std::atomic<bool> isByPieces_{false};
  std::atomic<std::size_t> faults_{0};
  std::atomic<std::size_t> size_{0}; ///< Bytes that are protected.
  std::atomic<std::size_t> openSize_{0}, shadowSize_{0};
  std::atomic<WatchedPages *> watched_{nullptr}; ///< Changes with the lock.
  Observer *observer_ = nullptr;
  Protection *next_ = nullptr; ///< Of all in this process.
};

template <typename Visit>
void Protection::forEach(Which which, Visit visit) const {
  if (!isStarted_.load(std::memory_order_relaxed))
    return; // No segment has ever been one to protect.
  for (Chunk *chunk = firstChunk(); chunk != nullptr; chunk = chunk->next) {
    std::size_t end = chunk->grainOf(chunk->highest);
    std::size_t grain = next(*chunk, 0, end, which);
    while (grain < end) {
      Segment &segment = *chunk->segments[grain];
      visit(segment);
      grain = next(*chunk, chunk->grainOf(segment.extent.limit), end, which);
    }
  }
}

} // namespace mps

#endif
