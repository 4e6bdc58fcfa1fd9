#include "stack/walker.h"

#include "base/check.h"
#include "stack/root_tables.h"

namespace mps {

namespace {

class Walk {
public:
  Walk(const StackState &state, Rank rank, RootVisitor &visitor,
       WalkCounts &counts)
      : state_(state), rank_(rank), visitor_(visitor), counts_(counts),
        stackPointer_(state.hot) {}

  void run() {
    if (!state_.isInRuntime)
      foreignRegisters();
    bool isForeign = !state_.isInRuntime;
    for (const abi::ExitRecord *record = live(state_.exitHead);
         record != nullptr; record = live(record->previous)) {
      Address managed = Address::fromBits(record->stackPointer);
      if (isForeign)
        ambiguous({stackPointer_, managed});
      isForeign = true;
      stackPointer_ = managed;
      managedFrames(Address::fromBits(record->returnAddress));
    }
    ambiguous({stackPointer_, state_.cold});
  }

private:
  void foreignRegisters() {
    ambiguous(state_.registers);
    ambiguous({state_.lowest(), state_.hot});
  }

  /// The first record that is not dead. Live ones have ascending addresses
  /// (invariant F4), so a dead one is below the stack pointer.
  const abi::ExitRecord *live(const abi::ExitRecord *record) const {
    while (record != nullptr && Address::of(record) < stackPointer_)
      record = record->previous;
    return record;
  }

  void ambiguous(Extent words) {
    if (rank_ != Rank::Ambiguous || words.isEmpty())
      return;
    MPS_CHECK(words.base < words.limit, "F4: exit records ascend");
    counts_.ambiguousWords += words.size() / kWordSize;
    visitor_.ambiguous(words);
  }

  void managedFrames(Address returnAddress) {
    FrameDescription frame = RootTables::find(returnAddress);
    MPS_CHECK(bool(frame), "F1: a managed frame is at a listed safepoint");
    while (frame) {
      slots(frame);
      stackPointer_ += frame.size;
      returnAddress = *(stackPointer_ - kWordSize).as<Address>();
      frame = RootTables::find(returnAddress);
    }
  }

  void slots(const FrameDescription &frame) {
    unsigned count = frame.slots[0];
    for (unsigned i = 1; i <= count; ++i) {
      unsigned word = frame.slots[i];
      Slot slot = Slot::at(stackPointer_ + (word >> 1) * kWordSize);
      bool isPinned = word & 1;
      if (rank_ == Rank::Exact)
        visitor_.exact(slot); // A pinned one's object is marked: no change.
      else if (isPinned)
        visitor_.pinned(slot);
    }
    if (rank_ == Rank::Exact)
      ++counts_.preciseFrames;
  }

  const StackState &state_;
  Rank rank_;
  RootVisitor &visitor_;
  WalkCounts &counts_;
  Address stackPointer_;
};

} // namespace

void walk(const StackState &state, Rank rank, RootVisitor &visitor,
          WalkCounts &counts) {
  Walk(state, rank, visitor, counts).run();
}

} // namespace mps
