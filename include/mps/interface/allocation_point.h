/* Allocation points: fast allocation in a pool, in two steps.
 *
 *   do {
 *     res = mps_reserve(&p, ap, size);   the block is the client's to fill
 *     if (res != MPS_RES_OK) ...
 *     ... make a valid object at p, known by ambiguous references only ...
 *   } while (!mps_commit(ap, p, size));  now the object counts
 *
 * 1. reserve moves alloc; [init, alloc) is the open reservation. The collector
 *    neither scans nor moves it.
 * 2. commit sets init = alloc, and then looks at limit. It is 0 if there was a
 *    collection: then mps_ap_trip says whether it came after the store, and if
 *    it did not, the references in the block may be stale and the client
 *    starts anew.
 *
 * Invariant: the owner's store to init comes before its load of limit, and the
 * stores that fill the block come before both. A thread is stopped by a signal
 * to itself, so an order of its own instructions is enough.
 *
 * One thread at a time uses an allocation point; the macros take no lock.
 */
#ifndef MPS_INTERFACE_ALLOCATION_POINT_H
#define MPS_INTERFACE_ALLOCATION_POINT_H

#include "mps/interface/arguments.h"

MPS_C_BEGIN

typedef struct mps_ap_s {
  mps_addr_t init;  /* End of what is committed; base of the reservation. */
  mps_addr_t alloc; /* End of the reservation; begin of free space. */
  mps_addr_t limit; /* End of free space; 0: take the slow path. */
} mps_ap_s;

/* Whether allocation here is left out of the nursery's new bytes: for tables
 * that are rebuilt after collections. */
extern const struct mps_key_s _mps_key_ap_hash_arrays;
#define MPS_KEY_AP_HASH_ARRAYS (&_mps_key_ap_hash_arrays)
#define MPS_KEY_AP_HASH_ARRAYS_FIELD b

extern mps_res_t mps_ap_create_k(mps_ap_t *ap_o, mps_pool_t pool,
                                 mps_arg_s args[]);
/* Asserts that no reservation is open. Committed blocks stay. */
extern void mps_ap_destroy(mps_ap_t ap);
/* Deprecated: AMC and AMCZ take no further arguments. */
extern mps_res_t mps_ap_create(mps_ap_t *ap_o, mps_pool_t pool, ...);
extern mps_res_t mps_ap_create_v(mps_ap_t *ap_o, mps_pool_t pool, va_list args);

/* ---- Reserve and commit ---- */

extern mps_res_t(mps_reserve)(mps_addr_t *p_o, mps_ap_t ap, size_t size);
extern mps_bool_t(mps_commit)(mps_ap_t ap, mps_addr_t p, size_t size);
/* Slow paths of the two. fill reserves; it may collect first. */
extern mps_res_t mps_ap_fill(mps_addr_t *p_o, mps_ap_t ap, size_t size);
extern mps_bool_t mps_ap_trip(mps_ap_t ap, mps_addr_t p, size_t size);

/* Keeps the compiler from moving memory accesses across it. */
#define _mps_order() __atomic_signal_fence(__ATOMIC_SEQ_CST)

#define _mps_ap_end(_mps_ap, _mps_size)                                        \
  ((mps_word_t)(_mps_ap)->alloc + (mps_word_t)(_mps_size))

#define mps_reserve(_mps_p_o, _mps_ap, _mps_size)                              \
  ((_mps_ap_end(_mps_ap, _mps_size) > (mps_word_t)(_mps_ap)->alloc &&          \
    _mps_ap_end(_mps_ap, _mps_size) <= (mps_word_t)(_mps_ap)->limit)           \
       ? ((_mps_ap)->init = (_mps_ap)->alloc, _mps_order(),                    \
          (_mps_ap)->alloc = (mps_addr_t)_mps_ap_end(_mps_ap, _mps_size),      \
          *(_mps_p_o) = (_mps_ap)->init, (mps_res_t)MPS_RES_OK)                \
       : mps_ap_fill((_mps_p_o), (_mps_ap), (_mps_size)))

#define MPS_RESERVE_BLOCK(_mps_res_v, _mps_p_v, _mps_ap, _mps_size)            \
  MPS_BEGIN(_mps_res_v) = mps_reserve(&(_mps_p_v), _mps_ap, _mps_size);        \
  MPS_END

#define mps_commit(_mps_ap, _mps_p, _mps_size)                                 \
  (_mps_order(), (_mps_ap)->init = (_mps_ap)->alloc, _mps_order(),             \
   (_mps_ap)->limit != 0 ? (mps_bool_t)1                                       \
                         : mps_ap_trip((_mps_ap), (_mps_p), (_mps_size)))

/* ---- Patterns: hints about the lifetime of what is allocated ---- */

/* Most of what is allocated in a ramp lives until its end. */
extern mps_alloc_pattern_t mps_alloc_pattern_ramp(void);
/* Likewise, and afterwards a full collection pays. */
extern mps_alloc_pattern_t mps_alloc_pattern_ramp_collect_all(void);
extern mps_res_t mps_ap_alloc_pattern_begin(mps_ap_t ap,
                                            mps_alloc_pattern_t pattern);
/* FAIL: there is no matching begin. */
extern mps_res_t mps_ap_alloc_pattern_end(mps_ap_t ap,
                                          mps_alloc_pattern_t pattern);
extern mps_res_t mps_ap_alloc_pattern_reset(mps_ap_t ap);

/* ---- Frames: AMC and AMCZ accept them, without an effect ----
 *
 * FAIL between reserve and commit. */

extern mps_res_t(mps_ap_frame_push)(mps_frame_t *frame_o, mps_ap_t ap);
extern mps_res_t(mps_ap_frame_pop)(mps_ap_t ap, mps_frame_t frame);

MPS_C_END

#endif
