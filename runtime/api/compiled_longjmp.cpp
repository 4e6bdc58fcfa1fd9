// longjmp, in programs with managed code.
//
// A jump passes exit thunks without their help, so their records stay linked;
// later frames may grow over them, and then nothing tells that they are dead.
// So the C library's jumps go by here: the records below the target's stack
// pointer are unlinked first. The target is foreign code (managed code may not
// call setjmp), and the thread's state is Foreign already.
//
// The target's stack pointer is in the jmp_buf, mangled as glibc does it:
// rotated, and xored with a secret of the thread.
#include "mutator/thread.h"

#include <csetjmp>
#include <dlfcn.h>

#define MPS_ENTRY extern "C" __attribute__((visibility("default")))

MPS_ENTRY void mps_rt_drop_dead_records(std::uintptr_t stackPointer);

namespace {

using Jump = void (*)(jmp_buf, int);

std::uintptr_t demangle(std::uintptr_t word) {
  std::uintptr_t secret;
  __asm__("rorq $17, %0\n\t"
          "movq %%fs:0x30, %1\n\t"
          "xorq %1, %0"
          : "+r"(word), "=&r"(secret)
          :
          : "cc");
  return word;
}

constexpr unsigned kStackPointerWord = 6;

[[noreturn]] void jumpBy(const char *name, jmp_buf target, int value) {
  auto words = reinterpret_cast<const std::uintptr_t *>(target);
  if (mps_thread.exitHead != nullptr)
    mps_rt_drop_dead_records(demangle(words[kStackPointerWord]));
  reinterpret_cast<Jump>(dlsym(RTLD_NEXT, name))(target, value);
  __builtin_unreachable();
}

} // namespace

// By other names in here, as <csetjmp> declares these in its own way.
#define MPS_JUMP(name)                                                         \
  MPS_ENTRY                                                                    \
      [[noreturn]] void mps_##name(jmp_buf target, int value) __asm__(#name);  \
  MPS_ENTRY void mps_##name(jmp_buf target, int value) {                       \
    jumpBy(#name, target, value);                                              \
  }

MPS_JUMP(longjmp)
MPS_JUMP(_longjmp)
MPS_JUMP(siglongjmp)
MPS_JUMP(__longjmp_chk)

namespace mps {
/// What refers to this brings these functions into a program.
void useOurLongjmp() {}
} // namespace mps
