/* Location dependencies: for tables that hash by address.
 *
 * 1. reset empties the set.
 * 2. add, before anything is computed from the address.
 * 3. isstale: whether the block may have moved since it was added; never a
 *    wrong "no". Then reset, add anew, and compute anew.
 *
 * The structure is the client's and plain data; it may be copied and may lie
 * in an object that moves. Only the calls on one structure need to exclude
 * each other; all but reset take no lock.
 */
#ifndef MPS_INTERFACE_LOCATION_H
#define MPS_INTERFACE_LOCATION_H

#include "mps/interface/types.h"

MPS_C_BEGIN

typedef struct mps_ld_s {
  mps_word_t _epoch; /* Of the oldest address in the set. */
  mps_word_t _rs;    /* Not 0 once something was added. */
} mps_ld_s;

extern void mps_ld_reset(mps_ld_t ld, mps_arena_t arena);
extern void mps_ld_add(mps_ld_t ld, mps_arena_t arena, mps_addr_t addr);
/* Adds what is in src to dest. */
extern void mps_ld_merge(mps_ld_t dest, mps_arena_t arena, mps_ld_t src);
extern mps_bool_t mps_ld_isstale(mps_ld_t ld, mps_arena_t arena,
                                 mps_addr_t addr);
extern mps_bool_t mps_ld_isstale_any(mps_ld_t ld, mps_arena_t arena);

MPS_C_END

#endif
