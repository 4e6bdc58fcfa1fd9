// Keyword arguments: the keys, and how a list is built and read.
#include "api/arguments.h"

// ---- The keys, in the order of the headers that declare them ----

const mps_key_s _mps_key_args_end = {"MPS_KEY_ARGS_END"};

const mps_key_s _mps_key_arena_size = {"MPS_KEY_ARENA_SIZE"};
const mps_key_s _mps_key_arena_grain_size = {"MPS_KEY_ARENA_GRAIN_SIZE"};
const mps_key_s _mps_key_arena_zoned = {"MPS_KEY_ARENA_ZONED"};
const mps_key_s _mps_key_arena_extended = {"MPS_KEY_ARENA_EXTENDED"};
const mps_key_s _mps_key_arena_contracted = {"MPS_KEY_ARENA_CONTRACTED"};
const mps_key_s _mps_key_commit_limit = {"MPS_KEY_COMMIT_LIMIT"};
const mps_key_s _mps_key_spare = {"MPS_KEY_SPARE"};
const mps_key_s _mps_key_spare_commit_limit = {"MPS_KEY_SPARE_COMMIT_LIMIT"};
const mps_key_s _mps_key_pause_time = {"MPS_KEY_PAUSE_TIME"};
const mps_key_s _mps_key_collector_threads = {"MPS_KEY_COLLECTOR_THREADS"};
const mps_key_s _mps_key_vmw3_top_down = {"MPS_KEY_VMW3_TOP_DOWN"};

const mps_key_s _mps_key_format = {"MPS_KEY_FORMAT"};
const mps_key_s _mps_key_chain = {"MPS_KEY_CHAIN"};
const mps_key_s _mps_key_interior = {"MPS_KEY_INTERIOR"};
const mps_key_s _mps_key_extend_by = {"MPS_KEY_EXTEND_BY"};
const mps_key_s _mps_key_large_size = {"MPS_KEY_LARGE_SIZE"};

const mps_key_s _mps_key_gen = {"MPS_KEY_GEN"};
const mps_key_s _mps_key_rank = {"MPS_KEY_RANK"};
const mps_key_s _mps_key_awl_find_dependent = {"MPS_KEY_AWL_FIND_DEPENDENT"};

const mps_key_s _mps_key_fmt_align = {"MPS_KEY_FMT_ALIGN"};
const mps_key_s _mps_key_fmt_header_size = {"MPS_KEY_FMT_HEADER_SIZE"};
const mps_key_s _mps_key_fmt_scan = {"MPS_KEY_FMT_SCAN"};
const mps_key_s _mps_key_fmt_skip = {"MPS_KEY_FMT_SKIP"};
const mps_key_s _mps_key_fmt_fwd = {"MPS_KEY_FMT_FWD"};
const mps_key_s _mps_key_fmt_isfwd = {"MPS_KEY_FMT_ISFWD"};
const mps_key_s _mps_key_fmt_pad = {"MPS_KEY_FMT_PAD"};
const mps_key_s _mps_key_fmt_class = {"MPS_KEY_FMT_CLASS"};

const mps_key_s _mps_key_ap_hash_arrays = {"MPS_KEY_AP_HASH_ARRAYS"};

mps_arg_s mps_args_none[] = {{MPS_KEY_ARGS_END, {0}}};

// ---- Building ----

void _mps_args_set_key(mps_arg_s args[], unsigned i, mps_key_t key) {
  if (mps::assertClient(i < MPS_ARGS_MAX, "too many keyword arguments"))
    args[i].key = key;
}

// ---- Reading ----

namespace mps {

namespace {
mps_arg_s nothing[] = {{MPS_KEY_ARGS_END, {0}}};
} // namespace

Arguments::Arguments(mps_arg_s *list) : list_(list) {
  if (!assertClient(list != nullptr, "no list of keyword arguments"))
    list_ = nothing;
}

mps_arg_s *Arguments::find(mps_key_t key) const {
  for (mps_arg_s *each = list_; each->key != MPS_KEY_ARGS_END; ++each)
    if (each->key == key)
      return each;
  return nullptr;
}

void Arguments::remove(mps_arg_s *argument) {
  do {
    argument[0] = argument[1];
    ++argument;
  } while (argument[-1].key != MPS_KEY_ARGS_END);
}

} // namespace mps
