// Accesses to memory that is there but protected: who is asked what they mean.
//
// One handler of the system's signal for the whole process. It asks each
// listener; the first that says yes has mended what was wrong, and the program
// goes on with the same instruction. If none does, whatever handled the signal
// before is called, as if ours were not there.
//
// A client that installs a handler of its own later calls the one that it
// found, with the same arguments, for faults that are not its own.
#ifndef MPS_PLATFORM_FAULTS_H
#define MPS_PLATFORM_FAULTS_H

#include "base/address.h"

namespace mps::platform {

struct Fault {
  Address address;
  const void *context; ///< The handler's ucontext_t.
  bool isProtected;    ///< There is a mapping, but not for such an access.
};

/// Called in a signal handler, on any thread, with all signals blocked that may
/// be. It takes no lock that its thread may hold.
using FaultListener = bool (*)(const Fault &);

/// For the rest of the process's life. To add one again changes nothing. False
/// if the system refuses.
bool listenToFaults(FaultListener listener);
/// From now on `wrapper` is called for each fault, and asks the listeners by
/// calling `ask`: for whoever wants to know how long that takes.
void wrapFaults(bool (*wrapper)(const Fault &fault, FaultListener ask));

} // namespace mps::platform

#endif
