// Protecting what is old in steps, before an old collection begins: all of its
// snapshot must be protected in the pause in which it begins, and what has been
// stored to since the last time may be most of the heap.
//
// A pass goes over all that is open by address. What is stored to behind its
// back is dirty again; so another follows, until one is done in a single step.
// What is weak is hidden, too; who reads it before marking begins opens it
// again. Mutators get little memory between two steps, and so store little.
//
// The first pass also reads a word of each page of tables that marking will
// need: what nobody has used for a second, the host of a virtual machine may
// have taken away, and 10,000 such pages, of 3 to 6 us each, came in the first
// few faults.
#ifndef MPS_COLLECTOR_PROTECTION_AHEAD_H
#define MPS_COLLECTOR_PROTECTION_AHEAD_H

#include "arena/side_memory.h"
#include "pool/pool.h"

namespace mps {

class ProtectionAhead {
public:
  explicit ProtectionAhead(Arena &arena) : arena_(arena) {}

  /// For about so long; then true if it is as good as it gets, and the next
  /// step begins anew. With the arena's lock.
  bool step(std::uint64_t nanoseconds);
  /// The next step begins anew.
  void abandon() {
    chunk_ = nullptr;
    passes_ = steps_ = 0;
  }
  void showArrays(SideMemory &memory) { memory.show(segments_); }
  /// Open segments, since it was made; and grains whose tables have been read.
  std::size_t lookedAt() const { return lookedAt_; }
  std::size_t read() const { return read_; }

private:
  static constexpr unsigned kMostPasses = 4;
  /// Between two looks at the clock: segments that are protected, of up to
  /// 30 us each; and memory that is passed over, of which some 50 pages of
  /// tables are read.
  static constexpr std::size_t kTogether = 16;
  static constexpr std::size_t kWindow = std::size_t(4) << 20;

  bool protectSome();
  void readTables(std::size_t last);
  static bool isDirty(const Segment &segment);

  Arena &arena_;
  Chunk *chunk_ = nullptr; ///< Null: a pass begins.
  std::size_t grain_ = 0;
  unsigned passes_ = 0, steps_ = 0;
  std::size_t lookedAt_ = 0, read_ = 0;
  GrowingArray<Segment *> segments_;
};

} // namespace mps

#endif
