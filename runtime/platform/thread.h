// Threads of the operating system: who they are, where their stacks are, and
// how another thread stops one and sees its registers.
//
// A thread is stopped by a signal. Its handler notes where the stack and the
// saved registers are, says so, and sleeps until it is told to go on. It calls
// nothing that takes a lock.
#ifndef MPS_PLATFORM_THREAD_H
#define MPS_PLATFORM_THREAD_H

#include "base/address.h"

#include <atomic>

namespace mps::platform {

/// Bytes below the stack pointer that belong to the running function.
inline constexpr std::size_t kRedZone = 128;

/// What a thread must provide to be stopped.
class StoppableThread {
public:
  /// Makes this the calling thread's. It must be withdrawn before it dies.
  void bindToCurrent();
  void unbindFromCurrent();

  /// Sends the signal. False if there is no such thread any more.
  bool requestStop();
  /// Waits until the thread has stopped.
  void awaitStop();
  void resume();

  /// While it is stopped.
  Address stackPointer() const { return stackPointer_; }
  Extent registers() const { return registers_; }

  bool isCurrent() const;
  /// The cold end of its stack, and where its guard pages end.
  Address coldEnd() const { return coldEnd_; }
  Address lowEnd() const { return lowEnd_; }
  void setColdEnd(Address cold) { coldEnd_ = cold; }

private:
  friend struct StopHandler;
  enum : std::uint32_t { kRunning, kStopRequested, kStopped };

  int id_ = 0;
  Address coldEnd_, lowEnd_;
  std::atomic<std::uint32_t> state_{kRunning};
  Address stackPointer_;
  Extent registers_;
};

/// The StoppableThread of the calling thread, or null.
StoppableThread *currentThread();

/// Of the code that a signal interrupted, given the handler's ucontext_t.
Address interruptedStackPointer(const void *context);
Address interruptedCode(const void *context);

/// Calls `exit` with its argument when the calling thread ends. One function
/// for the process; an argument for each thread, null for none.
void onThreadExit(void (*exit)(void *), void *argument);

/// Calls function(argument, registers), where `registers` are the caller's
/// callee-saved registers, saved on the stack.
void withSavedRegisters(void (*function)(void *argument, Extent registers),
                        void *argument);

} // namespace mps::platform

#endif
