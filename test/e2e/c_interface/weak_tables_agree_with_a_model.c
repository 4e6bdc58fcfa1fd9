/* RUN: %clang -O2 -Wall -Wno-unused-function -Werror -I%mps-include \
 * RUN:   -I%source/test/support %s %mps-lib -lpthread -o %t
 * RUN: %t
 * RUN: env MPS_VERIFY=1 %t 2000 20000 1 60000
 * RUN: env MPS_STRESS=bytes=262144 %t 2000 20000 1 60000
 * RUN: env MPS_SCHEDULE=1 MPS_VERIFY=1 %t 750 3000 1 40000
 * RUN: env MPS_SCHEDULE=2 MPS_VERIFY=1 %t 750 3000 1 40000
 * RUN: env MPS_SCHEDULE=3 MPS_VERIFY=1 %t 750 3000 1 40000
 * RUN: env MPS_SCHEDULE=4 MPS_VERIFY=1 %t 750 3000 1 40000
 *
 * Weak tables with dependent values, ephemerons and a weak root, at a short
 * pause time, so that what is old is collected in increments. Keys are held,
 * let go, and held again after they have been loaded from something weak. What
 * is held is in all tables; what is loaded is what it was; and after
 * mps_arena_collect, what is not held is gone, but for what words of the stack
 * seem to refer to.
 *
 * Arguments: keys, other pairs, milliseconds of pause time, steps.
 */
#include <string.h>

#include "lisp_heap.h"
#include "mpscawl.h"
#include "mpsceph.h"

enum { LENGTH = 250, WEAK_ROOTS = 64, SLACK = 16 };

typedef struct table_s {
  mps_word_t length; /* Shifted by one, and odd, as its kind is. */
  mps_word_t kind;
  struct table_s *dependent;
  mps_addr_t words[1];
} table_s;
enum { PLAIN = 1, PAIRS = 3 };

static size_t key_count = 20000, other_count = 100000, step_count = 400000;
static object_t strong;    /* An exact root: what is held. */
static object_t others;    /* And another. */
static mps_addr_t *tables; /* And more: keys, values, ephemerons. */
static mps_addr_t weak_roots[WEAK_ROOTS];
static mps_word_t *versions; /* The model: of each key, */
static char *is_held;        /* and whether it is. */

static unsigned random_below(unsigned limit) {
  static unsigned long state = 20240601;
  state = state * 6364136223846793005ul + 1442695040888963407ul;
  return (unsigned)(state >> 33) % limit;
}

/* ---- Tables ---- */

static size_t size_for(size_t length) {
  return sizeof(table_s) + (length - 1) * sizeof(mps_addr_t);
}

static size_t length_of(const table_s *table) { return table->length >> 1; }

static mps_addr_t skip_table(mps_addr_t p) {
  return (char *)p + size_for(length_of((table_s *)p));
}

static mps_addr_t dependent_of(mps_addr_t p) {
  return ((table_s *)p)->dependent;
}

static mps_res_t scan_table(mps_ss_t ss, table_s *table) {
  size_t length = length_of(table), half = length / 2, i;
  mps_res_t res = MPS_RES_OK;
  MPS_SCAN_BEGIN(ss) {
    mps_addr_t dependent = table->dependent;
    res = MPS_FIX12(ss, &dependent);
    if (res != MPS_RES_OK)
      return res;
    for (i = 0; i < (table->kind == PAIRS ? half : 0); ++i) {
      MPS_FIX_CALL(ss, res = mps_fix_ephemeron(ss, &table->words[i],
                                               &table->words[half + i]));
      if (res != MPS_RES_OK)
        return res;
    }
    for (i = 0; i < (table->kind == PLAIN ? length : 0); ++i) {
      if (!MPS_FIX1(ss, table->words[i]))
        continue;
      res = MPS_FIX2(ss, &table->words[i]);
      if (res != MPS_RES_OK)
        return res;
      if (table->words[i] == NULL && table->dependent != NULL)
        table->dependent->words[i] = NULL;
    }
  }
  MPS_SCAN_END(ss);
  return res;
}

static mps_res_t scan_tables(mps_ss_t ss, mps_addr_t base, mps_addr_t limit) {
  for (; base < limit; base = skip_table(base)) {
    mps_res_t res = scan_table(ss, (table_s *)base);
    if (res != MPS_RES_OK)
      return res;
  }
  return MPS_RES_OK;
}

static table_s *make_table(mps_ap_t ap, size_t length, mps_word_t kind) {
  mps_addr_t p;
  table_s *table;
  do {
    REQUIRE(mps_reserve(&p, ap, size_for(length)) == MPS_RES_OK);
    table = (table_s *)p;
    table->length = length << 1 | 1;
    table->kind = kind;
    table->dependent = NULL;
    memset(table->words, 0, length * sizeof(mps_addr_t));
  } while (!mps_commit(ap, p, size_for(length)));
  return table;
}

