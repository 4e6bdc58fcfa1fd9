/* The platform, told by the preprocessor alone: usable from assembler too.
 *
 * A platform's code is two characters each for operating system, architecture
 * and compiler. Defined are MPS_PF_<CODE>, MPS_PF_STRING, MPS_OS_xx,
 * MPS_ARCH_xx and MPS_BUILD_xx, the types MPS_T_WORD (as wide as a pointer) and
 * MPS_T_ULONGEST, the width of a word in bits with its logarithm, and the
 * natural alignment in bytes.
 */
#ifndef MPSTD_H
#define MPSTD_H

#if !defined(__linux__) || !defined(__GNUC__)
#error "mpstd.h: the library supports Linux, with GCC or Clang"
#elif defined(__x86_64__) && defined(__clang__)
#define MPS_PF_LII6LL
#define MPS_PF_STRING "lii6ll"
#define MPS_ARCH_I6
#define MPS_BUILD_LL
#elif defined(__x86_64__)
#define MPS_PF_LII6GC
#define MPS_PF_STRING "lii6gc"
#define MPS_ARCH_I6
#define MPS_BUILD_GC
#elif defined(__aarch64__) && defined(__clang__)
#define MPS_PF_LIA6LL
#define MPS_PF_STRING "lia6ll"
#define MPS_ARCH_A6
#define MPS_BUILD_LL
#elif defined(__aarch64__)
#define MPS_PF_LIA6GC
#define MPS_PF_STRING "lia6gc"
#define MPS_ARCH_A6
#define MPS_BUILD_GC
#else
#error "mpstd.h: the library supports x86-64 and AArch64"
#endif

#define MPS_OS_LI
#define MPS_T_WORD unsigned long
#define MPS_T_ULONGEST unsigned long
#define MPS_WORD_WIDTH 64
#define MPS_WORD_SHIFT 6
#define MPS_PF_ALIGN 8

#endif
