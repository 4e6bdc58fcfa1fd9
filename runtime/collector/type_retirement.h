// Types whose module leaves the process.
//
// Objects of its types may still be in the heap: dead ones not yet collected,
// ones that an ambiguous word seems to refer to, or live ones. Their headers
// are changed to lead to copies of the types, which the heap keeps for ever.
#ifndef MPS_COLLECTOR_TYPE_RETIREMENT_H
#define MPS_COLLECTOR_TYPE_RETIREMENT_H

#include "pool/pool.h"

namespace mps {

/// With the world stopped, and no collection in progress. False if there is no
/// memory for a copy.
bool retireTypes(Arena &arena, Pool *pools, Extent image);

} // namespace mps

#endif
