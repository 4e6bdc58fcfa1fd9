// Faults that the runtime can tell something about, before whatever handled the
// signal before gets them (platform/faults.h):
//
//   stack overflow      in the guard pages below a thread's stack
//   a stale reference   in memory that a collection vacated, where vacated
//                       memory is inaccessible (MPS_POISON)
//
// The handler runs on a stack of its own, which each thread gets when it
// becomes a mutator, unless it has one already.
#include "api/compiled_heap.h"
#include "platform/faults.h"

#include <csignal>
#include <cstdio>
#include <cstring>
#include <dlfcn.h>
#include <pthread.h>
#include <unistd.h>

namespace mps {

namespace {

constexpr std::size_t kHandlerStack = 65536;
/// How far from the stack pointer a fault counts as an overflow.
constexpr std::size_t kNear = std::size_t(1) << 20;

void write(const char *text) {
  [[maybe_unused]] auto ignored = ::write(2, text, std::strlen(text));
}

bool isOverflow(Address fault, Address stackPointer) {
  auto *thread = static_cast<Thread *>(platform::currentThread());
  return thread != nullptr && fault < thread->coldEnd() &&
         fault + kNear > stackPointer && fault < stackPointer + kNear &&
         fault < thread->lowEnd();
}

/// Memory of the program's heap that nothing is in.
bool isVacated(Address fault) {
  CompiledHeap *compiled = CompiledHeap::instance();
  if (compiled == nullptr || !compiled->settings().poison)
    return false;
  Arena &arena = compiled->heap().arena();
  return arena.chunkOf(fault) != nullptr && arena.segmentOf(fault) == nullptr;
}

void reportStaleReference(Address fault, Address code) {
  char text[512];
  Dl_info symbol = {};
  bool isKnown = dladdr(code.as(), &symbol) != 0 && symbol.dli_sname != nullptr;
  std::snprintf(
      text, sizeof text,
      "mps: stale reference: the code at %#lx (%s) uses address %#lx, which a "
      "collection vacated; the reference was in no root table, or was kept "
      "where the collector does not look\n",
      code.bits(), isKnown ? symbol.dli_sname : "no exported symbol",
      fault.bits());
  write(text);
}

/// Tells what it can, and mends nothing.
bool report(const platform::Fault &fault) {
  if (isOverflow(fault.address,
                 platform::interruptedStackPointer(fault.context)))
    write("mps: stack overflow: a thread's stack has grown into its guard "
          "page; give the thread a larger stack (ulimit -s, or "
          "pthread_attr_setstacksize), or recurse less\n");
  else if (isVacated(fault.address))
    reportStaleReference(fault.address,
                         platform::interruptedCode(fault.context));
  return false;
}

} // namespace

void prepareFaultReports() { platform::listenToFaults(report); }

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
