// Protection: the write barrier of clients that write no barrier code.
//
// 1. protect() makes segments read-only, neighbours by one call of the system.
//    Until somebody stores into it, what has been found out about a segment
//    stays true: it is clean.
// 2. The first store into a protected segment faults. The handler makes the
//    segment writable again, and so dirty, and the store is done.
// 3. unprotect() is for the collector, before it writes to a segment.
//
// The system allows a process so many mappings, and each boundary between what
// is protected and what is not makes one more. All arenas together keep to half
// of that: beyond it nothing is protected that would make more, and a fault
// makes all dirty that is near it.
//
// Invariant P1: the mark of a grain in its chunk's table is set exactly if it
// is protected, and all grains of a segment have the same.
// The lock here covers the marks. It is taken in signal handlers, with all
// signals blocked; who holds it waits for no thread, and is not stopped. It
// comes after the arena's lock. Not here: what is clean (trace/).
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

class Protection {
public:
  explicit Protection(const Arena &arena);
  ~Protection() { stop(); }
  Protection(const Protection &) = delete;
  Protection &operator=(const Protection &) = delete;

  /// Nothing is protected before this. If the system refuses, nothing ever is.
  void start();
  /// Faults in the arena are nobody's from now on.
  void stop();

  static bool isProtected(const Segment &segment);
  /// Those among them that are not. What cannot be protected stays dirty. Sorts
  /// the list.
  /// With the world stopped, as the next.
  void protect(GrowingArray<Segment *> &segments);
  /// Those among them that are protected. Sorts the list.
  void unprotect(GrowingArray<Segment *> &segments);
  void unprotect(Segment &segment);

  /// For a scope: everything may be written to, and stays what it is. With the
  /// world stopped.
  class Lifted {
  public:
    explicit Lifted(Protection &protection) : protection_(protection) {
      protection_.forEachProtectedRun(platform::makeWritable);
    }
    ~Lifted() { protection_.forEachProtectedRun(platform::makeReadOnly); }
    Lifted(const Lifted &) = delete;
    Lifted &operator=(const Lifted &) = delete;

  private:
    Protection &protection_;
  };

  /// Of all arenas: boundaries, and how many there may be.
  static std::size_t boundaries();
  static void setMostBoundaries(std::size_t most);
  /// Stores that faulted, since it was made.
  std::size_t faults() const { return faults_; }

private:
  struct Registry;

  static bool mend(const platform::Fault &fault);
  bool mendHere(Address address);
  void unprotectAround(Chunk &chunk, Extent extent);
  void protectRun(Chunk &chunk, Extent run);
  void unprotectRun(Chunk &chunk, Extent run);
  static int boundariesAround(const Chunk &chunk, Extent run);
  void forEachProtectedRun(bool (*change)(Extent));

  const Arena &arena_;
  platform::Mutex lock_;
  bool isStarted_ = false; ///< The arena's lock covers it.
  std::size_t faults_ = 0;
  Protection *next_ = nullptr; ///< Of all in this process.
};

} // namespace mps

#endif
