#include "platform/faults.h"

#include "base/check.h"
#include "platform/mutex.h"

#include <cerrno>
#include <csignal>
#include <pthread.h>

namespace mps::platform {

namespace {

constexpr unsigned kMostListeners = 4;
/// From null to a listener, once.
std::atomic<FaultListener> listeners[kMostListeners];
std::atomic<bool (*)(const Fault &, FaultListener)> wrapped{nullptr};
struct sigaction before;
Mutex preparing;
bool isPrepared = false;

/// If it is the system's own, the fault comes again, to it; and so does a
/// signal that somebody has sent.
void passOn(int signal, siginfo_t *info, void *context) {
  if (before.sa_flags & SA_SIGINFO)
    return before.sa_sigaction(signal, info, context);
  if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN)
    return before.sa_handler(signal);
  sigaction(signal, &before, nullptr);
  if (info->si_code <= 0)
    raise(signal);
}

bool ask(const Fault &fault) {
  for (auto &each : listeners) {
    FaultListener listener = each.load(std::memory_order_acquire);
    if (listener == nullptr)
      return false;
    if (listener(fault))
      return true;
  }
  return false;
}

/// A client's handler that has called this one may have left signals open; a
/// thread that is stopped in here could hold a listener's lock.
void handle(int signal, siginfo_t *info, void *context) {
  int error = errno;
  sigset_t all, old;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &old);
  Fault fault = {Address::of(info->si_addr), context,
                 info->si_code == SEGV_ACCERR};
  auto wrapper = wrapped.load(std::memory_order_relaxed);
  bool isMended = wrapper != nullptr ? wrapper(fault, ask) : ask(fault);
  pthread_sigmask(SIG_SETMASK, &old, nullptr);
  errno = error;
  if (!isMended)
    passOn(signal, info, context);
}

bool prepare() {
  if (isPrepared)
    return true;
  struct sigaction action = {};
  action.sa_sigaction = handle;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigfillset(&action.sa_mask);
  isPrepared = sigaction(SIGSEGV, &action, &before) == 0;
  return isPrepared;
}

} // namespace

bool listenToFaults(FaultListener listener) {
  Locked locked(preparing);
  for (auto &each : listeners) {
    FaultListener present = each.load(std::memory_order_relaxed);
    if (present == listener)
      return true;
    if (present != nullptr)
      continue;
    each.store(listener, std::memory_order_release);
    return prepare();
  }
  MPS_CHECK(false, "more kinds of faults than the handler knows of");
  return false;
}

void wrapFaults(bool (*wrapper)(const Fault &, FaultListener)) {
  wrapped.store(wrapper, std::memory_order_relaxed);
}

} // namespace mps::platform
