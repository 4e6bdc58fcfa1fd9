// What the verifier notes while it walks. A heap keeps it from one walk to the
// next, and it takes no memory before the first.
#ifndef MPS_VERIFY_WORKING_MEMORY_H
#define MPS_VERIFY_WORKING_MEMORY_H

#include "arena/control_memory.h"
#include "verify/type_check.h"
#include "verify/word_set.h"

namespace mps {

struct WorkingMemory {
  WordSet objects, logged, loggedWeak, recorded;
  GrowingArray<Address> loggedGlobals; ///< Sorted.
  PlausibleTypes types;

  /// All of it is empty. False if there is no memory.
  bool prepare(const Arena &arena) {
    loggedGlobals.clear();
    types.forget();
    return objects.prepare(arena) && logged.prepare(arena) &&
           loggedWeak.prepare(arena) && recorded.prepare(arena);
  }
};

} // namespace mps

#endif
