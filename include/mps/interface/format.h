/* Object formats: the client's functions that tell objects from their bytes.
 *
 * The functions get client pointers, which are past the header if the format
 * has one; only pad gets a base pointer. Sizes include the header and are
 * multiples of the alignment. The types of the functions are in types.h.
 */
#ifndef MPS_INTERFACE_FORMAT_H
#define MPS_INTERFACE_FORMAT_H

#include "mps/interface/arguments.h"

MPS_C_BEGIN

/* ---- Keys ---- */

extern const struct mps_key_s _mps_key_fmt_align;
#define MPS_KEY_FMT_ALIGN (&_mps_key_fmt_align)
#define MPS_KEY_FMT_ALIGN_FIELD align
extern const struct mps_key_s _mps_key_fmt_header_size;
#define MPS_KEY_FMT_HEADER_SIZE (&_mps_key_fmt_header_size)
#define MPS_KEY_FMT_HEADER_SIZE_FIELD size
extern const struct mps_key_s _mps_key_fmt_scan;
#define MPS_KEY_FMT_SCAN (&_mps_key_fmt_scan)
#define MPS_KEY_FMT_SCAN_FIELD fmt_scan
extern const struct mps_key_s _mps_key_fmt_skip;
#define MPS_KEY_FMT_SKIP (&_mps_key_fmt_skip)
#define MPS_KEY_FMT_SKIP_FIELD fmt_skip
extern const struct mps_key_s _mps_key_fmt_fwd;
#define MPS_KEY_FMT_FWD (&_mps_key_fmt_fwd)
#define MPS_KEY_FMT_FWD_FIELD fmt_fwd
extern const struct mps_key_s _mps_key_fmt_isfwd;
#define MPS_KEY_FMT_ISFWD (&_mps_key_fmt_isfwd)
#define MPS_KEY_FMT_ISFWD_FIELD fmt_isfwd
extern const struct mps_key_s _mps_key_fmt_pad;
#define MPS_KEY_FMT_PAD (&_mps_key_fmt_pad)
#define MPS_KEY_FMT_PAD_FIELD fmt_pad
extern const struct mps_key_s _mps_key_fmt_class;
#define MPS_KEY_FMT_CLASS (&_mps_key_fmt_class)
#define MPS_KEY_FMT_CLASS_FIELD fmt_class

/* ---- Creation ---- */

/* All keys are optional; a function that is missing asserts when called. */
extern mps_res_t mps_fmt_create_k(mps_fmt_t *fmt_o, mps_arena_t arena,
                                  mps_arg_s args[]);
/* Asserts that no pool uses it. */
extern void mps_fmt_destroy(mps_fmt_t fmt);

/* ---- Deprecated creation, from structures read during the call ---- */

typedef void (*mps_fmt_copy_t)(mps_addr_t, mps_addr_t); /* Never called. */

typedef struct mps_fmt_A_s {
  mps_align_t align;
  mps_fmt_scan_t scan;
  mps_fmt_skip_t skip;
  mps_fmt_copy_t copy;
  mps_fmt_fwd_t fwd;
  mps_fmt_isfwd_t isfwd;
  mps_fmt_pad_t pad;
} mps_fmt_A_s;
typedef struct mps_fmt_A_s *mps_fmt_A_t;

typedef struct mps_fmt_B_s {
  mps_align_t align;
  mps_fmt_scan_t scan;
  mps_fmt_skip_t skip;
  mps_fmt_copy_t copy;
  mps_fmt_fwd_t fwd;
  mps_fmt_isfwd_t isfwd;
  mps_fmt_pad_t pad;
  mps_fmt_class_t mps_class;
} mps_fmt_B_s;
typedef struct mps_fmt_B_s *mps_fmt_B_t;

typedef struct mps_fmt_auto_header_s {
  mps_align_t align;
  mps_fmt_scan_t scan;
  mps_fmt_skip_t skip;
  mps_fmt_fwd_t fwd;
  mps_fmt_isfwd_t isfwd;
  mps_fmt_pad_t pad;
  size_t mps_headerSize;
} mps_fmt_auto_header_s;

typedef struct mps_fmt_fixed_s {
  mps_align_t align;
  mps_fmt_scan_t scan;
  mps_fmt_fwd_t fwd;
  mps_fmt_isfwd_t isfwd;
  mps_fmt_pad_t pad;
} mps_fmt_fixed_s;

extern mps_res_t mps_fmt_create_A(mps_fmt_t *fmt_o, mps_arena_t arena,
                                  mps_fmt_A_s *methods);
extern mps_res_t mps_fmt_create_B(mps_fmt_t *fmt_o, mps_arena_t arena,
                                  mps_fmt_B_s *methods);
extern mps_res_t mps_fmt_create_auto_header(mps_fmt_t *fmt_o, mps_arena_t arena,
                                            mps_fmt_auto_header_s *methods);
/* Has no skip: no pool class that must skip can use it. */
extern mps_res_t mps_fmt_create_fixed(mps_fmt_t *fmt_o, mps_arena_t arena,
                                      mps_fmt_fixed_s *methods);

MPS_C_END

#endif
