// Which process this is.
#ifndef MPS_PLATFORM_PROCESS_H
#define MPS_PLATFORM_PROCESS_H

#include <unistd.h>

namespace mps::platform {

/// Another number in a child. Any thread.
inline int processNumber() { return getpid(); }

} // namespace mps::platform

#endif
