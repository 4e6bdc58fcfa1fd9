/* RUN: %clang -std=c90 -pedantic -Wall -Wextra -Wconversion -Werror \
 * RUN:   -Wno-unused-parameter -O2 -I%mps-include -c %s -o %t.o
 * RUN: gcc -std=c90 -pedantic -Wall -Wextra -Werror \
 * RUN:   -Wno-unused-parameter -O2 -I%mps-include -c %s -o %t.o
 * RUN: %clangxx -x c++ -std=c++17 -pedantic -Wall -Wextra -Werror \
 * RUN:   -Wno-unused-parameter -O2 -I%mps-include -c %s -o %t.o
 * RUN: g++ -x c++ -std=c++17 -pedantic -Wall -Wextra -Werror \
 * RUN:   -Wno-unused-parameter -O2 -I%mps-include -c %s -o %t.o
 *
 * The headers, in any order, and every macro in use, are C90 and C++17 without
 * a warning.
 */
#include "mps.h"
#include "mpsavm.h"
#include "mpscamc.h"
#include "mpscawl.h"
#include "mpsceph.h"
#include "mpslib.h"
#include "mpstd.h"

typedef struct cell_s {
  mps_word_t tag;
  mps_addr_t reference;
} cell_s;

mps_res_t scan_cells(mps_ss_t ss, mps_addr_t base, mps_addr_t limit);
mps_res_t make_format(mps_fmt_t *fmt_o, mps_arena_t arena);
mps_res_t make_cell(mps_addr_t *p_o, mps_ap_t ap);
mps_res_t call_functions(mps_addr_t *p_o, mps_ap_t ap);
int fail(void);

mps_res_t scan_cells(mps_ss_t ss, mps_addr_t base, mps_addr_t limit) {
  MPS_SCAN_BEGIN(ss) {
    cell_s *cell = (cell_s *)base;
    for (; (mps_addr_t)cell < limit; ++cell) {
      mps_res_t res;
      if (MPS_FIX1(ss, cell->reference)) {
        mps_addr_t reference = cell->reference;
        res = MPS_FIX2(ss, &reference);
        if (res != MPS_RES_OK)
          return res;
        cell->reference = reference;
      }
      res = MPS_FIX12(ss, &cell->reference);
      if (res != MPS_RES_OK)
        return res;
      res = MPS_FIX(ss, &cell->reference);
      if (res != MPS_RES_OK)
        return res;
      MPS_FIX_CALL(ss, res = mps_scan_area(ss, cell, cell + 1, NULL));
      if (res != MPS_RES_OK)
        return res;
    }
  }
  MPS_SCAN_END(ss);
  return MPS_RES_OK;
}

mps_res_t make_format(mps_fmt_t *fmt_o, mps_arena_t arena) {
  static mps_arg_s constant[] = {{MPS_KEY_ARGS_END, {0}}};
  mps_res_t res;
  MPS_ARGS_BEGIN(args) {
    MPS_ARGS_ADD(args, MPS_KEY_FMT_SCAN, scan_cells);
    MPS_ARGS_ADD(args, MPS_KEY_FMT_ALIGN, MPS_PF_ALIGN);
    MPS_ARGS_BEGIN(nested) {
      MPS_ARGS_ADD_FIELD(nested, MPS_KEY_SPARE, d, 0.5);
      MPS_ARGS_DONE(nested);
    }
    MPS_ARGS_END(nested);
    res = mps_fmt_create_k(fmt_o, arena, args);
  }
  MPS_ARGS_END(args);
  if (res != MPS_RES_OK)
    res = mps_fmt_create_k(fmt_o, arena, constant);
  return res;
}

mps_res_t make_cell(mps_addr_t *p_o, mps_ap_t ap) {
  mps_addr_t p;
  mps_res_t res;
  do {
    MPS_RESERVE_BLOCK(res, p, ap, sizeof(cell_s));
    if (res != MPS_RES_OK)
      return res;
    if (!mps_commit(ap, p, sizeof(cell_s)))
      continue;
    res = mps_reserve(&p, ap, sizeof(cell_s));
    if (res != MPS_RES_OK)
      return res;
  } while (!mps_commit(ap, p, sizeof(cell_s)));
  *p_o = p;
  return MPS_RES_OK;
}

mps_res_t call_functions(mps_addr_t *p_o, mps_ap_t ap) {
  mps_frame_t frame;
  mps_res_t res = (mps_reserve)(p_o, ap, sizeof(cell_s));
  if (res == MPS_RES_OK && !(mps_commit)(ap, *p_o, sizeof(cell_s)))
    return MPS_RES_FAIL;
  res = (mps_ap_frame_push)(&frame, ap);
  return res == MPS_RES_OK ? mps_ap_frame_pop(ap, frame) : res;
}

int fail(void) {
  return mps_lib_fputs("failed\n", mps_lib_stderr) == mps_lib_EOF;
}
