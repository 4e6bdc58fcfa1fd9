/* Roots and threads: where references are outside of the pools.
 *
 * Ranks, in the order in which a collection looks at them:
 *
 *   ambiguous   any words; what they seem to refer to lives and stays in place
 *   exact       null, a reference, or a value outside the arena; is updated
 *   weak        likewise, but keeps nothing alive: becomes null when what it
 *               refers to dies; not of threads
 *
 * A root's memory is the client's. Its contents are found at collections only,
 * so it may change freely in between, by whole words. Register it cleared, and
 * fill it then.
 */
#ifndef MPS_INTERFACE_ROOT_H
#define MPS_INTERFACE_ROOT_H

#include "mps/interface/types.h"

MPS_C_BEGIN

extern mps_rank_t mps_rank_ambig(void);
extern mps_rank_t mps_rank_exact(void);
extern mps_rank_t mps_rank_weak(void);

/* Modes: permissions that the library does not use. */
#define MPS_RM_CONST ((mps_rm_t)1) /* Deprecated. */
#define MPS_RM_PROT ((mps_rm_t)2)
#define MPS_RM_PROT_INNER ((mps_rm_t)2)

/* ---- Roots ---- */

extern mps_res_t mps_root_create(mps_root_t *root_o, mps_arena_t arena,
                                 mps_rank_t rank, mps_rm_t rm,
                                 mps_root_scan_t scan, void *p, size_t s);
extern mps_res_t mps_root_create_fmt(mps_root_t *root_o, mps_arena_t arena,
                                     mps_rank_t rank, mps_rm_t rm,
                                     mps_fmt_scan_t scan, mps_addr_t base,
                                     mps_addr_t limit);
extern mps_res_t mps_root_create_area(mps_root_t *root_o, mps_arena_t arena,
                                      mps_rank_t rank, mps_rm_t rm, void *base,
                                      void *limit, mps_area_scan_t scan_area,
                                      void *closure);
extern mps_res_t
mps_root_create_area_tagged(mps_root_t *root_o, mps_arena_t arena,
                            mps_rank_t rank, mps_rm_t rm, void *base,
                            void *limit, mps_area_scan_t scan_area,
                            mps_word_t mask, mps_word_t pattern);
extern void mps_root_destroy(mps_root_t root);

/* A thread's registers and its stack, ambiguously, up to the address cold of
 * some local variable; the library's own scanners go on to the real end of the
 * stack, so that nothing in the same frame is missed. */
extern mps_res_t mps_root_create_thread(mps_root_t *root_o, mps_arena_t arena,
                                        mps_thr_t thr, void *cold);
extern mps_res_t
mps_root_create_thread_tagged(mps_root_t *root_o, mps_arena_t arena,
                              mps_rank_t rank, mps_rm_t rm, mps_thr_t thr,
                              mps_area_scan_t scan_area, mps_word_t mask,
                              mps_word_t pattern, void *cold);
extern mps_res_t mps_root_create_thread_scanned(
    mps_root_t *root_o, mps_arena_t arena, mps_rank_t rank, mps_rm_t rm,
    mps_thr_t thr, mps_area_scan_t scan_area, void *closure, void *cold);

/* Deprecated: arrays of count references, and the oldest thread root. */
extern mps_res_t mps_root_create_table(mps_root_t *root_o, mps_arena_t arena,
                                       mps_rank_t rank, mps_rm_t rm,
                                       mps_addr_t *base, size_t count);
extern mps_res_t
mps_root_create_table_tagged(mps_root_t *root_o, mps_arena_t arena,
                             mps_rank_t rank, mps_rm_t rm, mps_addr_t *base,
                             size_t count, mps_area_scan_t scan_area,
                             mps_word_t mask, mps_word_t pattern);
extern mps_res_t mps_root_create_table_masked(mps_root_t *root_o,
                                              mps_arena_t arena,
                                              mps_rank_t rank, mps_rm_t rm,
                                              mps_addr_t *base, size_t count,
                                              mps_word_t mask);
extern mps_res_t mps_root_create_reg(mps_root_t *root_o, mps_arena_t arena,
                                     mps_rank_t rank, mps_rm_t rm,
                                     mps_thr_t thr, mps_reg_scan_t scan,
                                     void *p, size_t s);
/* Names a way of scanning for the function above; is never called. */
extern mps_res_t mps_stack_scan_ambig(mps_ss_t ss, mps_thr_t thr, void *p,
                                      size_t s);

/* ---- Threads ---- */

/* Registers the calling thread, any number of times. A thread that touches
 * memory of automatic pools must be registered. */
extern mps_res_t mps_thread_reg(mps_thr_t *thr_o, mps_arena_t arena);
/* Withdraws one registration. Its roots must be gone. */
extern void mps_thread_dereg(mps_thr_t thr);

MPS_C_END

#endif
