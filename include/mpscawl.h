/* The pool class AWL: objects stay where they are, and may be weak; for weak
 * hash tables.
 *
 * Keys: FORMAT (required), AWL_FIND_DEPENDENT, CHAIN, GEN. The format needs
 * scan and skip. Key of allocation points: RANK, exact (the default) or weak.
 *
 * An exact reference to an object is its client pointer; so is what an
 * ambiguous word must be to keep it.
 */
#ifndef MPSCAWL_H
#define MPSCAWL_H

#include "mps.h"

MPS_C_BEGIN

/* Returns the object's dependent object, or NULL. While an object is scanned,
 * its dependent may be read and written by the scan method: it is memory
 * outside of the arena, or in a pool whose objects do not move. That does not
 * keep it: the object has a reference to it like any other. May read the
 * object; otherwise as the functions of a format. */
typedef mps_addr_t (*mps_awl_find_dependent_t)(mps_addr_t addr);

extern const struct mps_key_s _mps_key_awl_find_dependent;
#define MPS_KEY_AWL_FIND_DEPENDENT (&_mps_key_awl_find_dependent)
#define MPS_KEY_AWL_FIND_DEPENDENT_FIELD addr_method

extern mps_pool_class_t mps_class_awl(void);

MPS_C_END

#endif
