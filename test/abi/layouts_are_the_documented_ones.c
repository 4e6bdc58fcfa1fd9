/* RUN: %clang -std=c11 -Wall -Werror -I%mps-include -fsyntax-only %s
 *
 * What compiled clients have in them: sizes, orders, values.
 */
#include <assert.h>
#include <stddef.h>

#include "mps.h"
#include "mpstd.h"

#define SAME_TYPE(type, alias) _Generic((alias)0, type: 1, default: 0)

static_assert(SAME_TYPE(void *, mps_addr_t), "");
static_assert(SAME_TYPE(size_t, mps_align_t), "");
static_assert(SAME_TYPE(int, mps_bool_t), "");
static_assert(SAME_TYPE(int, mps_res_t), "");
static_assert(SAME_TYPE(unsigned long, mps_word_t), "");
static_assert(SAME_TYPE(mps_word_t, mps_clock_t), "");
static_assert(SAME_TYPE(mps_word_t, mps_label_t), "");
static_assert(SAME_TYPE(unsigned, mps_rank_t), "");
static_assert(SAME_TYPE(unsigned, mps_rm_t), "");
static_assert(SAME_TYPE(mps_pool_class_t, mps_class_t), "");
static_assert(sizeof(mps_word_t) == sizeof(void *), "");
static_assert(sizeof(MPS_T_WORD) * CHAR_BIT == MPS_WORD_WIDTH, "");
static_assert(1 << MPS_WORD_SHIFT == MPS_WORD_WIDTH, "");

static_assert(MPS_RES_OK == 0 && MPS_RES_FAIL == 1 && MPS_RES_RESOURCE == 2 &&
                  MPS_RES_MEMORY == 3 && MPS_RES_LIMIT == 4 &&
                  MPS_RES_UNIMPL == 5 && MPS_RES_IO == 6 &&
                  MPS_RES_COMMIT_LIMIT == 7 && MPS_RES_PARAM == 8,
              "");

static_assert(offsetof(mps_ap_s, init) == 0, "");
static_assert(offsetof(mps_ap_s, alloc) == sizeof(void *), "");
static_assert(offsetof(mps_ap_s, limit) == 2 * sizeof(void *), "");

static_assert(offsetof(mps_ss_s, _zs) == 0, "");
static_assert(offsetof(mps_ss_s, _w) == sizeof(mps_word_t), "");
static_assert(offsetof(mps_ss_s, _ufs) == 2 * sizeof(mps_word_t), "");

static_assert(sizeof(mps_ld_s) == 2 * sizeof(mps_word_t), "");
static_assert(offsetof(mps_scan_tag_s, mask) == 0, "");
static_assert(offsetof(mps_scan_tag_s, pattern) == sizeof(mps_word_t), "");
static_assert(offsetof(mps_gen_param_s, mps_capacity) == 0, "");
static_assert(offsetof(mps_gen_param_s, mps_mortality) == sizeof(size_t), "");

static_assert(offsetof(mps_arg_s, key) == 0, "");
static_assert(offsetof(mps_arg_s, val) == sizeof(void *), "");
static_assert(sizeof(mps_arg_s) == 2 * sizeof(void *), "");
static_assert(MPS_ARGS_MAX == 32, "");

/* Brace initialisation fills the union's first member. */
mps_arg_s first_member_is_b[] = {{MPS_KEY_SPARE, {.b = 1}},
                                 {MPS_KEY_ARGS_END, {0}}};

/* Orders of the deprecated format structures. */
static_assert(offsetof(mps_fmt_A_s, skip) < offsetof(mps_fmt_A_s, copy), "");
static_assert(offsetof(mps_fmt_A_s, copy) < offsetof(mps_fmt_A_s, fwd), "");
static_assert(sizeof(mps_fmt_B_s) == sizeof(mps_fmt_A_s) + sizeof(void *), "");
static_assert(offsetof(mps_fmt_B_s, mps_class) == sizeof(mps_fmt_A_s), "");
static_assert(offsetof(mps_fmt_auto_header_s, mps_headerSize) ==
                  sizeof(mps_fmt_auto_header_s) - sizeof(size_t),
              "");
static_assert(sizeof(mps_fmt_fixed_s) == 5 * sizeof(void *), "");
