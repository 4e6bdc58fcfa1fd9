// What may go wrong, with the values of the C interface's result codes.
#ifndef MPS_BASE_RESULT_H
#define MPS_BASE_RESULT_H

namespace mps {

enum class [[nodiscard]] Result : int {
  Ok = 0,
  Fail = 1,
  Resource = 2, ///< Out of address space.
  Memory = 3,   ///< The system has no more memory.
  Limit = 4,
  Unimplemented = 5,
  Io = 6,
  CommitLimit = 7, ///< It would exceed the arena's commit limit.
  Parameter = 8,
};

} // namespace mps

#endif