static table_s *keys_of(size_t k) { return (table_s *)tables[k / LENGTH * 3]; }
static table_s *values_of(size_t k) {
  return (table_s *)tables[k / LENGTH * 3 + 1];
}
static table_s *pairs_of(size_t k) {
  return (table_s *)tables[k / LENGTH * 3 + 2];
}

/* ---- Steps ---- */

static void hold(mps_ap_t ap, size_t k) {
  size_t at = k % LENGTH;
  object_t key = make_integer(ap, ++versions[k]);
  strong->vector.element[k] = key;
  keys_of(k)->words[at] = key;
  values_of(k)->words[at] = make_integer(ap, versions[k]);
  key = strong->vector.element[k];
  pairs_of(k)->words[LENGTH + at] = make_pair(ap, NULL, key);
  pairs_of(k)->words[at] = strong->vector.element[k];
  weak_roots[k % WEAK_ROOTS] = strong->vector.element[k];
  is_held[k] = 1;
}

static void let_go(size_t k) {
  strong->vector.element[k] = NULL;
  is_held[k] = 0;
}

/* From a weak table or from an ephemeron's value; then nothing else is left. */
static void hold_again(size_t k, int from_pair) {
  size_t at = k % LENGTH;
  object_t key = (object_t)keys_of(k)->words[at];
  object_t value = (object_t)values_of(k)->words[at];
  if (from_pair) {
    object_t pair = (object_t)pairs_of(k)->words[LENGTH + at];
    REQUIRE((pair == NULL) == (pairs_of(k)->words[at] == NULL));
    key = pair == NULL ? NULL : pair->pair.tail;
  }
  if (key == NULL)
    return;
  REQUIRE(key->type == INTEGER && key->integer.value == versions[k]);
  strong->vector.element[k] = key;
  if (!from_pair) {
    REQUIRE(value->type == INTEGER && value->integer.value == versions[k]);
    is_held[k] = 1;
    return;
  }
  /* The weak table may have lost it already, if it was read first. */
  keys_of(k)->words[at] = key;
  values_of(k)->words[at] = value != NULL ? (mps_addr_t)value : NULL;
  is_held[k] = value != NULL;
  if (value == NULL)
    strong->vector.element[k] = NULL;
}

static void check(size_t k) {
  size_t at = k % LENGTH;
  object_t key = strong->vector.element[k], value, pair;
  if (!is_held[k])
    return;
  value = (object_t)values_of(k)->words[at];
  pair = (object_t)pairs_of(k)->words[LENGTH + at];
  REQUIRE(key->type == INTEGER && key->integer.value == versions[k]);
  REQUIRE(keys_of(k)->words[at] == key && pairs_of(k)->words[at] == key);
  REQUIRE(value->type == INTEGER && value->integer.value == versions[k]);
  REQUIRE(pair->type == PAIR && pair->pair.tail == key);
}

static void run(mps_arena_t arena, mps_ap_t ap) {
  size_t i, k, left = 0;
  for (i = 0; i < step_count; ++i) {
    unsigned what = random_below(16);
    k = random_below((unsigned)key_count);
    if (what < 4)
      hold(ap, k);
    else if (what < 7 && is_held[k])
      let_go(k);
    else if (what == 7 && i % 64 == 7)
      hold_again(k, random_below(2) != 0);
    else
      make_pair(ap, NULL, NULL);
    if (i % 16 == 0) {
      object_t key = (object_t)weak_roots[random_below(WEAK_ROOTS)];
      REQUIRE(key == NULL || key->type == INTEGER);
    }
    if (i % (step_count / 4) == step_count / 8)
      REQUIRE(mps_arena_start_collect(arena) == MPS_RES_OK);
  }
  for (k = 0; k < key_count; ++k)
    check(k);
  REQUIRE(mps_arena_collect(arena) == MPS_RES_OK);
  mps_arena_release(arena);
  for (k = 0; k < key_count; ++k) {
    check(k);
    if (!is_held[k])
      left += keys_of(k)->words[k % LENGTH] != NULL ||
              pairs_of(k)->words[k % LENGTH] != NULL;
  }
  REQUIRE(left <= SLACK);
}

/* ---- Setting up ---- */

static void make_pool(mps_pool_t *pool, heap_s *heap, mps_fmt_t fmt,
                      mps_pool_class_t cls) {
  MPS_ARGS_BEGIN(args) {
    MPS_ARGS_ADD(args, MPS_KEY_FORMAT, fmt);
    MPS_ARGS_ADD(args, MPS_KEY_CHAIN, heap->chain);
    MPS_ARGS_ADD(args, MPS_KEY_AWL_FIND_DEPENDENT, dependent_of);
    REQUIRE(mps_pool_create_k(pool, heap->arena, cls, args) == MPS_RES_OK);
  }
  MPS_ARGS_END(args);
}

