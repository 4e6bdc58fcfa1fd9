/* Pools and generation chains.
 *
 * A pool manages memory by the policy of its class; mpscamc.h has the classes.
 * A chain tells the generations that the pools on it share, and when they are
 * collected: when a generation has got more new bytes than its capacity, it
 * and all younger ones are.
 */
#ifndef MPS_INTERFACE_POOL_H
#define MPS_INTERFACE_POOL_H

#include "mps/interface/arguments.h"

MPS_C_BEGIN

/* ---- Keys of pools ---- */

/* The format of the pool's objects. */
extern const struct mps_key_s _mps_key_format;
#define MPS_KEY_FORMAT (&_mps_key_format)
#define MPS_KEY_FORMAT_FIELD format
/* In which generation of the chain the objects of a pool are that does not move
 * them, from 0 to how many there are: 0, or 1 in the default chain. */
extern const struct mps_key_s _mps_key_gen;
#define MPS_KEY_GEN (&_mps_key_gen)
#define MPS_KEY_GEN_FIELD u
/* Of an allocation point: the rank of the references in its objects, in pool
 * classes that have a choice; exact otherwise. */
extern const struct mps_key_s _mps_key_rank;
#define MPS_KEY_RANK (&_mps_key_rank)
#define MPS_KEY_RANK_FIELD rank
/* Its chain; the arena's default chain otherwise. */
extern const struct mps_key_s _mps_key_chain;
#define MPS_KEY_CHAIN (&_mps_key_chain)
#define MPS_KEY_CHAIN_FIELD chain
/* Whether an ambiguous reference into an object's inside keeps it. */
extern const struct mps_key_s _mps_key_interior;
#define MPS_KEY_INTERIOR (&_mps_key_interior)
#define MPS_KEY_INTERIOR_FIELD b
/* Least bytes by which the pool grows. */
extern const struct mps_key_s _mps_key_extend_by;
#define MPS_KEY_EXTEND_BY (&_mps_key_extend_by)
#define MPS_KEY_EXTEND_BY_FIELD size
/* From how many bytes on an object gets memory of its own. */
extern const struct mps_key_s _mps_key_large_size;
#define MPS_KEY_LARGE_SIZE (&_mps_key_large_size)
#define MPS_KEY_LARGE_SIZE_FIELD size

/* ---- Pools ---- */

extern mps_res_t mps_pool_create_k(mps_pool_t *pool_o, mps_arena_t arena,
                                   mps_pool_class_t cls, mps_arg_s args[]);
/* Asserts that the pool's allocation points are gone. All its blocks die. */
extern void mps_pool_destroy(mps_pool_t pool);
/* Deprecated: AMC and AMCZ take an mps_fmt_t and an mps_chain_t. */
extern mps_res_t mps_pool_create(mps_pool_t *pool_o, mps_arena_t arena,
                                 mps_pool_class_t cls, ...);
extern mps_res_t mps_pool_create_v(mps_pool_t *pool_o, mps_arena_t arena,
                                   mps_pool_class_t cls, va_list args);

/* Bytes that the pool has of the arena; the part not in the client's use. */
extern size_t mps_pool_total_size(mps_pool_t pool);
extern size_t mps_pool_free_size(mps_pool_t pool);

/* ---- Chains ---- */

typedef struct mps_gen_param_s {
  size_t mps_capacity;  /* In units of 1024 bytes, greater than 0. */
  double mps_mortality; /* First estimate of the fraction that dies, 0 to 1. */
} mps_gen_param_s;

/* Copies the array of gen_count >= 1 generations, youngest first. */
extern mps_res_t mps_chain_create(mps_chain_t *chain_o, mps_arena_t arena,
                                  size_t gen_count, mps_gen_param_s *params);
/* Asserts that no pool is on it. */
extern void mps_chain_destroy(mps_chain_t chain);

MPS_C_END

#endif
