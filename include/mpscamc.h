/* The pool classes AMC and AMCZ: generational, mostly copying. AMCZ is for
 * objects without references, which are never scanned.
 *
 * Keys: FORMAT (required), CHAIN, INTERIOR, EXTEND_BY, LARGE_SIZE. The format
 * needs skip, fwd, isfwd and pad, in AMC scan too.
 */
#ifndef MPSCAMC_H
#define MPSCAMC_H

#include "mps.h"

MPS_C_BEGIN

extern mps_pool_class_t mps_class_amc(void);
extern mps_pool_class_t mps_class_amcz(void);

MPS_C_END

#endif
