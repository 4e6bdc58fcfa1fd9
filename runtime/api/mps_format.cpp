// Object formats of the C interface.
//
// A format is the client's functions, copied. Whether they are enough is for
// the pool class to say (mps_pool.cpp).
#include "api/arguments.h"
#include "api/pool_handle.h"

using namespace mps;

// A scan function gets the head of our scan state.
static_assert(offsetof(mps_ss_s, _zs) == offsetof(ScanState, least));
static_assert(offsetof(mps_ss_s, _w) == offsetof(ScanState, size));
static_assert(offsetof(mps_ss_s, _ufs) == offsetof(ScanState, met));

namespace {

mps_res_t create(mps_fmt_t *formatOut, mps_arena_t arena,
                 const ClientMethods &methods, mps_fmt_class_t classOf) {
  if (!isGiven(formatOut) || !isGiven(arena) ||
      !assertClient(isPowerOfTwo(methods.alignment),
                    "a format's alignment is not a power of two") ||
      !assertClient(methods.alignment <= arena->arena().grainSize(),
                    "a format's alignment is above the arena's grain size"))
    return MPS_RES_PARAM;
  platform::Locked locked(arena->lock());
  auto *format = arena->arena().control().make<mps_fmt_s>();
  if (format == nullptr)
    return MPS_RES_MEMORY;
  format->arena = arena;
  format->methods = methods;
  format->classOf = classOf;
  ++arena->formats;
  *formatOut = format;
  return MPS_RES_OK;
}

} // namespace

mps_res_t mps_fmt_create_k(mps_fmt_t *fmt_o, mps_arena_t arena,
                           mps_arg_s args[]) {
  Arguments arguments(args);
  using Value = ArgumentValue;
  ClientMethods methods;
  methods.alignment = arguments.take(MPS_KEY_FMT_ALIGN, &Value::align,
                                     mps_align_t(MPS_PF_ALIGN));
  methods.headerSize =
      arguments.take(MPS_KEY_FMT_HEADER_SIZE, &Value::size, size_t(0));
  methods.scan = arguments.take(MPS_KEY_FMT_SCAN, &Value::fmt_scan,
                                mps_fmt_scan_t(nullptr));
  methods.skip = arguments.take(MPS_KEY_FMT_SKIP, &Value::fmt_skip,
                                mps_fmt_skip_t(nullptr));
  methods.forward =
      arguments.take(MPS_KEY_FMT_FWD, &Value::fmt_fwd, mps_fmt_fwd_t(nullptr));
  methods.forwarded = arguments.take(MPS_KEY_FMT_ISFWD, &Value::fmt_isfwd,
                                     mps_fmt_isfwd_t(nullptr));
  methods.pad =
      arguments.take(MPS_KEY_FMT_PAD, &Value::fmt_pad, mps_fmt_pad_t(nullptr));
  auto classOf = arguments.take(MPS_KEY_FMT_CLASS, &Value::fmt_class,
                                mps_fmt_class_t(nullptr));
  return create(fmt_o, arena, methods, classOf);
}

void mps_fmt_destroy(mps_fmt_t fmt) {
  if (!isGiven(fmt))
    return;
  mps_arena_s &arena = *fmt->arena;
  platform::Locked locked(arena.lock());
  if (!assertClient(fmt->pools == 0, "mps_fmt_destroy: a pool uses the format"))
    return;
  --arena.formats;
  arena.arena().control().destroy(fmt);
}

// ---- Deprecated creation ----

mps_res_t mps_fmt_create_A(mps_fmt_t *fmt_o, mps_arena_t arena,
                           mps_fmt_A_s *given) {
  if (!isGiven(given))
    return MPS_RES_PARAM;
  return create(fmt_o, arena,
                {given->align, 0, given->scan, given->skip, given->fwd,
                 given->isfwd, given->pad},
                nullptr);
}

mps_res_t mps_fmt_create_B(mps_fmt_t *fmt_o, mps_arena_t arena,
                           mps_fmt_B_s *given) {
  if (!isGiven(given))
    return MPS_RES_PARAM;
  return create(fmt_o, arena,
                {given->align, 0, given->scan, given->skip, given->fwd,
                 given->isfwd, given->pad},
                given->mps_class);
}

mps_res_t mps_fmt_create_auto_header(mps_fmt_t *fmt_o, mps_arena_t arena,
                                     mps_fmt_auto_header_s *given) {
  if (!isGiven(given))
    return MPS_RES_PARAM;
  return create(fmt_o, arena,
                {given->align, given->mps_headerSize, given->scan, given->skip,
                 given->fwd, given->isfwd, given->pad},
                nullptr);
}

mps_res_t mps_fmt_create_fixed(mps_fmt_t *fmt_o, mps_arena_t arena,
                               mps_fmt_fixed_s *given) {
  if (!isGiven(given))
    return MPS_RES_PARAM;
  return create(fmt_o, arena,
                {given->align, 0, given->scan, nullptr, given->fwd,
                 given->isfwd, given->pad},
                nullptr);
}
