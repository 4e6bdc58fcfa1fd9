/* Memory of malloc, or with -DBOEHM of Boehm's collector. */
#ifndef BENCH_MEMORY_H
#define BENCH_MEMORY_H

#ifdef BOEHM
#define GC_THREADS
#include <gc.h>
#endif
#include <stddef.h>
#include <stdlib.h>

static inline void *or_abort(void *pointer) {
  if (!pointer)
    abort();
  return pointer;
}

/* new_object: not cleared, may have pointers; new_leaf: has none. What walks a
 * structure only to release it need not if releases_memory is 0. A count is of
 * references: drop() tells if the last has gone. */
#ifdef BOEHM

enum { releases_memory = 0 };
struct count {};
static inline void init(void) { GC_INIT(); }
static inline void collect(void) { GC_gcollect(); }
static inline void *new_object(size_t size) {
  return or_abort(GC_MALLOC(size));
}
static inline void *new_leaf(size_t size) {
  return or_abort(GC_MALLOC_ATOMIC(size));
}
static inline void release(void *pointer) { (void)pointer; }
static inline void start_count(struct count *count) { (void)count; }
static inline void retain(struct count *count) { (void)count; }
static inline int drop(struct count *count) { return (void)count, 0; }

#else

enum { releases_memory = 1 };
struct count {
  unsigned long references;
};
static inline void init(void) {}
static inline void collect(void) {}
static inline void *new_object(size_t size) { return or_abort(malloc(size)); }
static inline void *new_leaf(size_t size) { return or_abort(malloc(size)); }
static inline void release(void *pointer) { free(pointer); }
static inline void start_count(struct count *count) { count->references = 0; }
static inline void retain(struct count *count) { ++count->references; }
static inline int drop(struct count *count) { return --count->references == 0; }

#endif
#endif
