// Stopping threads by signal, on Linux and x86-64.
//
// The signal is SIGXFSZ: a program that gets it otherwise is ended by it, so
// no program has a use for it that we would take away. System calls that it
// interrupts are started again.
#include "platform/thread.h"

#include "base/check.h"
#include "platform/futex.h"
#include "platform/mutex.h"

#include <csignal>
#include <pthread.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

namespace mps::platform {

namespace {

constexpr int kStopSignal = SIGXFSZ;
thread_local StoppableThread *current = nullptr;

Mutex preparing;
bool isPrepared = false;
pthread_key_t exitKey;
bool hasExitKey = false;

Extent currentStack() {
  pthread_attr_t attributes;
  void *base = nullptr;
  std::size_t size = 0;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0)
    return {};
  pthread_attr_getstack(&attributes, &base, &size);
  pthread_attr_destroy(&attributes);
  return Extent::of(Address::of(base), size);
}

const mcontext_t &machineContext(const void *context) {
  return static_cast<const ucontext_t *>(context)->uc_mcontext;
}

} // namespace

struct StopHandler {
  static void prepare() {
    Locked locked(preparing);
    if (isPrepared)
      return;
    struct sigaction action = {};
    action.sa_sigaction = handle;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    sigfillset(&action.sa_mask);
    sigaction(kStopSignal, &action, nullptr);
    isPrepared = true;
  }

  static void handle(int, siginfo_t *, void *context) {
    StoppableThread *thread = current;
    if (thread == nullptr || thread->state_.load(std::memory_order_acquire) !=
                                 StoppableThread::kStopRequested)
      return;
    auto &machine = machineContext(context);
    thread->stackPointer_ = interruptedStackPointer(context);
    thread->registers_ =
        Extent::of(Address::of(&machine.gregs), sizeof machine.gregs);
    thread->state_.store(StoppableThread::kStopped, std::memory_order_release);
    wakeAll(thread->state_);
    while (thread->state_.load(std::memory_order_acquire) ==
           StoppableThread::kStopped)
      waitWhile(thread->state_, StoppableThread::kStopped);
  }
};

void StoppableThread::bindToCurrent() {
  StopHandler::prepare();
  id_ = int(syscall(SYS_gettid));
  Extent stack = currentStack();
  lowEnd_ = stack.base;
  coldEnd_ = stack.limit;
  current = this;
}

void StoppableThread::unbindFromCurrent() { current = nullptr; }

bool StoppableThread::isCurrent() const { return current == this; }

bool StoppableThread::requestStop() {
  state_.store(kStopRequested, std::memory_order_release);
  if (syscall(SYS_tgkill, getpid(), id_, kStopSignal) == 0)
    return true;
  state_.store(kRunning, std::memory_order_release);
  return false;
}

void StoppableThread::awaitStop() {
  while (state_.load(std::memory_order_acquire) == kStopRequested)
    waitWhile(state_, kStopRequested);
}

void StoppableThread::resume() {
  state_.store(kRunning, std::memory_order_release);
  wakeAll(state_);
}

Address interruptedStackPointer(const void *context) {
  return Address::fromBits(
      static_cast<Word>(machineContext(context).gregs[REG_RSP]));
}

Address interruptedCode(const void *context) {
  return Address::fromBits(
      static_cast<Word>(machineContext(context).gregs[REG_RIP]));
}

StoppableThread *currentThread() { return current; }

void onThreadExit(void (*exit)(void *), void *argument) {
  {
    Locked locked(preparing);
    if (!hasExitKey)
      hasExitKey = pthread_key_create(&exitKey, exit) == 0;
    MPS_CHECK(hasExitKey, "the process has no more thread-specific keys");
  }
  pthread_setspecific(exitKey, argument);
}

[[gnu::noinline]] void withSavedRegisters(void (*function)(void *argument,
                                                           Extent registers),
                                          void *argument) {
  Word saved[6];
  __asm__ volatile("movq %%rbx, 0(%0)\n\t"
                   "movq %%rbp, 8(%0)\n\t"
                   "movq %%r12, 16(%0)\n\t"
                   "movq %%r13, 24(%0)\n\t"
                   "movq %%r14, 32(%0)\n\t"
                   "movq %%r15, 40(%0)\n\t"
                   :
                   : "r"(saved)
                   : "memory");
  function(argument, Extent::of(Address::of(saved), sizeof saved));
  __asm__ volatile("" ::: "memory"); // Not a tail call.
}

} // namespace mps::platform
