// Evacuating a group of settled segments while the program runs, for code with
// a read barrier.
//
//   begin()   With the world stopped, and nothing young anywhere: the group's
//             segments turn white. All slots that lead to them have been
//             recorded, or are roots. Exact roots are shown to visitor(), which
//             fixes them; segments that ambiguous roots mean are not of the
//             group. From then on no mutator has a reference to a white object.
//   heal()    A mutator is about to load from a slot (Baker, "List processing
//   in
//             real time on a serial computer", 1978): if it leads to a white
//             object, that is copied, unless it has been, and the slot changed.
//   step()    The slots that were recorded are healed, and those of the copies.
//   finish()  With the world stopped: does what is left to do, and frees the
//             group's segments.
//
// A white object is copied by whoever gets to it first: its header becomes the
// new address by compare-and-swap, and so does a slot that is healed, so that a
// store at the same time wins. Nobody writes to a white object, so any number
// of threads may copy it; the losers use the room for what they copy next. The
// winner has the white object's second word, to link it into the list of those
// whose copies' slots are to be healed: for that, and for the copy, no memory
// must be found.
//
// If there is no room, an object is kept where it is, as a trace does: its
// header says so (pool/described_format.h), and it is marked.
//
// Copies are settled, and their slots armed, before anybody can store to them.
//
// Invariant B1: from begin() to finish(), no reference to a white object is in
// a root, in a mutator's hands, or in any slot that is not recorded or in a
// copy.
#ifndef MPS_TRACE_EVACUATOR_H
#define MPS_TRACE_EVACUATOR_H

#include "pool/described_format.h"
#include "stack/root_source.h"
#include "trace/candidates.h"
#include "trace/guardian.h"
#include "trace/worker.h"

#include <atomic>

namespace mps {

class Evacuator {
public:
  Evacuator(Arena &arena, Candidates &candidates)
      : arena_(arena), candidates_(candidates), visitor_(*this) {}

  /// Whether an evacuation is under way. Any thread.
  bool isActive() const { return isActive_.load(std::memory_order_relaxed); }

  // With the world stopped, and nobody in step():

  /// A slot that leads to what will be the group. False if there is no memory.
  bool add(Slot slot) { return slots_.push(slot); }
  void forgetSlots() { slots_.clear(); }
  void begin(Pool *pools, SegmentList group);
  RootVisitor &visitor() { return visitor_; }
  void finish(TraceCounts &counts);
  /// Whether an object had to be kept in the last evacuation.
  bool wasShortOfMemory() const { return keptObjects_ != 0; }

  // Any thread that the collector waits for before it stops the world:

  void heal(Slot slot);
  /// Heals the slots among these bytes of managed or other memory.
  void healRange(Extent bytes);

  // One thread at a time (collector/old_collection.h):

  /// Heals until about so many slots have been looked at, or `isWanted` is not
  /// 0. False if there is nothing left to do, as far as can be seen.
  bool step(std::size_t slots, const std::atomic<unsigned> &isWanted);
  bool isDrained() const { return isDrained_.load(std::memory_order_relaxed); }
  void showArrays(SideMemory &memory) { memory.show(slots_); }

private:
  class Visitor final : public RootVisitor {
  public:
    explicit Visitor(Evacuator &evacuator) : evacuator_(evacuator) {}
    void exact(Slot slot) override { evacuator_.heal(slot); }
    /// Nothing is young.
    bool becomesQuiet(Slot slot) override {
      evacuator_.candidates_.hold(slot.load());
      return false;
    }
    /// Under stress, the group is more than candidates that are not held.
    bool wantsQuiet() override { return !evacuator_.candidates_.isRecording(); }
    /// Of clients' roots, exact or weak.
    ScanState *scanState() override;

  private:
    ScanState state_;
    Evacuator &evacuator_;
  };
  /// The object that a slot is in.
  struct Home {
    Address object;
    std::size_t size = 0;
    bool contains(Slot slot) const { return slot.address() - object < size; }
  };

  Chunk *chunkOf(Address address) const;
  bool isWhite(Ref ref, Chunk *&chunk) const;
  static Ref whereNow(Address object, Word header);
  Ref fix(Ref ref);
  Ref copy(Segment &segment, Address object, Word header);
  Ref keep(Segment &segment, Address object, Word header);
  void pushGrey(Address object);
  Address popGrey();
  std::size_t scan(Address object);
  void scanSlot(Slot slot);
  bool findHome(Slot slot, Home &home) const;
  void reserve(Pool &pool, std::size_t bytes);
  void drain();
  void scanMarked(Segment &segment, Address limit);
  void moveGuardians();
  void closeDestinations();
  void reclaim(Segment &segment);

  static constexpr unsigned kSpareSegments = 4;

  Arena &arena_;
  Candidates &candidates_;
  Visitor visitor_;
  Pool *pools_ = nullptr;
  Chunk *firstChunk_ = nullptr, *lastChunk_ = nullptr;
  SegmentList group_;
  int process_ = 0; ///< That begin() was called in.
  std::atomic<bool> isActive_{false}, isDrained_{false};

  GrowingArray<Slot> slots_;
  std::size_t nextSlot_ = 0;
  /// Copied objects whose copies want scanning, linked through their second
  /// words: those that anybody adds to, and those that have been taken of them.
  std::atomic<Word> grey_{0};
  Address taken_;

  std::atomic<std::size_t> movedObjects_{0}, movedBytes_{0}, keptObjects_{0};
};

} // namespace mps

#endif
