/* General types, result codes and handles of the C interface.
 *
 * 1. Plain types are transparent aliases: clients rely on what they are.
 * 2. A handle is a pointer to an incomplete structure. It lives from the call
 *    that gave it to the matching destroy call and belongs to one arena.
 * 3. Types of the functions that clients write, so that every other part can
 *    name them.
 *
 * Conventions of all parts. An out-parameter's name ends in _o; it is written
 * only if the function succeeds, and never read. Failure is a result code;
 * wrong arguments and broken protocols call the assertion handler (mpslib.h).
 * Unless a function's comment says otherwise, any thread may call it, and the
 * calls on one arena exclude each other.
 */
#ifndef MPS_INTERFACE_TYPES_H
#define MPS_INTERFACE_TYPES_H

#include <limits.h>
#include <stdarg.h>
#include <stddef.h>

#ifdef __cplusplus
#define MPS_C_BEGIN extern "C" {
#define MPS_C_END }
#else
#define MPS_C_BEGIN
#define MPS_C_END
#endif

#define MPS_BEGIN do {
#define MPS_END                                                                \
  }                                                                            \
  while (0)

MPS_C_BEGIN

/* ---- Plain types ---- */

typedef void *mps_addr_t; /* NULL never names a block. */
typedef size_t mps_align_t;
typedef int mps_bool_t; /* In: not 0 is true. Out: 0 or 1. */
typedef int mps_res_t;
typedef unsigned long mps_word_t; /* As wide as a pointer. */
typedef mps_word_t mps_clock_t;
typedef mps_word_t mps_label_t;
typedef unsigned mps_rank_t;
typedef unsigned mps_rm_t;
typedef void (*mps_fun_t)(void);

/* Result codes. Any function may return any of them. */
enum {
  MPS_RES_OK = 0,
  MPS_RES_FAIL = 1,         /* None of the others. */
  MPS_RES_RESOURCE = 2,     /* Out of something else: address space. */
  MPS_RES_MEMORY = 3,       /* Out of memory. */
  MPS_RES_LIMIT = 4,        /* A limit inside the library. */
  MPS_RES_UNIMPL = 5,       /* Not implemented. */
  MPS_RES_IO = 6,           /* An error of input or output. */
  MPS_RES_COMMIT_LIMIT = 7, /* It would exceed the arena's commit limit. */
  MPS_RES_PARAM = 8         /* An invalid parameter. */
};

/* ---- Handles ---- */

typedef struct mps_arena_s *mps_arena_t;
typedef struct mps_arena_class_s *mps_arena_class_t;
typedef struct mps_pool_s *mps_pool_t;
typedef struct mps_pool_class_s *mps_pool_class_t;
typedef mps_pool_class_t mps_class_t; /* Deprecated. */
typedef struct mps_chain_s *mps_chain_t;
typedef struct mps_fmt_s *mps_fmt_t;
typedef struct mps_root_s *mps_root_t;
typedef struct mps_thr_s *mps_thr_t;
typedef struct mps_alloc_pattern_s *mps_alloc_pattern_t;
typedef struct mps_frame_s *mps_frame_t;
typedef const struct mps_key_s *mps_key_t;

/* Structures that macros or compilers look into. */
typedef struct mps_ap_s *mps_ap_t; /* allocation_point.h */
typedef struct mps_ss_s *mps_ss_t; /* scan.h */
typedef struct mps_ld_s *mps_ld_t; /* location.h */
struct mps_pool_debug_option_s;

/* ---- Functions that clients write ----
 *
 * They may run at any time, on any thread that enters the library, while other
 * threads are stopped: no locks, no library calls but the scanning macros, no
 * exit but by return, at most 64 words of stack.
 */

/* Fixes every reference in the objects of [base, limit). */
typedef mps_res_t (*mps_fmt_scan_t)(mps_ss_t ss, mps_addr_t base,
                                    mps_addr_t limit);
/* Returns the address past the object at addr. */
typedef mps_addr_t (*mps_fmt_skip_t)(mps_addr_t addr);
/* Turns the object at old, already copied, into a marker that leads to to. */
typedef void (*mps_fmt_fwd_t)(mps_addr_t old, mps_addr_t to);
/* Returns where the marker at addr leads, NULL if there is no marker. */
typedef mps_addr_t (*mps_fmt_isfwd_t)(mps_addr_t addr);
/* Makes a padding object of just this size at the base pointer addr. */
typedef void (*mps_fmt_pad_t)(mps_addr_t addr, size_t size);
/* Returns some address that tells the object's type, for people. */
typedef mps_addr_t (*mps_fmt_class_t)(mps_addr_t addr);

/* Fixes every reference in the words of [base, limit). */
typedef mps_res_t (*mps_area_scan_t)(mps_ss_t ss, void *base, void *limit,
                                     void *closure);
/* Fixes every reference of the root that p and s describe. */
typedef mps_res_t (*mps_root_scan_t)(mps_ss_t ss, void *p, size_t s);
/* Only mps_stack_scan_ambig is one. Deprecated. */
typedef mps_res_t (*mps_reg_scan_t)(mps_ss_t ss, mps_thr_t thr, void *p,
                                    size_t s);

/* Told of each stretch of address space that an arena has acquired, or is
 * about to give back. Calls nothing of the library. */
typedef void (*mps_arena_extended_t)(mps_arena_t arena, void *base,
                                     size_t size);
typedef void (*mps_arena_contracted_t)(mps_arena_t arena, void *base,
                                       size_t size);

MPS_C_END

#endif
