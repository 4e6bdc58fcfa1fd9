// What the C interface's mps_arena_t leads to.
#ifndef MPS_API_ARENA_HANDLE_H
#define MPS_API_ARENA_HANDLE_H

#include "api/interface.h"
#include "collector/heap.h"

/// A heap, and what else the C interface knows of it. The lock covers it.
struct mps_arena_s : mps::Heap {
  using Heap::Heap;
  /// What the client made and has not destroyed; pools are the heap's.
  unsigned formats = 0, roots = 0, threads = 0, chainCount = 0;
  mps::Chain *defaultChain = nullptr; ///< Made when it is first needed.
  /// Of collections of everything that the client asked for, nanoseconds.
  std::uint64_t lastFullDuration = 0, lastFullEnd = 0;
};

namespace mps {

/// Asserts that the client gave a handle at all. Returns whether it did.
inline bool
isGiven(const void *handle,
        std::source_location place = std::source_location::current()) {
  return assertClient(handle != nullptr, "a handle is null", place);
}

inline mps_res_t codeOf(Result result) {
  return static_cast<mps_res_t>(result);
}

} // namespace mps

#endif
