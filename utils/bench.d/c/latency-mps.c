/* A table whose objects are replaced at random, as a client of the C interface:
 * a format of its own, ambiguous roots on the stack, and no barrier code.
 * latency-mps OBJECTS OPERATIONS [FILE]
 *
 * BENCH_BUDGET_MIB is the commit limit. The table is in chunks: a format's scan
 * function scans objects whole.
 */
#include "mps.h"
#include "mpsavm.h"
#include "mpscamc.h"

#include <stdio.h>
#include <stdlib.h>

#include "../../../examples/latency/gaps.h"
#include "../../../examples/random.h"

enum { NODE = 1, LEAF, CHUNK, FORWARDED, PADDING };
enum { IN_CHUNK = 510 };

struct leaf {
  size_t kind;
  uint64_t value;
  uint64_t rest[10];
};

struct node {
  size_t kind;
  struct leaf *leaf, *link; /* The second is another node's. */
  uint64_t key, a, b, c;
};

struct chunk {
  size_t kind, unused;
  struct node *nodes[IN_CHUNK];
};

/* What the collector makes of an object. */
struct remains {
  size_t kind;
  mps_addr_t to;
  size_t size;
};

static size_t size_of(mps_addr_t object) {
  size_t kind = *(size_t *)object;
  switch (kind & 7) {
  case NODE:
    return sizeof(struct node);
  case LEAF:
    return sizeof(struct leaf);
  case CHUNK:
    return sizeof(struct chunk);
  case FORWARDED:
    return ((struct remains *)object)->size;
  default: /* Padding may be a single word. */
    return kind >> 3;
  }
}

static mps_addr_t skip(mps_addr_t object) {
  return (char *)object + size_of(object);
}

#define FIX(field)                                                             \
  do {                                                                         \
    mps_addr_t reference = (field);                                            \
    mps_res_t result = MPS_FIX12(ss, &reference);                              \
    if (result != MPS_RES_OK)                                                  \
      return result;                                                           \
    (field) = reference;                                                       \
  } while (0)

static mps_res_t scan(mps_ss_t ss, mps_addr_t base, mps_addr_t limit) {
  MPS_SCAN_BEGIN(ss) {
    while (base < limit) {
      size_t kind = *(size_t *)base & 7;
      if (kind == NODE) {
        struct node *node = base;
        FIX(node->leaf);
        FIX(node->link);
      } else if (kind == CHUNK) {
        struct chunk *chunk = base;
        for (unsigned i = 0; i < IN_CHUNK; ++i)
          FIX(chunk->nodes[i]);
      }
      base = skip(base);
    }
  }
  MPS_SCAN_END(ss);
  return MPS_RES_OK;
}

static void forward(mps_addr_t old, mps_addr_t new) {
  struct remains *remains = old;
  remains->size = size_of(old);
  remains->kind = FORWARDED;
  remains->to = new;
}

static mps_addr_t forwarded(mps_addr_t object) {
  struct remains *remains = object;
  return (remains->kind & 7) == FORWARDED ? remains->to : NULL;
}

static void pad(mps_addr_t base, size_t size) {
  *(size_t *)base = PADDING | size << 3;
}

static mps_ap_t objects, leaves; /* Allocation points. */
static struct chunk **table;     /* Exact roots. */

static void or_exit(mps_res_t result) {
  if (result != MPS_RES_OK) {
    fprintf(stderr, "latency-mps: result %d\n", result);
    exit(1);
  }
}

static void *allocate(mps_ap_t ap, size_t size, size_t kind) {
  mps_addr_t object;
  do {
    or_exit(mps_reserve(&object, ap, size));
    memset(object, 0, size);
    *(size_t *)object = kind;
  } while (!mps_commit(ap, object, size));
  return object;
}

static struct node *new_node(uint64_t key) {
  struct leaf *leaf = allocate(leaves, sizeof *leaf, LEAF);
  leaf->value = 3 * key;
  struct node *node = allocate(objects, sizeof *node, NODE);
  node->key = key;
  node->leaf = leaf;
  return node;
}

static struct node **place(uint64_t i) {
  return &table[i / IN_CHUNK]->nodes[i % IN_CHUNK];
}

static void replace(uint64_t length, uint64_t key) {
  struct node *node = new_node(key);
  *place(random_below(length)) = node;
  (*place(random_below(length)))->link = node->leaf;
}

