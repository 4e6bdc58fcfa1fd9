// The tracer: one collection of the generations that were chosen.
//
// 1. condemn()  turns the chosen segments white.
// 2. flip()     detaches buffers from them. The world is stopped from here on.
// 3. scan       visitRoots() for ambiguous roots pins what they refer to; for
//               exact ones it fixes them. Then the remembered set, and all
//               segments of pools without a barrier, are roots too; then what
//               is grey is scanned until nothing is (Cheney, "A Nonrecursive
//               List Compacting Algorithm", 1970, over many segments).
// 4. finishRanks()  ephemerons, guardians, then weak references (ranks.cpp).
// 5. reclaim()  frees what is still white; what was marked stays where it is.
//
// Workers do the fixing and the scanning (worker.h): one, or several at the
// same time if there is much to do and no client's format to be called. A trace
// needs no memory to end: what cannot be copied is left in place.
//
// In pools with protection the segments that were scanned are clean then, and
// are protected.
//
// Invariant T1: every object reachable from the roots is copied, or marked in
// place, before reclaim; no object is both.
// Invariant T2: a segment with an object that was left in place stays or is
// anchored, and is already of its next generation.
// Not here: when to collect, and which generations (collector/).
#ifndef MPS_TRACE_TRACER_H
#define MPS_TRACE_TRACER_H

#include "platform/crew.h"
#include "stack/root_source.h"
#include "trace/candidates.h"
#include "trace/evacuation.h"
#include "trace/guardian.h"
#include "trace/worker.h"

namespace mps {

class Tracer {
public:
  Tracer(Arena &arena, WriteLog &writeLog)
      : arena_(arena), writeLog_(writeLog), visitor_(*this), trace_(arena) {}

  /// The threads that help with a trace of so many bytes of described objects
  /// (Crew::start).
  void startWorkers(std::size_t bytes) {
    crew_.start(bytes < leastShared_ ? 1 : mostWorkers_);
  }
  /// How many threads may trace at the same time, with the one that collects;
  /// and what a trace must expect to live, in bytes, to be worth waking them.
  void setWorkers(unsigned workers, std::size_t leastShared) {
    mostWorkers_ = workers;
    leastShared_ = leastShared;
  }

  /// What is evacuated in groups; may be recording whenever a trace is begun.
  void setCandidates(Candidates &candidates) { candidates_ = &candidates; }

  /// `evacuation` matters to a full trace; others evacuate everything.
  void begin(Pool *pools, bool isFull, const Evacuation &evacuation);
  /// Condemns the `generations` youngest of a pool; more than it has is all.
  void condemn(Pool &pool, unsigned generations);
  /// Condemns settled segments that are in no list of their pools.
  void condemn(SegmentList segments);
  void flip();
  void visitRoots(RootSource *sources);
  void scan();
  void finishRanks(RootSource *sources);
  void reclaim();

  /// Whether objects of the marker's snapshot that are not marked are garbage:
  /// what they lead to may have been freed.
  void setHasGarbage(bool has) { hasGarbage_ = has; }
  /// Whether guardians' blocks are found once more when they die.
  void setFindsDying(bool does) { findsDying_ = does; }
  /// A guardian whose block the last trace has found dying; null if there is
  /// none left.
  Guardian *takeDead() { return dying_.pop(); }

  /// Instead of a trace: all that is young settles where it is, in all pools,
  /// which have barriers or protection. Remembered slots are looked at until
  /// there are no more, which returns true, or until `isOver`, which is asked
  /// after each kSlotsAtOnce: then those that are left stay remembered, though
  /// they lead to nothing young.
  bool settle(Pool *pools, FunctionRef<bool()> isOver);

  /// Between traces.
  void showArrays(SideMemory &memory);

  const TraceCounts &counts() const { return counts_; }
  /// Of all traces: what ephemerons took, as WaitingEphemerons counts it.
  std::size_t ephemeronSteps() const { return waiting_.steps(); }
  /// Whether the last trace had no memory to copy all it wanted to.
  bool wasShortOfMemory() const {
    return trace_.isOutOfMemory || wasShortOfMemory_;
  }

private:
  class Visitor final : public RootVisitor {
  public:
    explicit Visitor(Tracer &tracer) : tracer_(tracer) {}
    void exact(Slot slot) override;
    void pinned(Slot slot) override;
    void ambiguous(Extent words) override;
    bool becomesQuiet(Slot slot) override;
    bool wantsQuiet() override { return tracer_.isFull_; }
    void logged(Slot slot, Address start) override;
    ScanState *scanState() override;

