// Starting threads of our own: no signals, little stack.
#ifndef MPS_PLATFORM_HELPER_THREAD_H
#define MPS_PLATFORM_HELPER_THREAD_H

#include <pthread.h>

namespace mps::platform {

/// False if the system has no thread for us.
bool startHelper(pthread_t &thread, void *(*main)(void *), void *argument);

} // namespace mps::platform

#endif
