/* RUN: %clang -O2 -Wall -Wno-unused-function -Werror -I%mps-include \
 * RUN:   -I%source/test/support %s %mps-lib -lpthread -o %t
 * RUN: %t
 * RUN: %not --crash %t crash
 *
 * A program has a handler of its own for faults, on pages of its own: one that
 * was there before the first pool, and one that comes later and passes on what
 * it does not know. Both get their faults, and old objects can be stored to all
 * the time. Without any of them a fault ends the program as ever.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lisp_heap.h"

enum { LENGTH = 30000, ROUNDS = 50 };

static object_t list; /* An exact root. */
static char *early_page, *late_page;
static volatile int early_faults, late_faults;
static struct sigaction found;

static void open_page(char *page) {
  mprotect(page, 4096, PROT_READ | PROT_WRITE);
}

static void early(int signal, siginfo_t *info, void *context) {
  (void)signal, (void)context;
  if ((char *)info->si_addr != early_page)
    _exit(3);
  ++early_faults;
  open_page(early_page);
}

static void late(int signal, siginfo_t *info, void *context) {
  if ((char *)info->si_addr != late_page) {
    found.sa_sigaction(signal, info, context);
    return;
  }
  ++late_faults;
  open_page(late_page);
}

static void install(void (*handler)(int, siginfo_t *, void *),
                    struct sigaction *before) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = handler;
  action.sa_flags = SA_SIGINFO;
  sigemptyset(&action.sa_mask);
  REQUIRE(sigaction(SIGSEGV, &action, before) == 0);
}

static char *closed_page(void) {
  char *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  REQUIRE(page != MAP_FAILED);
  return page;
}

static void fault(char *page) {
  mprotect(page, 4096, PROT_READ);
  *(volatile char *)page = 1;
}

static void store_into_old(mps_arena_t arena, mps_ap_t ap) {
  mps_word_t i;
  object_t each = list;
  REQUIRE(mps_arena_collect(arena) == MPS_RES_OK);
  REQUIRE(mps_arena_collect(arena) == MPS_RES_OK);
  mps_arena_release(arena);
  each = list;
  for (i = 0; i < LENGTH; i += 100) {
    int j;
    object_t integer = make_integer(ap, i);
    REQUIRE(integer != NULL);
    each->pair.head = integer;
    for (j = 0; j < 100; ++j)
      each = each->pair.tail;
  }
}

static void check(void) {
  mps_word_t i;
  object_t each = list;
  for (i = 0; i < LENGTH; ++i, each = each->pair.tail)
    if (i % 100 == 0)
      REQUIRE(each->pair.head->integer.value == i);
}

int main(int argc, char **argv) {
  heap_s heap;
  mps_thr_t thread;
  mps_root_t stack, root;
  mps_ap_t ap;
  void *cold = &cold;
  int i;

  early_page = closed_page();
  late_page = closed_page();
  if (argc == 1)
    install(early, NULL);
  heap_create(&heap, 64 << 20, 256);
  REQUIRE(mps_thread_reg(&thread, heap.arena) == MPS_RES_OK);
  REQUIRE(mps_root_create_thread(&stack, heap.arena, thread, cold) ==
          MPS_RES_OK);
  REQUIRE(mps_root_create_area(&root, heap.arena, mps_rank_exact(), 0, &list,
                               &list + 1, mps_scan_area, NULL) == MPS_RES_OK);
  REQUIRE(mps_ap_create_k(&ap, heap.pool, mps_args_none) == MPS_RES_OK);
  for (i = 0; i < LENGTH; ++i)
    list = make_pair(ap, NULL, list);

  store_into_old(heap.arena, ap);
  check();
  if (argc > 1) {
    *(volatile char *)early_page = 1;
    return 0;
  }
  fault(early_page);
  REQUIRE(early_faults == 1);
  install(late, &found);
  for (i = 0; i < ROUNDS; ++i) {
    store_into_old(heap.arena, ap);
    fault(late_page);
    check();
  }
  fault(early_page);
  REQUIRE(early_faults == 2 && late_faults == ROUNDS);

  mps_arena_park(heap.arena);
  mps_ap_destroy(ap);
  mps_root_destroy(root);
  mps_root_destroy(stack);
  mps_thread_dereg(thread);
  heap_destroy(&heap);
  return 0;
}
