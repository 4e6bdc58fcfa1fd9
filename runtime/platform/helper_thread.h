// Starting threads of our own: no signals, little stack.
#ifndef MPS_PLATFORM_HELPER_THREAD_H
#define MPS_PLATFORM_HELPER_THREAD_H

#include <pthread.h>

namespace mps::platform {

/// False if the system has no thread for us.
bool startHelper(pthread_t &thread, void *(*main)(void *), void *argument);

/// The calling thread works on what nobody waits for: where processors are
/// scarce, others go first, and it gets its share in small pieces.
void giveWayToOthers();

} // namespace mps::platform

#endif
