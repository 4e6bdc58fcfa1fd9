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
// its segment stays (evacuation.h chooses, when the ambiguous roots have been
// seen), if it is pinned, or if there is no memory to copy it to. So a trace
// needs no memory to end.
//
// Invariant T1: every object reachable from the roots is copied, or marked in
// place, before reclaim.
// Invariant T2: a segment with an object that was left in place stays or is
// anchored, and is already of its next generation.
// Not here: when to collect, and which generations (collector/).
#ifndef MPS_TRACE_TRACER_H
#define MPS_TRACE_TRACER_H

#include "pool/pool.h"
#include "stack/root_source.h"
#include "trace/evacuation.h"
#include "trace/write_log.h"

namespace mps {

/// What one trace did.
struct TraceCounts {
  std::size_t condemnedBytes = 0;
  std::size_t movedObjects = 0, movedBytes = 0;
  std::size_t pinnedObjects = 0, pinnedBytes = 0; ///< By ambiguous references.
  /// In place for another reason: their segment stays, or there was no memory.
  std::size_t keptObjects = 0, keptBytes = 0;
  /// Of objects that no trace had condemned before, in young generations.
  std::size_t youngBytes = 0, youngLive = 0;
  std::size_t holeBytes = 0; ///< Of segments left in place: what is dead.

  void add(const TraceCounts &other);
};

class Tracer {
public:
  /// Whether the slots of an object are armed in the log table.
  enum class Armed : bool { No, Yes };

  Tracer(Arena &arena, WriteLog &writeLog)
      : arena_(arena), writeLog_(writeLog), visitor_(*this) {}

  /// `evacuation` matters to a full trace; others evacuate everything.
  void begin(Pool *pools, bool isFull, const Evacuation &evacuation);
  /// Condemns the `generations` youngest of a pool; more than it has is all.
  void condemn(Pool &pool, unsigned generations);
  /// Instead of a trace: all that is young in a pool with a barrier settles
  /// where it is. Then what is remembered is looked at again.
  void settle(Pool &pool);
  void settleRememberedSlots();
  void flip();
  void visitRoots(RootSource *sources);
  void scan();
  void reclaim();

  const TraceCounts &counts() const { return counts_; }
  /// Whether the last trace had no memory to copy all it wanted to.
  bool wasShortOfMemory() const { return isOutOfMemory_ || wasShortOfMemory_; }

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
  /// How far ahead remembered slots are fetched into the cache.
  static constexpr std::size_t kSlotsAhead = 16;
  enum class Phase : std::uint8_t { Idle, Condemn, Flip, Roots, Scan, Reclaim };

  void enter(Phase from, Phase to);
  void initialiseScanState(bool (*function)(ScanState &, Word *));

  // Fixing.
  Ref fix(Ref ref);
  bool mayBeWhite(Ref ref) const;
  Ref fixUnusual(Ref ref, Chunk &chunk, std::uint8_t tag);
  Ref fixStaying(Ref ref, Chunk &chunk, std::uint8_t tag);
  Ref fixClient(Ref ref, Segment &segment);
  template <Armed armed> void fixSlot(Slot slot);
  void remember(Slot slot);
  Ref copyDescribed(Segment &segment, Address object, Word header);
  Address copy(Segment &segment, Address object, std::size_t size,
               std::size_t alignment);
  bool open(Segment &from, Destination &destination, std::size_t size);
  void markInPlace(Segment &segment, Address object);
  void stay(Segment &segment);
  void leaveInPlace(Segment &segment, std::uint8_t tag);
  void setGeneration(Segment &segment, unsigned generation, std::uint8_t tag);

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
  class SlotQueue;
  void scanClient(Segment &segment, Address limit);
  void scanInPlace();
  void scanClientObject(Address object);
  void scanMarkedAgain();
  void pushGrey(Segment &segment);

  // Reclaiming.
  void reclaim(Segment &segment);
  void keepMarked(Segment &segment);
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
  Evacuation evacuation_;
  Survival youngSurvival_{0.1}, settledSurvival_{0.5};
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
  bool wasShortOfMemory_ = false; ///< When the evacuated were chosen.
  ScanState scanState_;
  TraceCounts counts_;
};

} // namespace mps

#endif
