/* Messages: what an arena tells its client, and finalization.
 *
 * 1. An arena has a queue of messages. The client enables the types that it
 *    wants, takes messages from the queue, and discards each when it is done.
 * 2. Every collection posts a message when it has chosen what to collect, and
 *    one when it has freed what was dead.
 * 3. A block that is registered for finalization, and that nothing else keeps
 *    but weak references, gets a message. Until that is discarded, the block
 *    and all that it leads to stay; the client may make it reachable again, and
 *    register it again.
 *
 * What a collection has found is in the queue before it ends: its start, its
 * blocks, its end. Posting needs no memory.
 */
#ifndef MPS_INTERFACE_MESSAGE_H
#define MPS_INTERFACE_MESSAGE_H

#include "mps/interface/types.h"

MPS_C_BEGIN

typedef struct mps_message_s *mps_message_t;
typedef unsigned mps_message_type_t;

/* Constant expressions. */
#define mps_message_type_finalization() ((mps_message_type_t)0)
#define mps_message_type_gc() ((mps_message_type_t)1)
#define mps_message_type_gc_start() ((mps_message_type_t)2)

/* ---- The queue ---- */

/* At first no type is enabled. Disabling a type discards what is queued of
 * it. Other types than the three assert. */
extern void mps_message_type_enable(mps_arena_t arena, mps_message_type_t type);
extern void mps_message_type_disable(mps_arena_t arena,
                                     mps_message_type_t type);
/* Whether there is a message in the queue. */
extern mps_bool_t mps_message_poll(mps_arena_t arena);
/* True, and the type of the first message; it stays in the queue. */
extern mps_bool_t mps_message_queue_type(mps_message_type_t *type_o,
                                         mps_arena_t arena);
/* True, and the first message of the type, which leaves the queue. */
extern mps_bool_t mps_message_get(mps_message_t *message_o, mps_arena_t arena,
                                  mps_message_type_t type);
/* Ends the use of a message that was got, and of what it has told. */
extern void mps_message_discard(mps_arena_t arena, mps_message_t message);

/* ---- Of a message that was got: other types assert ---- */

extern mps_message_type_t mps_message_type(mps_arena_t arena,
                                           mps_message_t message);
/* mps_clock() when it was posted; 0 for finalization. */
extern mps_clock_t mps_message_clock(mps_arena_t arena, mps_message_t message);
/* The block. */
extern void mps_message_finalization_ref(mps_addr_t *ref_o, mps_arena_t arena,
                                         mps_message_t message);
/* Why the collection began, in English. */
extern const char *mps_message_gc_start_why(mps_arena_t arena,
                                            mps_message_t message);
/* Bytes: that survived of the condemned; that were condemned; and in automatic
 * pools, that were not. The last two are approximate. */
extern size_t mps_message_gc_live_size(mps_arena_t arena,
                                       mps_message_t message);
extern size_t mps_message_gc_condemned_size(mps_arena_t arena,
                                            mps_message_t message);
extern size_t mps_message_gc_not_condemned_size(mps_arena_t arena,
                                                mps_message_t message);
/* An addition: the collection's number, the same at its start and its end, in
 * the order in which collections began. Where one ran inside another, its pair
 * of messages comes first. */
extern mps_word_t mps_message_gc_number(mps_arena_t arena,
                                        mps_message_t message);

/* ---- Finalization ---- */

/* Registers the block that *ref_p refers to, once more; *ref_p is only read.
 * MEMORY: there is none for the message. Asserts that it is a block of an
 * automatic pool. A block that was registered n times is finalized at most n
 * times, once in a collection. */
extern mps_res_t mps_finalize(mps_arena_t arena, mps_addr_t *ref_p);
/* Removes one registration. FAIL: there is none. */
extern mps_res_t mps_definalize(mps_arena_t arena, mps_addr_t *ref_p);

MPS_C_END

#endif
