/* The virtual memory arena: reserves address space, maps pages as they are
 * needed, and reserves more by itself.
 */
#ifndef MPSAVM_H
#define MPSAVM_H

#include "mps.h"

MPS_C_BEGIN

extern mps_arena_class_t mps_arena_class_vm(void);

MPS_C_END

#endif
