// A stack of managed frames in memory of a test's, and its root table.
//
// All frames are of one function: four words, of which the first is a slot and
// the last the return address. The stack grows and shrinks by setDepth(); where
// frames were, an exit record is.
#ifndef MPS_TEST_UNIT_STACK_FAKE_STACK_H
#define MPS_TEST_UNIT_STACK_FAKE_STACK_H

#include "stack/root_tables.h"
#include "stack/walker.h"

namespace mps {

struct FrameTable {
  abi::FunctionEntry entry = {};
  abi::FunctionData data = {abi::kRootTableVersion, 0, 1, 32};
  abi::SafepointEntry safepoint = {4, 0};
  std::uint16_t slots[2] = {1, 0};
  abi::ModuleDescriptor module = {};

  FrameTable() {
    entry.data = std::int32_t(reinterpret_cast<char *>(&data) -
                              reinterpret_cast<char *>(&entry.data));
    module.rootsBegin = &entry;
    module.rootsEnd = &entry + 1;
    RootTables::add(&module);
  }
  ~FrameTable() { RootTables::remove(&module); }
  Word returnAddress() const { return reinterpret_cast<Word>(&entry) + 4; }
};

template <unsigned kMost> class FakeStack {
public:
  static constexpr unsigned kSize = 32;

  explicit FakeStack(const FrameTable &table) : table_(table) {
    entry_ = {nullptr, reinterpret_cast<Word>(&frames_[kMost]), 0};
    for (Frame &each : frames_)
      each = {0, {}, table.returnAddress()};
    frames_[kMost - 1].returnAddress = 0x1234; // Into the entry thunk.
  }

  unsigned depth() const { return depth_; }
  /// The frame at this depth; the coldest is 1.
  Address frame(unsigned depth) { return Address::of(&frames_[kMost - depth]); }
  Slot slot(unsigned depth) { return Slot::at(frame(depth)); }
  abi::ExitRecord &exit() {
    return *(frame(depth_) - sizeof(abi::ExitRecord))
                .template as<abi::ExitRecord>();
  }
  /// Frames that were not there before hold `word`.
  void setDepth(unsigned depth, Word word = 0) {
    for (unsigned i = depth_ + 1; i <= depth; ++i)
      *frame(i).template as<Frame>() = {
          word, {}, i == 1 ? Word(0x1234) : table_.returnAddress()};
    depth_ = depth;
    exit() = {&entry_, frame(depth).bits(), table_.returnAddress()};
  }
  StackState state() {
    StackState state;
    state.hot = Address::of(&exit());
    state.cold = Address::of(&end_);
    state.exitHead = &exit();
    state.isInRuntime = true;
    return state;
  }

private:
  struct Frame {
    Word slot;
    Word others[2];
    Word returnAddress;
  };
  static_assert(sizeof(Frame) == kSize);

  const FrameTable &table_;
  unsigned depth_ = 0;
  Frame hotter_[2]; ///< For the exit record.
  Frame frames_[kMost];
  abi::ExitRecord entry_;
  Word end_ = 0;
};

} // namespace mps

#endif
