#include "stack/walker.h"

#include "base/check.h"

namespace mps {

using abi::ExitRecord;

namespace {

bool isOfEntry(const ExitRecord &record) { return record.returnAddress == 0; }

/// The first record that is not dead. Live ones have ascending addresses
/// (invariant F4), so a dead one is below the stack pointer.
const ExitRecord *live(const ExitRecord *record, Address stackPointer) {
  while (record != nullptr && Address::of(record) < stackPointer)
    record = record->previous;
  return record;
}

Address endOf(const ExitRecord &record) {
  return Address::fromBits(record.stackPointer);
}

/// Where managed frames end that were left by `exit`.
const ExitRecord &entryBefore(const ExitRecord &exit) {
  const ExitRecord *entry = live(exit.previous, endOf(exit));
  MPS_CHECK(entry != nullptr && isOfEntry(*entry) &&
                endOf(*entry) > endOf(exit),
            "F4: exit records ascend, and are of calls in and out by turns");
  return *entry;
}

/// The first of a call out. Where others come before it, managed code is about
/// to land an exception, or was entered by a managed thread: until the thread
/// is Managed again, such frames are as foreign ones.
const ExitRecord *firstExit(const ExitRecord *record, Address stackPointer) {
  record = live(record, stackPointer);
  while (record != nullptr && isOfEntry(*record))
    record = record->previous;
  return record;
}

/// The last call out before managed code was entered.
const ExitRecord *exitBefore(const ExitRecord &entry) {
  return firstExit(entry.previous, endOf(entry));
}

} // namespace

// ---- Frames ----

FrameWalk::FrameWalk(const ExitRecord *head, Address lowest) {
  enterRun(firstExit(head, lowest));
}

FrameWalk::FrameWalk(const FramePlace &place)
    : place_(place), frame_(RootTables::find(place.returnAddress)) {
  MPS_CHECK(bool(frame_), "F1: a managed frame is at a listed safepoint");
}

void FrameWalk::enterRun(const ExitRecord *exit) {
  place_ = {};
  if (exit == nullptr)
    return;
  place_ = {endOf(*exit), Address::fromBits(exit->returnAddress),
            &entryBefore(*exit)};
  frame_ = RootTables::find(place_.returnAddress);
  MPS_CHECK(bool(frame_), "F1: a managed frame is at a listed safepoint");
}

void FrameWalk::next() {
  place_.stackPointer += frame_.size;
  place_.returnAddress = *(place_.stackPointer - kWordSize).as<Address>();
  frame_ = RootTables::find(place_.returnAddress);
  if (frame_)
    return;
  MPS_CHECK(endOf(*place_.entry) == place_.stackPointer,
            "F1: managed frames end where they were entered");
  enterRun(exitBefore(*place_.entry));
}

// ---- Segments ----

void forEachForeignSegment(const StackState &state,
                           FunctionRef<void(Extent)> visit) {
  Address from = state.hot;
  const ExitRecord *exit = firstExit(state.exitHead, from);
  if (!state.isInRuntime) {
    if (!state.registers.isEmpty())
      visit(state.registers);
    from = state.lowest();
  } else if (exit != nullptr) {
    from = endOf(*exit);
  }
  for (; exit != nullptr; exit = exitBefore(entryBefore(*exit))) {
    MPS_CHECK(from <= endOf(*exit), "F4: exit records ascend");
    visit({from, endOf(*exit)});
    from = endOf(entryBefore(*exit));
  }
  visit({from, state.cold});
}

void forEachManagedRun(const StackState &state,
                       FunctionRef<void(Extent)> visit) {
  for (const ExitRecord *exit = firstExit(state.exitHead, state.hot);
       exit != nullptr; exit = exitBefore(entryBefore(*exit)))
    visit({endOf(*exit), endOf(entryBefore(*exit))});
}

} // namespace mps
