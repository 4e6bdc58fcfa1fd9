// What the C interface's mps_arena_t leads to.
#ifndef MPS_API_ARENA_HANDLE_H
#define MPS_API_ARENA_HANDLE_H

#include "api/interface.h"
#include "collector/heap.h"

/// A heap, and what else the C interface knows of it.
struct mps_arena_s : mps::Heap {
  using Heap::Heap;
  double pauseTime = 0.1; ///< Seconds.
  unsigned formats = 0, roots = 0, threads = 0, pools_ = 0, chainCount = 0;
  mps::Chain *defaultChain = nullptr; ///< Made when it is first needed.
};

#endif
