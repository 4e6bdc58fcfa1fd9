/* Scanning: how the client's functions show references to the collector.
 *
 *   MPS_SCAN_BEGIN(ss) {
 *     if (MPS_FIX1(ss, ref)) {             inline: could it be of interest?
 *       mps_res_t res = MPS_FIX2(ss, &ref);  a call; may change ref
 *       if (res != MPS_RES_OK) return res;
 *       ... store ref back ...
 *     }
 *   } MPS_SCAN_END(ss);
 *
 * MPS_FIX1 takes any word: it is false for null and true for every address of
 * memory that is being collected. It is a subtraction and a comparison: the
 * addresses of interest are in [_zs, _zs + _w), and _ufs becomes 1 when a word
 * was one of them. Only what may be a reference goes to MPS_FIX2, untagged.
 */
#ifndef MPS_INTERFACE_SCAN_H
#define MPS_INTERFACE_SCAN_H

#include "mps/interface/types.h"

MPS_C_BEGIN

/* Private but for its layout, which is compiled into the macros. */
typedef struct mps_ss_s {
  mps_word_t _zs;  /* Least address of interest, not 0. */
  mps_word_t _w;   /* How many addresses are. */
  mps_word_t _ufs; /* Whether a word of interest was met. */
} mps_ss_s;

extern mps_res_t _mps_fix2(mps_ss_t ss, mps_addr_t *ref_io);

#define MPS_SCAN_BEGIN(ss)                                                     \
  MPS_BEGIN                                                                    \
  mps_ss_t _ss = (ss);                                                         \
  mps_word_t _mps_zs = _ss->_zs;                                               \
  mps_word_t _mps_w = _ss->_w;                                                 \
  mps_word_t _mps_ufs = _ss->_ufs;                                             \
  mps_word_t _mps_wt = 0;                                                      \
  {

#define MPS_SCAN_END(ss)                                                       \
  }                                                                            \
  (void)_mps_zs, (void)_mps_w, (void)_mps_wt;                                  \
  _ss->_ufs = _mps_ufs;                                                        \
  MPS_END

#define MPS_FIX1(ss, ref)                                                      \
  (_mps_wt = ((mps_word_t)(ref) - _mps_zs < _mps_w), _mps_ufs |= _mps_wt,      \
   (mps_bool_t)_mps_wt)

#define MPS_FIX2(ss, ref_io) _mps_fix2((ss), (ref_io))

#define MPS_FIX12(ss, ref_io)                                                  \
  (MPS_FIX1(ss, *(ref_io)) ? MPS_FIX2(ss, ref_io) : (mps_res_t)MPS_RES_OK)

#define MPS_FIX(ss, ref_io) MPS_FIX12(ss, ref_io) /* Deprecated. */

/* Around a call that gets ss and has scanning macros of its own. */
#define MPS_FIX_CALL(ss, call)                                                 \
  MPS_BEGIN(void)(call);                                                       \
  _mps_ufs |= _ss->_ufs;                                                       \
  MPS_END

/* ---- Area scanners ----
 *
 * For each word w of [base, limit): all / those after clearing the mask's bits
 * / those with (w & mask) == pattern / those with pattern or with 0. What was
 * masked is put back. closure: NULL / an mps_scan_tag_t for the others.
 */
typedef struct mps_scan_tag_s {
  mps_word_t mask;
  mps_word_t pattern;
} mps_scan_tag_s;
typedef struct mps_scan_tag_s *mps_scan_tag_t;

extern mps_res_t mps_scan_area(mps_ss_t ss, void *base, void *limit,
                               void *closure);
extern mps_res_t mps_scan_area_masked(mps_ss_t ss, void *base, void *limit,
                                      void *closure);
extern mps_res_t mps_scan_area_tagged(mps_ss_t ss, void *base, void *limit,
                                      void *closure);
extern mps_res_t mps_scan_area_tagged_or_zero(mps_ss_t ss, void *base,
                                              void *limit, void *closure);

MPS_C_END

#endif