static void make_point(mps_ap_t *ap, mps_pool_t pool, mps_rank_t rank) {
  MPS_ARGS_BEGIN(args) {
    MPS_ARGS_ADD(args, MPS_KEY_RANK, rank);
    REQUIRE(mps_ap_create_k(ap, pool, args) == MPS_RES_OK);
  }
  MPS_ARGS_END(args);
}

static void make_all(mps_ap_t ap, mps_ap_t weak, mps_ap_t exact,
                     mps_ap_t pair) {
  size_t i;
  strong = make_vector(ap, key_count, NULL);
  for (i = 0; i < key_count / LENGTH; ++i) {
    tables[3 * i] = make_table(weak, LENGTH, PLAIN);
    tables[3 * i + 1] = make_table(exact, LENGTH, PLAIN);
    tables[3 * i + 2] = make_table(pair, 2 * LENGTH, PAIRS);
    ((table_s *)tables[3 * i])->dependent = (table_s *)tables[3 * i + 1];
    ((table_s *)tables[3 * i + 1])->dependent = (table_s *)tables[3 * i];
  }
  for (i = 0; i < other_count; ++i)
    others = make_pair(ap, NULL, others);
  for (i = 0; i < key_count; ++i)
    hold(ap, i);
}

static void run_in(heap_s *heap, mps_pool_t awl, mps_pool_t ephemerons) {
  mps_root_t roots[4];
  mps_ap_t ap, weak, exact, pair;
  size_t i, table_count = 3 * (key_count / LENGTH);
  versions = calloc(key_count, sizeof *versions);
  is_held = calloc(key_count, 1);
  tables = calloc(table_count, sizeof *tables);
  REQUIRE(versions != NULL && is_held != NULL && tables != NULL);
  REQUIRE(mps_root_create_table(&roots[0], heap->arena, mps_rank_exact(), 0,
                                tables, table_count) == MPS_RES_OK);
  REQUIRE(mps_root_create_table(&roots[1], heap->arena, mps_rank_exact(), 0,
                                (mps_addr_t *)&strong, 1) == MPS_RES_OK);
  REQUIRE(mps_root_create_table(&roots[2], heap->arena, mps_rank_exact(), 0,
                                (mps_addr_t *)&others, 1) == MPS_RES_OK);
  REQUIRE(mps_root_create_table(&roots[3], heap->arena, mps_rank_weak(), 0,
                                weak_roots, WEAK_ROOTS) == MPS_RES_OK);
  REQUIRE(mps_ap_create_k(&ap, heap->pool, mps_args_none) == MPS_RES_OK);
  make_point(&weak, awl, mps_rank_weak());
  make_point(&exact, awl, mps_rank_exact());
  make_point(&pair, ephemerons, mps_rank_ephemeron());
  make_all(ap, weak, exact, pair);
  run(heap->arena, ap);
  mps_arena_park(heap->arena);
  mps_ap_destroy(ap);
  mps_ap_destroy(weak);
  mps_ap_destroy(exact);
  mps_ap_destroy(pair);
  for (i = 0; i < 4; ++i)
    mps_root_destroy(roots[i]);
  free(versions);
  free(is_held);
  free(tables);
}

int main(int argc, char *argv[]) {
  heap_s heap;
  mps_thr_t thread;
  mps_root_t stack;
  mps_fmt_t fmt;
  mps_pool_t awl, ephemerons;
  double milliseconds = argc > 3 ? atof(argv[3]) : 1.0;
  void *cold = &cold;

  if (argc > 1)
    key_count = strtoul(argv[1], NULL, 10) / LENGTH * LENGTH;
  if (argc > 2)
    other_count = strtoul(argv[2], NULL, 10);
  if (argc > 4)
    step_count = strtoul(argv[4], NULL, 10);
  heap_create(&heap, 256ul << 20, 1024);
  mps_arena_pause_time_set(heap.arena, milliseconds / 1000);
  REQUIRE(mps_thread_reg(&thread, heap.arena) == MPS_RES_OK);
  REQUIRE(mps_root_create_thread(&stack, heap.arena, thread, cold) ==
          MPS_RES_OK);
  MPS_ARGS_BEGIN(args) {
    MPS_ARGS_ADD(args, MPS_KEY_FMT_SCAN, scan_tables);
    MPS_ARGS_ADD(args, MPS_KEY_FMT_SKIP, skip_table);
    REQUIRE(mps_fmt_create_k(&fmt, heap.arena, args) == MPS_RES_OK);
  }
  MPS_ARGS_END(args);
  make_pool(&awl, &heap, fmt, mps_class_awl());
  make_pool(&ephemerons, &heap, fmt, mps_class_ephemeron());
  run_in(&heap, awl, ephemerons);
  mps_root_destroy(stack);
  mps_pool_destroy(awl);
  mps_pool_destroy(ephemerons);
  mps_fmt_destroy(fmt);
  mps_thread_dereg(thread);
  heap_destroy(&heap);
  return 0;
}
