/* Arenas: an arena owns memory, pools, formats, chains, roots and threads, and
 * collects its automatic pools together. A program may have several.
 *
 * States, each entered by one call, from any of the others:
 *
 *   unclamped   collections start by themselves
 *   clamped     none starts, nothing moves; allocation goes on
 *   parked      clamped, and none is in progress
 *
 * Creation and the arena class: mpsavm.h has the virtual memory arena.
 */
#ifndef MPS_INTERFACE_ARENA_H
#define MPS_INTERFACE_ARENA_H

#include "mps/interface/arguments.h"

MPS_C_BEGIN

/* ---- Keys of arenas ---- */

/* Bytes of address space to begin with. */
extern const struct mps_key_s _mps_key_arena_size;
#define MPS_KEY_ARENA_SIZE (&_mps_key_arena_size)
#define MPS_KEY_ARENA_SIZE_FIELD size
/* Unit of management in bytes, a power of two; raised to the page size. */
extern const struct mps_key_s _mps_key_arena_grain_size;
#define MPS_KEY_ARENA_GRAIN_SIZE (&_mps_key_arena_grain_size)
#define MPS_KEY_ARENA_GRAIN_SIZE_FIELD size
/* A hint about placement. */
extern const struct mps_key_s _mps_key_arena_zoned;
#define MPS_KEY_ARENA_ZONED (&_mps_key_arena_zoned)
#define MPS_KEY_ARENA_ZONED_FIELD b
/* An mps_arena_extended_t and an mps_arena_contracted_t, cast to mps_fun_t. */
extern const struct mps_key_s _mps_key_arena_extended;
#define MPS_KEY_ARENA_EXTENDED (&_mps_key_arena_extended)
#define MPS_KEY_ARENA_EXTENDED_FIELD fun
extern const struct mps_key_s _mps_key_arena_contracted;
#define MPS_KEY_ARENA_CONTRACTED (&_mps_key_arena_contracted)
#define MPS_KEY_ARENA_CONTRACTED_FIELD fun
/* Most bytes of memory the arena may map. */
extern const struct mps_key_s _mps_key_commit_limit;
#define MPS_KEY_COMMIT_LIMIT (&_mps_key_commit_limit)
#define MPS_KEY_COMMIT_LIMIT_FIELD size
/* Fraction of the mapped memory that may be kept while free, 0.0 to 1.0. */
extern const struct mps_key_s _mps_key_spare;
#define MPS_KEY_SPARE (&_mps_key_spare)
#define MPS_KEY_SPARE_FIELD d
/* Deprecated: the same, in bytes of the commit limit. */
extern const struct mps_key_s _mps_key_spare_commit_limit;
#define MPS_KEY_SPARE_COMMIT_LIMIT (&_mps_key_spare_commit_limit)
#define MPS_KEY_SPARE_COMMIT_LIMIT_FIELD size
/* Seconds that a call may take for the collector's work, at least 0. */
extern const struct mps_key_s _mps_key_pause_time;
#define MPS_KEY_PAUSE_TIME (&_mps_key_pause_time)
#define MPS_KEY_PAUSE_TIME_FIELD d
/* Acts on another system only; stays in the list. */
/* Ours: threads that work beside the program, and help whoever collects. 0, the
 * default: none. */
extern const struct mps_key_s _mps_key_collector_threads;
#define MPS_KEY_COLLECTOR_THREADS (&_mps_key_collector_threads)
#define MPS_KEY_COLLECTOR_THREADS_FIELD u

extern const struct mps_key_s _mps_key_vmw3_top_down;
#define MPS_KEY_VMW3_TOP_DOWN (&_mps_key_vmw3_top_down)
#define MPS_KEY_VMW3_TOP_DOWN_FIELD b

/* ---- Creation ---- */

/* RESOURCE: no address space. MEMORY, COMMIT_LIMIT: not even the arena's own
 * structures fit. */
extern mps_res_t mps_arena_create_k(mps_arena_t *arena_o, mps_arena_class_t cls,
                                    mps_arg_s args[]);
/* Asserts that the arena's chains, formats, pools, roots and threads are gone.
 * Gives back all its memory. */
extern void mps_arena_destroy(mps_arena_t arena);

/* Deprecated: the size in bytes, as size_t. */
extern mps_res_t mps_arena_create(mps_arena_t *arena_o, mps_arena_class_t cls,
                                  ...);
extern mps_res_t mps_arena_create_v(mps_arena_t *arena_o, mps_arena_class_t cls,
                                    va_list args);

/* ---- Sizes and limits, in bytes ---- */

extern size_t mps_arena_reserved(mps_arena_t arena);
/* Mapped memory, spare memory and the library's own included. */
extern size_t mps_arena_committed(mps_arena_t arena);
extern size_t mps_arena_spare_committed(mps_arena_t arena);
extern size_t mps_arena_commit_limit(mps_arena_t arena);
/* FAIL, and no change, if even without spare memory more is mapped. */
extern mps_res_t mps_arena_commit_limit_set(mps_arena_t arena, size_t limit);
extern double mps_arena_spare(mps_arena_t arena);
extern void mps_arena_spare_set(mps_arena_t arena, double spare);
/* Deprecated forms, in bytes. */
extern size_t mps_arena_spare_commit_limit(mps_arena_t arena);
extern void mps_arena_spare_commit_limit_set(mps_arena_t arena, size_t limit);

/* In seconds, at least 0; infinity is allowed. */
extern double mps_arena_pause_time(mps_arena_t arena);
extern void mps_arena_pause_time_set(mps_arena_t arena, double pause_time);

/* ---- States and collections ---- */

extern void mps_arena_clamp(mps_arena_t arena);
/* Finishes the collection in progress first. */
extern void mps_arena_park(mps_arena_t arena);
extern void mps_arena_release(mps_arena_t arena);
/* Collects everything and leaves the arena parked. */
extern mps_res_t mps_arena_collect(mps_arena_t arena);
/* Starts to collect everything and leaves the arena unclamped. */
extern mps_res_t mps_arena_start_collect(mps_arena_t arena);
/* Does collection work for about interval seconds. Starts a full collection
 * only if it is expected to take less than interval * multiplier. Returns
 * whether there was work; leaves the arena clamped if it was not unclamped. */
extern mps_bool_t mps_arena_step(mps_arena_t arena, double interval,
                                 double multiplier);
/* How often objects may have moved since the arena's creation. Takes no lock.
 */
extern mps_word_t mps_collections(mps_arena_t arena);

/* ---- Addresses ----
 *
 * The answers hold at the instant of return; to keep them, park the arena.
 * The first three may be called from within the functions that clients write.
 */

/* Whether the address is in memory that the arena gave to some pool. */
extern mps_bool_t mps_arena_has_addr(mps_arena_t arena, mps_addr_t addr);
/* True and the pool, for every address in a block. */
extern mps_bool_t mps_addr_pool(mps_pool_t *pool_o, mps_arena_t arena,
                                mps_addr_t addr);
/* True and the format of that pool, if it has one. */
extern mps_bool_t mps_addr_fmt(mps_fmt_t *fmt_o, mps_arena_t arena,
                               mps_addr_t addr);
/* The base pointer of the object at or around addr. FAIL: there is none, or it
 * moved away. */
extern mps_res_t mps_addr_object(mps_addr_t *p_o, mps_arena_t arena,
                                 mps_addr_t addr);

MPS_C_END

#endif
