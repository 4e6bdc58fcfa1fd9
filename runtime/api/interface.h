// The C interface's headers as the library sees them, and its assertions.
//
// A client error is a failed assertion: it calls the plinth's handler with the
// client's mistake in words, and if the handler returns, the function gives up
// with a result that does no more harm.
//
//   if (!assertClient(pool != nullptr, "mps_pool_destroy: no pool"))
//     return;
//
// The functions are visible outside of the executable or shared object that
// the library is linked into, so that objects loaded later find them.
#ifndef MPS_API_INTERFACE_H
#define MPS_API_INTERFACE_H

#pragma GCC visibility push(default)
#include "mps.h"
#include "mpsavm.h"
#include "mpscamc.h"
#include "mpscawl.h"
#include "mpsceph.h"
#include "mpslib.h"
#include "mpstd.h"
#pragma GCC visibility pop

#include <source_location>

namespace mps {

/// Tells the plinth of a client's error unless `holds`. Returns `holds`.
inline bool
assertClient(bool holds, const char *mistake,
             std::source_location place = std::source_location::current()) {
  if (!holds) [[unlikely]]
    mps_lib_assert_fail(place.file_name(), place.line(), mistake);
  return holds;
}

/// Makes the checks of the lower steps fail through the plinth too. Cheap, and
/// may be called again: whatever makes an arena calls it.
void connectPlinth();

} // namespace mps

#endif