static void run(int argc, char **argv, uint64_t length, uint64_t chunks) {
  uint64_t operations = argc > 2 ? (uint64_t)atol(argv[2]) : 2000000, sum = 0;
  for (uint64_t i = 0; i < chunks; ++i)
    table[i] = allocate(objects, sizeof **table, CHUNK);
  for (uint64_t i = 0; i < length; ++i) {
    struct node *node = new_node(i);
    *place(i) = node;
  }
  if (!gaps_begin(operations / 16 + 1))
    exit(1);
  for (uint64_t i = 0; i < operations; ++i) {
    replace(length, length + i);
    if (i % 16 == 0)
      gaps_sample();
  }
  for (uint64_t i = 0; i < length; ++i) {
    struct node *node = *place(i);
    sum = sum * 31 + node->key + node->leaf->value;
    if (node->link)
      sum += node->link->value;
  }
  printf("checksum %llu\n", (unsigned long long)sum);
}

static mps_arena_t new_arena(void) {
  mps_arena_t arena;
  const char *budget = getenv("BENCH_BUDGET_MIB");
  size_t limit = (size_t)(budget ? atol(budget) : 1024) << 20;
  MPS_ARGS_BEGIN(args) {
    MPS_ARGS_ADD(args, MPS_KEY_ARENA_SIZE, limit);
    MPS_ARGS_ADD(args, MPS_KEY_COMMIT_LIMIT, limit);
    MPS_ARGS_ADD(args, MPS_KEY_PAUSE_TIME, 0.01);
    or_exit(mps_arena_create_k(&arena, mps_arena_class_vm(), args));
  } MPS_ARGS_END(args);
  return arena;
}

static mps_fmt_t new_format(mps_arena_t arena) {
  mps_fmt_t format;
  MPS_ARGS_BEGIN(args) {
    MPS_ARGS_ADD(args, MPS_KEY_FMT_ALIGN, sizeof(size_t));
    MPS_ARGS_ADD(args, MPS_KEY_FMT_SCAN, scan);
    MPS_ARGS_ADD(args, MPS_KEY_FMT_SKIP, skip);
    MPS_ARGS_ADD(args, MPS_KEY_FMT_FWD, forward);
    MPS_ARGS_ADD(args, MPS_KEY_FMT_ISFWD, forwarded);
    MPS_ARGS_ADD(args, MPS_KEY_FMT_PAD, pad);
    or_exit(mps_fmt_create_k(&format, arena, args));
  } MPS_ARGS_END(args);
  return format;
}

static mps_pool_t new_pool(mps_arena_t arena, mps_fmt_t format,
                           mps_pool_class_t class) {
  mps_pool_t pool;
  MPS_ARGS_BEGIN(args) {
    MPS_ARGS_ADD(args, MPS_KEY_FORMAT, format);
    or_exit(mps_pool_create_k(&pool, arena, class, args));
  } MPS_ARGS_END(args);
  return pool;
}

int main(int argc, char **argv) {
  uint64_t length = argc > 1 ? (uint64_t)atol(argv[1]) : 200000;
  uint64_t chunks = (length + IN_CHUNK - 1) / IN_CHUNK;
  void *cold = &cold;
  mps_thr_t thread;
  mps_root_t stack, root;
  mps_arena_t arena = new_arena();
  mps_fmt_t format = new_format(arena);
  mps_pool_t scanned = new_pool(arena, format, mps_class_amc());
  mps_pool_t leaf = new_pool(arena, format, mps_class_amcz());
  table = calloc(chunks, sizeof *table);
  if (!table)
    return 1;
  or_exit(mps_ap_create_k(&objects, scanned, mps_args_none));
  or_exit(mps_ap_create_k(&leaves, leaf, mps_args_none));
  or_exit(mps_thread_reg(&thread, arena));
  or_exit(mps_root_create_thread(&stack, arena, thread, cold));
  or_exit(mps_root_create_area(&root, arena, mps_rank_exact(), 0, table,
                               table + chunks, mps_scan_area, NULL));
  run(argc, argv, length, chunks);
  if (argc > 3 && !gaps_write(argv[3]))
    return fprintf(stderr, "latency-mps: cannot write %s\n", argv[3]), 1;
  mps_arena_park(arena);
  mps_root_destroy(root);
  mps_root_destroy(stack);
  mps_thread_dereg(thread);
  mps_ap_destroy(leaves);
  mps_ap_destroy(objects);
  mps_pool_destroy(leaf);
  mps_pool_destroy(scanned);
  mps_fmt_destroy(format);
  mps_arena_destroy(arena);
  return 0;
}
