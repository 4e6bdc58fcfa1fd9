/* Keyword arguments.
 *
 * 1. A list is an array of key and value, ended by MPS_KEY_ARGS_END, of at most
 *    MPS_ARGS_MAX elements with that one.
 * 2. The caller fills it, by hand or with the macros:
 *
 *      MPS_ARGS_BEGIN(args) {
 *        MPS_ARGS_ADD(args, MPS_KEY_FORMAT, fmt);
 *        res = mps_pool_create_k(&pool, arena, mps_class_amc(), args);
 *      } MPS_ARGS_END(args);
 *
 * 3. The function removes what it uses, also when it fails. What is left is
 *    unused, in its order.
 *
 * For a key MPS_KEY_X, MPS_KEY_X_FIELD is the member of the union that holds
 * its value. Keys are declared beside what takes them.
 */
#ifndef MPS_INTERFACE_ARGUMENTS_H
#define MPS_INTERFACE_ARGUMENTS_H

#include "mps/interface/types.h"

MPS_C_BEGIN

#define MPS_ARGS_MAX 32

typedef struct mps_arg_s {
  mps_key_t key;
  union {
    mps_bool_t b;
    char c;
    const char *string;
    int i;
    unsigned u;
    long l;
    unsigned long ul;
    float f;
    double d;
    size_t size;
    mps_fun_t fun;
    mps_addr_t addr;
    mps_fmt_t format;
    mps_chain_t chain;
    struct mps_pool_debug_option_s *pool_debug_options;
    mps_addr_t (*addr_method)(mps_addr_t);
    mps_align_t align;
    mps_word_t count;
    void *p;
    mps_rank_t rank;
    mps_fmt_scan_t fmt_scan;
    mps_fmt_skip_t fmt_skip;
    mps_fmt_fwd_t fmt_fwd;
    mps_fmt_isfwd_t fmt_isfwd;
    mps_fmt_pad_t fmt_pad;
    mps_fmt_class_t fmt_class;
    mps_pool_t pool;
  } val;
} mps_arg_s;

/* The list without arguments. */
extern mps_arg_s mps_args_none[];

extern const struct mps_key_s _mps_key_args_end;
#define MPS_KEY_ARGS_END (&_mps_key_args_end)

/* For the macros: stores key in args[i]. Asserts unless i < MPS_ARGS_MAX. */
extern void _mps_args_set_key(mps_arg_s args[], unsigned i, mps_key_t key);

#define MPS_ARGS_BEGIN(_mps_list)                                              \
  MPS_BEGIN                                                                    \
  mps_arg_s _mps_list[MPS_ARGS_MAX];                                           \
  unsigned _mps_list##_mps_count = 0;                                          \
  _mps_args_set_key(_mps_list, _mps_list##_mps_count, MPS_KEY_ARGS_END);       \
  MPS_BEGIN

#define MPS_ARGS_ADD_FIELD(_mps_list, _mps_key, _mps_field, _mps_value)        \
  MPS_BEGIN                                                                    \
  _mps_args_set_key(_mps_list, _mps_list##_mps_count, (_mps_key));             \
  _mps_list[_mps_list##_mps_count].val._mps_field = (_mps_value);              \
  ++_mps_list##_mps_count;                                                     \
  _mps_args_set_key(_mps_list, _mps_list##_mps_count, MPS_KEY_ARGS_END);       \
  MPS_END

#define MPS_ARGS_ADD(_mps_list, _mps_key, _mps_value)                          \
  MPS_ARGS_ADD_FIELD(_mps_list, _mps_key, _mps_key##_FIELD, _mps_value)

/* Deprecated: nothing may be added after it. */
#define MPS_ARGS_DONE(_mps_list)                                               \
  MPS_BEGIN                                                                    \
  _mps_args_set_key(_mps_list, _mps_list##_mps_count, MPS_KEY_ARGS_END);       \
  _mps_list##_mps_count = MPS_ARGS_MAX;                                        \
  MPS_END

#define MPS_ARGS_END(_mps_list)                                                \
  MPS_END;                                                                     \
  MPS_END

MPS_C_END

#endif
