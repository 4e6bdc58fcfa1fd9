/* A small object format, as a client of the C interface writes one.
 *
 * Four kinds of object, told by their first word: pairs, integers, vectors, and
 * what the collector makes: forwarding markers, and padding of one word or
 * more. No headers; everything is aligned to a word.
 *
 * Also the constructors, which loop over reserve and commit. C90.
 */
#ifndef MPS_TEST_LISP_FORMAT_H
#define MPS_TEST_LISP_FORMAT_H

#include "mps.h"

typedef union object_u *object_t;

enum { PAIR = 1, INTEGER, VECTOR, FORWARD, PADDING, PADDING_WORD };

typedef struct pair_s {
  mps_word_t type;
  object_t head, tail;
} pair_s;

typedef struct integer_s {
  mps_word_t type;
  mps_word_t value;
} integer_s;

typedef struct vector_s {
  mps_word_t type;
  mps_word_t length;
  object_t element[1]; /* length of them. */
} vector_s;

typedef struct forward_s {
  mps_word_t type;
  object_t to;
  mps_word_t size; /* Not in a marker that replaced an integer. */
} forward_s;

typedef union object_u {
  mps_word_t type;
  pair_s pair;
  integer_s integer;
  vector_s vector;
  forward_s forward;
} object_u;

#define WORD sizeof(mps_word_t)
/* A marker of two words only says so in its type word. */
#define FORWARD_SHORT (FORWARD | 0x100)

static size_t vector_size(mps_word_t length) {
  return (2 + (length == 0 ? 1 : length)) * WORD;
}

static mps_addr_t lisp_skip(mps_addr_t p) {
  object_t object = (object_t)p;
  size_t size;
  switch (object->type) {
  case PAIR:
    size = sizeof(pair_s);
    break;
  case INTEGER:
  case FORWARD_SHORT:
    size = sizeof(integer_s);
    break;
  case VECTOR:
    size = vector_size(object->vector.length);
    break;
  case FORWARD:
    size = object->forward.size;
    break;
  case PADDING:
    size = object->vector.length;
    break;
  default: /* PADDING_WORD */
    size = WORD;
    break;
  }
  return (char *)p + size;
}

static mps_res_t lisp_scan_object(mps_ss_t ss, object_t object) {
  MPS_SCAN_BEGIN(ss) {
    mps_word_t i, count = 0;
    object_t *slot = 0;
    if (object->type == PAIR) {
      slot = &object->pair.head;
      count = 2;
    } else if (object->type == VECTOR) {
      slot = object->vector.element;
      count = object->vector.length;
    }
    for (i = 0; i < count; ++i) {
      mps_addr_t reference = slot[i];
      mps_res_t res = MPS_FIX12(ss, &reference);
      if (res != MPS_RES_OK)
        return res;
      slot[i] = (object_t)reference;
    }
  }
  MPS_SCAN_END(ss);
  return MPS_RES_OK;
}

static mps_res_t lisp_scan(mps_ss_t ss, mps_addr_t base, mps_addr_t limit) {
  while (base < limit) {
    mps_res_t res = lisp_scan_object(ss, (object_t)base);
    if (res != MPS_RES_OK)
      return res;
    base = lisp_skip(base);
  }
  return MPS_RES_OK;
}

static void lisp_fwd(mps_addr_t old, mps_addr_t to) {
  object_t object = (object_t)old;
  size_t size = (size_t)((char *)lisp_skip(old) - (char *)old);
  object->forward.type = size == 2 * WORD ? FORWARD_SHORT : FORWARD;
  object->forward.to = (object_t)to;
  if (size > 2 * WORD)
    object->forward.size = size;
}

static mps_addr_t lisp_isfwd(mps_addr_t p) {
  object_t object = (object_t)p;
  return object->type == FORWARD || object->type == FORWARD_SHORT
             ? (mps_addr_t)object->forward.to
             : NULL;
}

static void lisp_pad(mps_addr_t p, size_t size) {
  object_t object = (object_t)p;
  object->type = size == WORD ? PADDING_WORD : PADDING;
  if (size > WORD)
    object->vector.length = size;
}

static mps_res_t lisp_format(mps_fmt_t *fmt_o, mps_arena_t arena) {
  mps_res_t res;
  MPS_ARGS_BEGIN(args) {
    MPS_ARGS_ADD(args, MPS_KEY_FMT_ALIGN, WORD);
    MPS_ARGS_ADD(args, MPS_KEY_FMT_SCAN, lisp_scan);
    MPS_ARGS_ADD(args, MPS_KEY_FMT_SKIP, lisp_skip);
    MPS_ARGS_ADD(args, MPS_KEY_FMT_FWD, lisp_fwd);
    MPS_ARGS_ADD(args, MPS_KEY_FMT_ISFWD, lisp_isfwd);
    MPS_ARGS_ADD(args, MPS_KEY_FMT_PAD, lisp_pad);
    res = mps_fmt_create_k(fmt_o, arena, args);
  }
  MPS_ARGS_END(args);
  return res;
}

/* ---- Constructors: NULL if memory ran out ---- */

static object_t make_pair(mps_ap_t ap, object_t head, object_t tail) {
  mps_addr_t p;
  do {
    object_t object;
    if (mps_reserve(&p, ap, sizeof(pair_s)) != MPS_RES_OK)
      return NULL;
    object = (object_t)p;
    object->pair.type = PAIR;
    object->pair.head = head;
    object->pair.tail = tail;
  } while (!mps_commit(ap, p, sizeof(pair_s)));
  return (object_t)p;
}

static object_t make_integer(mps_ap_t ap, mps_word_t value) {
  mps_addr_t p;
  do {
    object_t object;
    if (mps_reserve(&p, ap, sizeof(integer_s)) != MPS_RES_OK)
      return NULL;
    object = (object_t)p;
    object->integer.type = INTEGER;
    object->integer.value = value;
  } while (!mps_commit(ap, p, sizeof(integer_s)));
  return (object_t)p;
}

static object_t make_vector(mps_ap_t ap, mps_word_t length, object_t fill) {
  mps_addr_t p;
  size_t size = vector_size(length);
  do {
    object_t object;
    mps_word_t i;
    if (mps_reserve(&p, ap, size) != MPS_RES_OK)
      return NULL;
    object = (object_t)p;
    object->vector.type = VECTOR;
    object->vector.length = length;
    for (i = 0; i < length; ++i)
      object->vector.element[i] = fill;
  } while (!mps_commit(ap, p, size));
  return (object_t)p;
}

#endif
