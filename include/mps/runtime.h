/* The default arena of a compiled program, for its hosts and for itself.
 *
 * A program with managed code has one arena before any managed code runs, with
 * a pool for objects with references and one for leaf objects. It takes its
 * settings from mps_settings_set, if that was called before, and then from the
 * environment (README.md). A program without managed code has none.
 *
 *   limits      mps_settings_set, mps_arena_commit_limit_set
 *   running     mps_collect, mps_statistics_get
 *   handles     how foreign code keeps objects
 *   memory      what happens when there is none left
 *
 * Any thread may call any of these, from foreign or managed code.
 */
#ifndef MPS_RUNTIME_H
#define MPS_RUNTIME_H

#include "mps.h"

#include <stdint.h>

MPS_C_BEGIN

/* NULL if the program has no managed code. */
extern mps_arena_t mps_default_arena(void);

/* ---- Settings ---- */

enum {
  MPS_STRESS_NONE = 0,
  MPS_STRESS_POLL = 1,  /* Collect at every safepoint that the runtime sees. */
  MPS_STRESS_ALLOC = 2, /* Collect at every allocation slow path. */
  MPS_STRESS_BYTES = 3  /* Collect every stress_bytes bytes. */
};

typedef struct mps_settings_s {
  size_t heap_limit; /* Bytes; 0: a quarter of the memory that the machine, or
                        the container, has. */
  /* Everything is collected when the heap is so many per cent of what lived
     after the last time; 0: when it comes near a limit that was set, or at 300
     if none was. */
  unsigned growth;
  /* Seconds that a thread may be held up; a target, which may be INFINITY.
     0: 0.1. */
  double pause_time;
  /* Threads that help the one that collects; -1: none. 0: one less than there
     are processors, and at most 3. */
  int collector_threads;
  size_t nursery; /* Bytes; 0: chosen from what is measured. */
  int stress;
  size_t stress_bytes;
  /* The seed of a random order of collections and of their steps; 0: they come
     when it is time. */
  uint64_t schedule;
  int verify;
  int poison;
  int epsilon; /* Never collect. */
  int log;     /* A line on standard error for each collection. */
} mps_settings_s;

/* All zero: the defaults. */
extern void mps_settings_get(mps_settings_s *settings_o);
/* Before the first managed code runs all take effect; afterwards all but
 * epsilon. FAIL: the limit is below what is in use. */
extern mps_res_t mps_settings_set(const mps_settings_s *settings);

/* ---- Running ---- */

/* Collects everything, and leaves the arena as it was. */
extern void mps_collect(void);
/* Collects the young generations. */
extern void mps_collect_young(void);

typedef struct mps_statistics_s {
  uint64_t allocated_bytes;
  uint64_t collections;      /* All. */
  uint64_t full_collections; /* Those of everything. */
  uint64_t old_collections;  /* Those of them while the program ran. */
  uint64_t moved_objects, moved_bytes;
  uint64_t settled_bytes; /* Of nurseries that became old where they were. */
  uint64_t pinned_objects, pinned_bytes; /* Of condemned ones. */
  uint64_t kept_objects, kept_bytes;     /* Left in place otherwise. */
  uint64_t precise_frames, ambiguous_words;
  uint64_t longest_pause_ns, total_pause_ns;
  uint64_t pause_processor_ns; /* Of the threads that collected, in pauses. */
  /* From when a thread asked all others to stop until they had. */
  uint64_t longest_stop_ns, total_stop_ns, stops;
  uint64_t peak_bytes; /* Most memory committed. */
  uint64_t root_table_bytes;
} mps_statistics_s;

/* Since the program's start. */
extern void mps_statistics_get(mps_statistics_s *statistics_o);

/* ---- Handles ----
 *
 * A handle keeps an object alive, and leads to where it is now. Foreign code
 * holds handles; managed code reads and writes them through these functions,
 * which it calls as leaves. NULL is no handle.
 */

typedef struct mps_handle_s *mps_handle_t;

#if defined(__clang__) && !defined(MPS_RUNTIME_WITHOUT_REFERENCES)
#define MPS_RUNTIME_REF void __attribute__((address_space(1))) *
#define MPS_RUNTIME_LEAF __attribute__((annotate("mps-leaf")))
/* NULL: out of memory. */
extern mps_handle_t mps_handle_create(MPS_RUNTIME_REF object) MPS_RUNTIME_LEAF;
extern MPS_RUNTIME_REF mps_handle_get(mps_handle_t handle) MPS_RUNTIME_LEAF;
extern void mps_handle_set(mps_handle_t handle,
                           MPS_RUNTIME_REF object) MPS_RUNTIME_LEAF;
#endif
extern void mps_handle_destroy(mps_handle_t handle);

/* The identity hash of a handle's object: a number that the object keeps for as
 * long as it lives, though it moves. The same as mps.identity.hash of compiled
 * code gives. */
extern uint64_t mps_handle_identity_hash(mps_handle_t handle);

/* ---- References in managed memory ----
 *
 * Foreign code that was given a reference may read the object's numbers. Where
 * compiled code has a read barrier, a reference in it may lead to where an object
 * was: this is how to read one. `slot` is a reference field of the object. What
 * it returns stays where it is as long as foreign code holds it on its stack. */
extern void *mps_reference_read(void *slot);

/* ---- Finalization ----
 *
 * Registers an object, once more: when nothing keeps it but weak references, it
 * is found dying. It lives on until somebody has been told and has let it go.
 */
#if defined(__clang__) && !defined(MPS_RUNTIME_WITHOUT_REFERENCES)
/* MEMORY: there is none for the registration. */
extern mps_res_t mps_finalize_object(MPS_RUNTIME_REF object);
#endif
/* The next object that was found dying, as a handle of the caller's: destroyed,
 * it lets the object go. NULL if there is none now, or no memory for the
 * handle. The same objects are in the messages of the default arena (mps.h). */
extern mps_handle_t mps_finalized_next(void);

/* ---- Out of memory ----
 *
 * Called when compiled code wants `size` bytes and there is no memory after a
 * full collection. It may unwind: throw a C++ exception, or longjmp. If it
 * returns, the allocation is tried again if the handler returned not 0, and the
 * program ends with a message if it returned 0. The default returns 0.
 */
typedef int (*mps_out_of_memory_t)(size_t size);
extern mps_out_of_memory_t mps_out_of_memory_set(mps_out_of_memory_t handler);

/* ---- Threads ----
 *
 * A thread becomes known when it first runs managed code, and is forgotten when
 * it ends. Foreign code that runs on a stack of its own (a fibre) says so
 * first: `cold` is the stack's cold end. */
extern void mps_thread_stack_set(void *cold);

MPS_C_END

#endif
