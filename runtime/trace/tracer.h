// A trace: one collection of the generations that were chosen.
//
// 1. condemn()  turns the chosen segments white.
// 2. flip()     detaches buffers from them. The world is stopped from here on.
// 3. scan       visitRoots() for ambiguous roots pins what they refer to; for
//               exact ones it fixes them. Then the remembered set, and all
//               segments of pools without a barrier, are roots too; then what
//               is grey is scanned until nothing is (Cheney, "A Nonrecursive
//               List Compacting Algorithm", 1970, over many segments).
// 4. reclaim()  frees what is still white; what was pinned stays where it is.
//
// Fixing a reference to a white object copies the object to its pool's
// destination for the next generation, or leaves it in place and marks it: if
// it is pinned, if it is large, or if there is no memory to copy it to. So a
// trace needs no memory to end. One that ran out of it may have freed little;
// then evacuateSparsest() makes the next one copy only what there is room for,
// out of the segments with the least in them.
//
// Invariant T1: every object reachable from the roots is copied, or marked in
// place, before reclaim.
// Invariant T2: a segment with an object that was left in place is anchored and
// already of its next generation.
// Not here: when to collect, and which generations (collector/).
#ifndef MPS_TRACE_TRACER_H
#define MPS_TRACE_TRACER_H

#include "pool/pool.h"
#include "stack/root_source.h"
#include "trace/write_log.h"

namespace mps {

/// What one trace did.
struct TraceCounts {
  std::size_t condemnedBytes = 0;
  std::size_t movedObjects = 0, movedBytes = 0;
  std::size_t pinnedObjects = 0, pinnedBytes = 0; ///< By ambiguous references.
  /// In place for another reason: large, or no memory to copy to.
  std::size_t keptObjects = 0, keptBytes = 0;

  void add(const TraceCounts &other);
};

class Tracer {
public:
  /// Whether the slots of an object are armed in the log table.
  enum class Armed : bool { No, Yes };

  Tracer(Arena &arena, WriteLog &writeLog)
      : arena_(arena), writeLog_(writeLog), visitor_(*this) {}

  void begin(Pool *pools, bool isFull);
  /// Condemns the `generations` youngest of a pool; more than it has is all.
  void condemn(Pool &pool, unsigned generations);
  /// After all is condemned: only segments with at most `budget` bytes of
  /// objects in all are evacuated, the emptiest first; the others stay.
  void evacuateSparsest(std::size_t budget);
  void flip();
  void visitRoots(RootSource *sources);
  void scan();
  void reclaim();

  const TraceCounts &counts() const { return counts_; }
  /// Whether the last trace had no memory to copy all it wanted to.
  bool ranOutOfMemory() const { return isOutOfMemory_; }

private:
  class Visitor final : public RootVisitor {
  public:
    explicit Visitor(Tracer &tracer) : tracer_(tracer) {}
    void exact(Slot slot) override;
    void pinned(Slot slot) override;
    void ambiguous(Extent words) override;
    ScanState *scanState() override;

  private:
    Tracer &tracer_;
  };
  enum class Phase : std::uint8_t { Idle, Condemn, Flip, Roots, Scan, Reclaim };

  void enter(Phase from, Phase to);
  void initialiseScanState(bool (*function)(ScanState &, Word *));

  // Fixing.
  Ref fix(Ref ref);
  bool mayBeWhite(Ref ref) const;
  Ref fixUnusual(Ref ref, Chunk &chunk, std::uint8_t tag);
  Ref fixClient(Ref ref, Segment &segment);
  template <Armed armed> void fixSlot(Slot slot);
  void remember(Slot slot);
  Ref copyDescribed(Segment &segment, Address object, Word header);
  Address copy(Segment &segment, Address object, std::size_t size,
               std::size_t alignment);
  bool open(Segment &from, Destination &destination, std::size_t size);
  void keepInPlace(Segment &segment, Address object, std::size_t size);
  void anchor(Segment &segment);
  void markInPlace(Segment &segment, Address object);

  // Pinning.
  void addCandidate(Word word);
  void pinCandidates();
  void pinInSegment(Segment &segment, Word *first, Word *last);
  void pin(Segment &segment, Address object, std::size_t size);

  // Scanning.
  void scanRememberedSlots();
  void scanUncondemned(Pool &pool);
  bool scanDestinations(Pool &pool);
  void scanTo(Segment &segment, Address limit);
  template <Armed armed> void scanDescribed(Segment &segment, Address limit);
  template <Armed armed> class SlotQueue;
  void scanClient(Segment &segment, Address limit);
  void scanObject(Address object);
  void scanMarkedAgain();
  void pushGrey(Segment &segment);

  // Reclaiming.
  void reclaim(Segment &segment);
  void padUnmarked(Segment &segment);
  void keep(Segment &segment);
  void closeDestinations(Pool &pool);
  template <typename Visit> void forEachPool(Visit visit) {
    for (Pool *pool = pools_; pool != nullptr; pool = pool->next)
      visit(*pool);
  }

  Arena &arena_;
  WriteLog &writeLog_;
  Visitor visitor_;
  Phase phase_ = Phase::Idle;
  bool isFull_ = false;
  Rank rank_ = Rank::Ambiguous;
  Pool *pools_ = nullptr;
  Chunk *firstChunk_ = nullptr;
  SegmentList white_;
  Segment *grey_ = nullptr;
  GrowingArray<Word> candidates_;
  /// Marked objects, left in place, that want scanning.
  GrowingArray<Address> inPlace_;
  bool inPlaceOverflowed_ = false;
  bool isOutOfMemory_ = false;
  ScanState scanState_;
  TraceCounts counts_;
};

} // namespace mps

#endif
