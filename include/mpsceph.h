/* An addition: a pool class for objects with ephemerons, in clients' formats.
 *
 * As AWL (mpscawl.h), but for the rank of its objects: ephemeron (the default)
 * or exact. The scan method of an object of rank ephemeron fixes its pairs of
 * key and value with mps_fix_ephemeron, and other references as usual: those
 * are exact.
 *
 *   MPS_SCAN_BEGIN(ss) {
 *     for (i = 0; i < table->length; ++i)
 *       MPS_FIX_CALL(ss, mps_fix_ephemeron(ss, &table->keys[i],
 *                                          &table->values[i]));
 *     ...
 *   } MPS_SCAN_END(ss);
 *
 * An ephemeron keeps its value as long as something else keeps its key; that
 * something may be the value of another ephemeron, whose key lives. When the
 * key is found dead, both become null. The time that a collection takes for
 * ephemerons is linear in their number.
 */
#ifndef MPSCEPH_H
#define MPSCEPH_H

#include "mps.h"

MPS_C_BEGIN

extern mps_pool_class_t mps_class_ephemeron(void);
extern mps_rank_t mps_rank_ephemeron(void);

/* The words in the object itself: null, or references without a tag. What is
 * returned that is not OK, the scan method returns at once. Both words may be
 * changed during the call, and later in the same collection; when both are null
 * after the call and were not before, the ephemeron is dead. Anywhere but in
 * an object of rank ephemeron, it fixes both. */
extern mps_res_t mps_fix_ephemeron(mps_ss_t ss, mps_addr_t *key_io,
                                   mps_addr_t *value_io);

MPS_C_END

#endif
