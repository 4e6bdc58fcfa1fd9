#include "verify/frame_check.h"

#include "stack/root_tables.h"
#include "verify/breach.h"

namespace mps {

using abi::FunctionData;
using abi::FunctionEntry;
using abi::SafepointEntry;

namespace {

/// Offsets in root tables are relative to their own address.
Address leadsTo(const std::int32_t &offset) {
  return Address::of(&offset) + std::size_t(std::ptrdiff_t(offset));
}
Address functionOf(const FunctionEntry &entry) {
  return leadsTo(entry.function);
}
const FunctionData &dataOf(const FunctionEntry &entry) {
  return *leadsTo(entry.data).as<const FunctionData>();
}
const SafepointEntry *safepointsOf(const FunctionEntry &entry) {
  return reinterpret_cast<const SafepointEntry *>(&dataOf(entry) + 1);
}

} // namespace

// ---- Tables ----

void FrameCheck::checkTables() const {
  RootTables::forEachModule([this](const abi::ModuleDescriptor &module) {
    checkTable(module.rootsBegin, module.rootsEnd);
  });
}

void FrameCheck::checkTable(const FunctionEntry *begin,
                            const FunctionEntry *end) const {
  for (const FunctionEntry *each = begin; each < end; ++each) {
    if (each > begin && functionOf(each[-1]) >= functionOf(*each))
      (Breach(when_, "V6") << "function " << functionOf(*each)
                           << " is out of order in its root table")
          .fail();
    checkFunction(*each);
  }
}

void FrameCheck::checkFunction(const FunctionEntry &entry) const {
  const FunctionData &data = dataOf(entry);
  const SafepointEntry *safepoints = safepointsOf(entry);
  if (data.version != abi::kRootTableVersion)
    (Breach(when_, "V6") << "the root table of function " << functionOf(entry)
                         << " is of another version")
        .fail();
  if (data.frameSize < kWordSize || !isAligned(data.frameSize, kWordSize))
    (Breach(when_, "V6") << "function " << functionOf(entry)
                         << " has a frame of size "
                         << std::size_t(data.frameSize))
        .fail();
  for (unsigned i = 1; i < data.safepointCount; ++i)
    if (safepoints[i - 1].returnOffset >= safepoints[i].returnOffset)
      (Breach(when_, "V6") << "safepoints of function " << functionOf(entry)
                           << " are out of order")
          .fail();
}

// ---- Frames ----

FrameCheck::Frame FrameCheck::frameIn(const FunctionEntry &entry,
                                      Address returnAddress) {
  const FunctionData &data = dataOf(entry);
  const SafepointEntry *safepoints = safepointsOf(entry);
  const auto *sets =
      reinterpret_cast<const std::uint16_t *>(safepoints + data.safepointCount);
  for (unsigned i = 0; i < data.safepointCount; ++i)
    if (functionOf(entry) + safepoints[i].returnOffset == returnAddress)
      return {data.frameSize, sets + safepoints[i].slotSet};
  return {};
}

FrameCheck::Frame FrameCheck::frameOf(Address returnAddress) {
  Frame found;
  RootTables::forEachModule([&](const abi::ModuleDescriptor &module) {
    // Of the entries in [first, end), the last function not behind the
    // address, if there is one, is `first`.
    const FunctionEntry *first = module.rootsBegin, *end = module.rootsEnd;
    if (first == end || functionOf(*first) > returnAddress)
      return;
    while (end - first > 1) {
      const FunctionEntry *middle = first + (end - first) / 2;
      (functionOf(*middle) <= returnAddress ? first : end) = middle;
    }
    if (Frame frame = frameIn(*first, returnAddress); frame.slots != nullptr)
      found = frame;
  });
  return found;
}

void FrameCheck::walk(const StackState &stack, Visit visit) const {
  Address stackPointer = stack.hot;
  for (const abi::ExitRecord *record = stack.exitHead; record != nullptr;
       record = record->previous) {
    if (Address::of(record) < stackPointer || record->returnAddress == 0)
      continue; // It is dead, or an entry thunk's.
    if (Address::of(record) >= stack.cold)
      (Breach(when_, "V6") << "exit record " << Address::of(record)
                           << " is not on its thread's stack")
          .fail();
    stackPointer =
        walkFrames(Address::fromBits(record->stackPointer),
                   Address::fromBits(record->returnAddress), stack.cold, visit);
  }
}

/// Returns the stack pointer of the foreign caller.
Address FrameCheck::walkFrames(Address stackPointer, Address returnAddress,
                               Address cold, Visit visit) const {
  Frame frame = frameOf(returnAddress);
  if (frame.slots == nullptr)
    (Breach(when_, "V6") << "the managed frame at " << stackPointer
                         << ", to be returned to at " << returnAddress
                         << ", is in no root table")
        .fail();
  while (frame.slots != nullptr) {
    if (stackPointer + frame.size > cold)
      (Breach(when_, "V6") << "the frame at " << stackPointer << ", of size "
                           << frame.size << ", exceeds its stack")
          .fail();
    for (unsigned i = 1; i <= frame.slots[0]; ++i)
      visit(Slot::at(stackPointer + (frame.slots[i] >> 1) * kWordSize),
            stackPointer, returnAddress);
    stackPointer += frame.size;
    returnAddress = *(stackPointer - kWordSize).as<Address>();
    frame = frameOf(returnAddress);
  }
  return stackPointer;
}

} // namespace mps
