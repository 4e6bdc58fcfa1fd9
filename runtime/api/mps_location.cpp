// Location dependencies: by the arena's epoch alone.
//
// A set is stale once there was any collection since its oldest address was
// added. That is sometimes wrong in saying "yes", never in saying "no": an
// address that the client holds is ambiguously referred to while it is added.
#include "api/arena_handle.h"

using namespace mps;

namespace {
bool holdsSomething(mps_ld_t ld) { return ld->_rs != 0; }
} // namespace

void mps_ld_reset(mps_ld_t ld, mps_arena_t arena) {
  if (isGiven(ld) && isGiven(arena))
    *ld = {arena->epoch(), 0};
}

void mps_ld_add(mps_ld_t ld, mps_arena_t arena, mps_addr_t) {
  if (isGiven(ld) && isGiven(arena) && !holdsSomething(ld))
    *ld = {arena->epoch(), 1};
}

void mps_ld_merge(mps_ld_t dest, mps_arena_t arena, mps_ld_t src) {
  if (!isGiven(dest) || !isGiven(arena) || !isGiven(src) ||
      !holdsSomething(src))
    return;
  if (!holdsSomething(dest) || src->_epoch < dest->_epoch)
    *dest = *src;
}

mps_bool_t mps_ld_isstale(mps_ld_t ld, mps_arena_t arena, mps_addr_t) {
  return mps_ld_isstale_any(ld, arena);
}

mps_bool_t mps_ld_isstale_any(mps_ld_t ld, mps_arena_t arena) {
  return isGiven(ld) && isGiven(arena) && holdsSomething(ld) &&
         ld->_epoch != arena->epoch();
}
