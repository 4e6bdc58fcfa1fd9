// What the environment asks of every arena of a process, compiled code's and
// those of the C interface: MPS_VERIFY, MPS_STRESS, MPS_SCHEDULE, MPS_POISON,
// MPS_LOG, MPS_PAUSES (docs/debugging.md).
#ifndef MPS_API_DEBUGGING_H
#define MPS_API_DEBUGGING_H

#include "api/arena_handle.h"
#define MPS_RUNTIME_WITHOUT_REFERENCES
#pragma GCC visibility push(default)
#include "mps/runtime.h"
#pragma GCC visibility pop

namespace mps {

/// Those of the settings that are for debugging. Ends the program if the
/// environment says what cannot be.
void readDebugging(mps_settings_s &settings);
/// Has an arena that is being made do what the settings ask for.
void debug(mps_arena_s &arena, const mps_settings_s &settings);
/// Prints a collection's line.
void reportCollection(void *closure, const CollectionReport &report);

} // namespace mps

#endif