  private:
    Tracer &tracer_;
  };
  enum class Phase : std::uint8_t {
    Idle,
    Condemn,
    Flip,
    Roots,
    Scan,
    Ranks,
    Reclaim
  };

  void enter(Phase from, Phase to);
  void settleYoung(Pool &pool);
  bool settleRememberedSlots(FunctionRef<bool()> isOver);
  void settleWeakParts();
  void startRecording();
  /// What the leader's scan state does with a word of interest.
  void setScanFunctions(bool (*fix)(ScanState &, Word *), void *closure);
  /// The thread that collects.
  Worker &leader() { return workers_[0]; }
  unsigned workersFor(std::size_t bytes) const;

  // Pinning.
  void addAmbiguous(Word word);
  void pinMeant();
  void pinInSegment(Segment &segment, Word *first, Word *last);
  void pin(Segment &segment, Address object, std::size_t size);

  void stopFilling(Buffer &buffer);
  void detach(Pool &pool, Buffer &buffer);
  void scanUncondemned();
  bool mayLeadToWhite(const Segment &segment) const;
  void scanRoots(Segment &segment);
  void scanMarkedAgain();
  void collectRemembered();

  // Ranks after the exact one.
  void gatherRemembered();
  void findEphemeral();
  void look(const Ephemeron &ephemeron);
  void findBoth(const Ephemeron &ephemeron);
  void rememberWeak(const Ephemeron &ephemeron);
  void scanGrey();
  bool takeDying();
  void moveTo(Guardian &guardian, Ref block);
  void findDying();
  void splat(RootSource *sources);
  void splatDescribed();
  void splatClient(Address object);
  void splatUncondemned();

  // Reclaiming.
  void keepMarked();
  void reclaim(Segment &segment);
  void countSurvival(const Segment &segment, std::size_t bytes);
  void addCounts();
  void keep(Segment &segment);
  void closeDestinations(Pool &pool);
  void protectClean();
  void leaveDirty(Segment &segment);
  /// Segments of pools without a write barrier whose objects have references;
  /// but not those that are protected, settled, and lead nowhere: there may be
  /// very many.
  template <typename Visit> void forEachWithoutBarrier(Visit visit) {
    forEachPool([&](Pool &pool) {
      if (pool.options().hasBarrier || pool.options().isLeaf)
        return;
      if (!pool.isProtected())
        return pool.forEachSegment([&](Segment *each) { visit(*each); });
      for (unsigned i = 0; i < pool.chain().top(); ++i)
        for (Segment *each = pool.segments[i].first(); each; each = each->next)
          visit(*each);
    });
    arena_.protection().forEach(Protection::Which::ToScan, [&](Segment &each) {
      if (each.pool->isProtected())
        visit(each);
    });
  }
  template <typename Visit> void forEachPool(Visit visit) {
    for (Pool *pool = trace_.pools; pool != nullptr; pool = pool->next)
      visit(*pool);
  }
  template <typename Visit> void forEachDestination(Pool &pool, Visit visit) {
    for (auto &ofWorker : pool.destinations)
      for (Destination &destination : ofWorker)
        if (destination.segment != nullptr)
          visit(destination);
  }

  Arena &arena_;
  WriteLog &writeLog_;
  Visitor visitor_;
  Candidates *candidates_ = nullptr;
  Trace trace_;
  platform::Crew crew_;
  Worker workers_[kMostWorkers];
  unsigned mostWorkers_ = 1;
  std::size_t leastShared_ = 0;
  Phase phase_ = Phase::Idle;
  bool isFull_ = false;
  bool hasClientFormats_ = false;
  Evacuation evacuation_;
  Survival youngSurvival_{0.1}, settledSurvival_{0.5};
  SegmentList white_;
  std::uint16_t condemned_ = 0;     ///< Bit g: generation g of some chain.
  GrowingArray<Segment *> touched_; ///< For one step.
  /// To be found alive, and copied or scanned.
  std::size_t expectedBytes_ = 0;
  GrowingArray<Word> ambiguous_;
  GrowingArray<Segment *> marked_; ///< Segments with objects left in place.
  WaitingEphemerons waiting_;
  GuardianList dying_;
  bool hasGarbage_ = false;
  bool findsDying_ = false;
  bool wasShortOfMemory_ = false; ///< When the evacuated were chosen.
  TraceCounts counts_;
};

} // namespace mps

#endif
