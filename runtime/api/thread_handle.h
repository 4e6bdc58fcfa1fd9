// What the C interface's mps_thr_t leads to.
#ifndef MPS_API_THREAD_HANDLE_H
#define MPS_API_THREAD_HANDLE_H

#include "api/arena_handle.h"

/// One of any number of registrations of a thread with an arena.
struct mps_thr_s : mps::Registration {
  mps_arena_t arena = nullptr;
  unsigned roots = 0; ///< How many are of this registration.
};

#endif
