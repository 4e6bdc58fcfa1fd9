/* The C interface of the Memory Pool System.
 *
 * A client includes this header, one for its arena class (mpsavm.h) and one
 * for each pool class (mpscamc.h). It is C90 and C++17. Every identifier begins
 * with mps_, MPS_ or _mps_; those with an underscore first are private to the
 * macros.
 *
 *   types.h             plain types, result codes, handles, callbacks
 *   arguments.h         keyword arguments
 *   arena.h             arenas, their limits and states, address queries
 *   pool.h              pools, generation chains
 *   format.h            object formats
 *   allocation_point.h  reserve and commit, patterns, frames
 *   scan.h              the scanning protocol, area scanners
 *   root.h              roots, threads
 *   location.h          location dependencies
 *   message.h           messages of collections, finalization
 */
#ifndef MPS_H
#define MPS_H

#include "mps/interface/types.h"

#include "mps/interface/allocation_point.h"
#include "mps/interface/arena.h"
#include "mps/interface/arguments.h"
#include "mps/interface/format.h"
#include "mps/interface/location.h"
#include "mps/interface/message.h"
#include "mps/interface/pool.h"
#include "mps/interface/root.h"
#include "mps/interface/scan.h"

#endif
