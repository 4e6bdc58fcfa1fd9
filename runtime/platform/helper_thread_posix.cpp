#include "platform/helper_thread.h"

#include <csignal>
#include <cstddef>

namespace mps::platform {

namespace {
constexpr std::size_t kStackSize = std::size_t(256) << 10;
} // namespace

bool startHelper(pthread_t &thread, void *(*main)(void *), void *argument) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackSize);
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int failed = pthread_create(&thread, &attributes, main, argument);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  return failed == 0;
}

} // namespace mps::platform
