// Stack overflow: a fault in the guard pages below a thread's stack is
// reported, and then left to whatever handled the signal before.
//
// The handler runs on a stack of its own, which each thread gets when it
// becomes a mutator, unless it has one already.
#include "api/compiled_heap.h"

#include <csignal>
#include <cstring>
#include <pthread.h>
#include <unistd.h>

namespace mps {

namespace {

constexpr std::size_t kHandlerStack = 65536;
/// Below the stack pointer: how far from it a fault counts as an overflow.
constexpr std::size_t kNear = std::size_t(1) << 20;

struct sigaction before;

void write(const char *text) {
  [[maybe_unused]] auto ignored = ::write(2, text, std::strlen(text));
}

bool isOverflow(Address fault, Address stackPointer) {
  auto *thread = static_cast<Thread *>(platform::currentThread());
  return thread != nullptr && fault < thread->coldEnd() &&
         fault + kNear > stackPointer && fault < stackPointer + kNear &&
         fault < thread->lowEnd();
}

void handle(int, siginfo_t *info, void *context) {
  Address stackPointer = platform::interruptedStackPointer(context);
  if (isOverflow(Address::of(info->si_addr), stackPointer))
    write("mps: stack overflow: a thread's stack has grown into its guard "
          "page; give the thread a larger stack (ulimit -s, or "
          "pthread_attr_setstacksize), or recurse less\n");
  sigaction(SIGSEGV, &before, nullptr); // The fault comes again, to it.
}

} // namespace

void prepareStackOverflowReport() {
  struct sigaction action = {};
  action.sa_sigaction = handle;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  sigaction(SIGSEGV, &action, &before);
}

void guardCurrentThreadsStack() {
  stack_t old = {};
  sigaltstack(nullptr, &old);
  if (!(old.ss_flags & SS_DISABLE))
    return;
  Extent memory = platform::reserve(kHandlerStack, platform::Pages::Small);
  if (memory.isEmpty())
    return; // No report then; the fault ends the program as ever.
  stack_t stack = {};
  stack.ss_sp = memory.base.as();
  stack.ss_size = memory.size();
  sigaltstack(&stack, nullptr);
}

} // namespace mps
