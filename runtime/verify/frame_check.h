// Root tables and managed frames, read once more (rule V6).
//
// The tables are read entry by entry; that they are in order, which the
// runtime's look-up relies on, is checked first, once. A stack is walked from
// exit record to exit record, like the walk of stack/, but with nothing of it.
#ifndef MPS_VERIFY_FRAME_CHECK_H
#define MPS_VERIFY_FRAME_CHECK_H

#include "base/function_ref.h"
#include "mps/abi/root_table.h"
#include "stack/walker.h"

namespace mps {

class FrameCheck {
public:
  explicit FrameCheck(const char *when) : when_(when) {}

  /// The tables of all modules.
  void checkTables() const;
  /// Calls visit(slot, stack pointer, return address) for each slot of the
  /// stack's managed frames.
  void walk(const StackState &stack,
            FunctionRef<void(Slot, Address, Address)> visit) const;

private:
  struct Frame {
    std::size_t size = 0;
    const std::uint16_t *slots = nullptr; ///< A count first. Null: no frame.
  };
  using Visit = FunctionRef<void(Slot, Address, Address)>;

  void checkTable(const abi::FunctionEntry *begin,
                  const abi::FunctionEntry *end) const;
  void checkFunction(const abi::FunctionEntry &entry) const;
  static Frame frameOf(Address returnAddress);
  static Frame frameIn(const abi::FunctionEntry &entry, Address returnAddress);
  Address walkFrames(Address stackPointer, Address returnAddress, Address cold,
                     Visit visit) const;

  const char *when_;
};

} // namespace mps

#endif
