// What the C interface's handles of pools, formats and chains lead to.
#ifndef MPS_API_POOL_HANDLE_H
#define MPS_API_POOL_HANDLE_H

#include "api/arena_handle.h"

struct mps_fmt_s {
  mps_arena_t arena = nullptr;
  mps::ClientMethods methods;
  mps_fmt_class_t classOf = nullptr; ///< For people; the library has no use.
  unsigned pools = 0;                ///< How many use it.
};

struct mps_chain_s : mps::Chain {
  mps_arena_t arena = nullptr;
};

struct mps_pool_s : mps::Pool {
  mps_pool_s(mps_arena_s &owner, const mps::PoolOptions &options)
      : Pool(owner.arena(), options), arena(&owner) {}
  mps_arena_t arena;
  mps_pool_class_t poolClass = nullptr;
  mps_fmt_t format = nullptr; ///< Null if its objects are described.
  unsigned points = 0;        ///< Allocation points that a client made.
};

struct mps_pool_class_s {
  const char *name;
  bool isLeaf;
  bool isMoving;
  mps::Rank rank;  ///< Of its allocation points, if they say nothing.
  mps::Rank other; ///< What they may say, other than exact.
};

namespace mps {

/// The chain of pools that were given none, or null if there is no memory for
/// it. With the arena's lock held.
Chain *defaultChainOf(mps_arena_s &arena);

} // namespace mps

#endif
