// Candidates: sparse segments of the settled generation that are to be
// evacuated, a group in each pause, after the next marking.
//
//   add()      A segment that has been swept and is sparse becomes one.
//   begin()    From now on every slot of a settled object that leads to a
//              candidate is recorded with its group: what the marker meets,
//              what the barrier has logged, and the slots of what settles.
//   takeLast() The last group, once all that lives has been marked: its
//              segments, and the slots that lead to them. They are condemned by
//              a trace of their own, whose remembered slots these are.
//
// (Detlefs, Flood, Heller, Printezis, "Garbage-First Garbage Collection", 2004,
// records by region what leads to it all the time; here it is recorded for one
// marking.)
//
// A recorded slot may be stale when its group's turn comes: its object may have
// been in a candidate itself and have moved. So a record tells whether its slot
// was in a candidate: then it is good while that has not been evacuated. Its
// object is no garbage, whether the marker met it, or a mutator stored to it
// (invariant W3). Nothing else of the settled generation moves or is freed
// until all groups are done.
//
// A segment to which very many slots lead is kept where it is: to update them
// takes longer than to copy what lives in it. Their records end there. And
// where records would take more memory than they may, groups are given up, from
// the first on, which would be the last to be evacuated.
//
// Invariant E1: when the marking has ended, every slot of a living settled
// object that leads to a candidate that is not held is recorded, logged or
// remembered. One thread at a time (collector/old_collection.h).
#ifndef MPS_TRACE_CANDIDATES_H
#define MPS_TRACE_CANDIDATES_H

#include "base/function_ref.h"
#include "pool/pool.h"
#include "trace/slot_lists.h"

#include <atomic>

namespace mps {

class Candidates {
public:
  explicit Candidates(Arena &arena) : arena_(arena) {}

  /// Bytes that live in the segments of a group, at most.
  void setGroupSize(std::size_t bytes) { groupSize_ = bytes; }
  /// Whether a swept segment is worth evacuating.
  static bool isSparse(const Segment &segment);
  /// Puts it in its pool's list of candidates.
  void add(Segment &segment);

  void begin() { isRecording_ = groups() != 0; }
  /// Records take no more than so many bytes, and a piece of memory or two.
  void setMostRecords(std::size_t bytes) { lists_.setMost(bytes); }
  bool isRecording() const { return isRecording_; }
  /// Of a slot that leads to a candidate; or, if very many do, keeps that.
  void record(Slot slot, Segment &candidate);
  /// Of a slot that a trace has found to lead to one: it will be recorded, if
  /// it is an object's, and else held. With the arena's lock, where the others
  /// are of the marker's owner.
  void note(Slot slot) {
    if (arena_.chunkOf(slot.address()) == nullptr)
      hold(slot.load());
    else if (!noted_.push(slot))
      hasFailed_ = true;
  }
  GrowingArray<Slot> &noted() { return noted_; }
  /// A root that will not be looked at when groups are evacuated refers to it:
  /// if it is in a candidate, that stays.
  void hold(Ref ref);
  /// Nothing is evacuated: not all that leads to candidates is known.
  void giveUp() {
    if (isRecording_)
      hasFailed_ = true;
  }
  /// It has given up, or there was no memory for a record.
  bool hasFailed() const { return hasFailed_; }

  std::size_t groups() const { return groups_.size() - firstGroup_; }
  /// Bytes that live in the last group, at most.
  std::size_t livingOfLast() { return groups_[groups_.size() - 1].weight; }
  /// Takes the last group's segments from their pools' lists; those that
  /// `isKept` go to the lists of the snapshot. Calls `visit` for each slot that
  /// leads to the group. The marking has ended.
  SegmentList takeLast(Pool *pools, FunctionRef<bool(const Segment &)> isKept,
                       FunctionRef<void(Slot)> visit);
  /// Whether the segment, a candidate, is still to be evacuated.
  bool isToMove(const Segment &segment) const {
    return segment.group < groups_.size() && segment.group >= firstGroup_ &&
           !segment.isHeld;
  }
  /// Whether the segment is of the last group.
  bool isOfLast(const Segment &segment) const {
    return segment.group + 1 == groups_.size();
  }
  /// Gives back a little of the memory that records have left.
  void trim() { lists_.trim(); }
  void showArrays(SideMemory &memory) {
    memory.show(groups_, noted_);
    lists_.showArrays(memory);
  }
  /// For the verifier.
  template <typename Visit> void forEachRecord(Visit visit) {
    for (Slot slot : noted_)
      visit(slot);
    for (Group &group : groups_)
      SlotLists::forEach(group.records, [&](Word record) {
        visit(Slot::at(Address::fromBits(record & ~kInCandidate)));
      });
  }

  enum class To : bool { Generations, Snapshot };
  /// They are settled segments like others again, in those lists of their
  /// pools.
  void dissolve(Pool *pools, To to);
  /// The same for those of the last group, to the generations, while nothing is
  /// recorded. False if there is no group.
  bool dissolveLast(Pool *pools);

private:
  static constexpr std::uint32_t kNoGroup = ~std::uint32_t(0);
  static constexpr Word kInCandidate = 1; ///< Flag of a record.

  struct Group {
    SlotLists::List records;
    std::size_t weight = 0; ///< At least what lives.
  };

  bool giveUpFirst();
  static void release(Segment &segment, To to);
  bool isGood(Word record) const;
  std::uint8_t tagAt(Address address) const;

  Arena &arena_;
  std::size_t groupSize_ = std::size_t(1) << 20;
  GrowingArray<Group> groups_;
  std::size_t firstGroup_ = 0; ///< Those before it have been given up.
  SlotLists lists_;
  GrowingArray<Slot> noted_;
  bool isRecording_ = false;
  std::atomic<bool> hasFailed_{false};
};

} // namespace mps

#endif
