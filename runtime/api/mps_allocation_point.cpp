// Allocation points of the C interface.
//
// The client's macros and these functions move the point's init and alloc; a
// flip sets limit to 0, and notes what init was. So when a commit finds that
// limit is 0, the point's buffer tells whether its store to init came before
// the first flip since the reserve: only then does the block count.
//
// Ramps: the memory that the nursery gets through the point is counted only
// when the last ramp ends.
#include "api/arguments.h"
#include "api/pause_log.h"
#include "api/pool_handle.h"

using namespace mps;

struct mps_alloc_pattern_s {
  bool collectsAll;
};

struct mps_frame_s {};

namespace {

const mps_alloc_pattern_s ramp = {false};
const mps_alloc_pattern_s rampCollectAll = {true};
mps_frame_s theFrame; ///< A frame is nothing to these pools.

/// The point comes first: its address is the client's handle.
struct ApHandle {
  abi::AllocationPoint point = {0, 0, 0};
  Buffer buffer;
  mps_pool_t pool = nullptr;
  bool isForHashArrays = false;
  unsigned ramps = 0, rampsCollectAll = 0; ///< How many have begun.

  static ApHandle &of(mps_ap_t ap) { return *reinterpret_cast<ApHandle *>(ap); }
  mps_ap_t handle() { return reinterpret_cast<mps_ap_t>(this); }
  mps_arena_s &arena() const { return *pool->arena; }
  bool isReserved() const { return point.init != point.alloc; }
  bool isSize(std::size_t size) const {
    return size != 0 && isAligned(size, pool->alignment());
  }
  void updateCounting();
};

static_assert(offsetof(ApHandle, point) == 0);
static_assert(sizeof(mps_ap_s) == sizeof(abi::AllocationPoint));
static_assert(offsetof(mps_ap_s, init) == offsetof(abi::AllocationPoint, init));
static_assert(offsetof(mps_ap_s, alloc) ==
              offsetof(abi::AllocationPoint, alloc));
static_assert(offsetof(mps_ap_s, limit) ==
              offsetof(abi::AllocationPoint, limit));

void ApHandle::updateCounting() {
  bool inRamp = ramps != 0 || rampsCollectAll != 0;
  buffer.countsAsNew = !isForHashArrays && !inRamp;
  if (inRamp || isForHashArrays)
    return;
  pool->chain().generations[0].newBytes += buffer.uncounted;
  buffer.uncounted = 0;
}

/// Makes room at the point. With the arena's lock.
Result refill(ApHandle &self, std::size_t size, PauseLog::Pause &pause) {
  if (self.arena().refillInHole(self.buffer, size))
    return Result::Ok;
  PauseLog::InParts inParts(pause, self.arena().pauseParts());
  Result result = self.arena().refill(self.buffer, size);
  Pool::clearGiven(self.buffer); // Of a pool of compiled code.
  return result;
}

} // namespace

// ---- Creation ----

namespace {

struct RankName {
  mps_rank_t name;
  Rank rank;
};

/// False if the pool's class has no such rank.
bool findRank(Rank &rankOut, const mps_pool_s &pool, mps_rank_t name) {
  const mps_pool_class_s *cls = pool.poolClass;
  const RankName names[] = {{mps_rank_ambig(), Rank::Ambiguous},
                            {mps_rank_exact(), Rank::Exact},
                            {mps_rank_ephemeron(), Rank::Ephemeron},
                            {mps_rank_weak(), Rank::Weak}};
  for (const RankName &each : names)
    if (each.name == name && cls != nullptr &&
        (each.rank == Rank::Exact || each.rank == cls->other)) {
      rankOut = each.rank;
      return true;
    }
  return false;
}

mps_rank_t defaultRank(mps_pool_t pool) {
  return pool != nullptr && pool->poolClass != nullptr &&
                 pool->poolClass->rank == Rank::Ephemeron
             ? mps_rank_ephemeron()
             : mps_rank_exact();
}

} // namespace

mps_res_t mps_ap_create_k(mps_ap_t *ap_o, mps_pool_t pool, mps_arg_s args[]) {
  Arguments arguments(args);
  bool isForHashArrays =
      arguments.take(MPS_KEY_AP_HASH_ARRAYS, &ArgumentValue::b, 0) != 0;
  mps_rank_t name = defaultRank(pool);
  if (pool != nullptr && !pool->options().isMoving)
    name = arguments.take(MPS_KEY_RANK, &ArgumentValue::rank, name);
  Rank rank = Rank::Exact;
  if (!isGiven(ap_o) || !isGiven(pool) ||
      !assertClient(pool->isDescribed() || findRank(rank, *pool, name),
                    "MPS_KEY_RANK: not a rank of the pool's class"))
    return MPS_RES_PARAM;
  mps_arena_s &arena = *pool->arena;
  platform::Locked locked(arena.lock());
  auto *made = arena.arena().control().make<ApHandle>();
  if (made == nullptr)
    return MPS_RES_MEMORY;
  made->pool = pool;
  made->isForHashArrays = isForHashArrays;
  made->buffer.point = &made->point;
  made->buffer.rank = rank;
  made->updateCounting();
  pool->add(made->buffer);
  ++pool->points;
  *ap_o = made->handle();
  return MPS_RES_OK;
}

mps_res_t mps_ap_create_v(mps_ap_t *ap_o, mps_pool_t pool, va_list args) {
  ArgumentList list;
  if (pool != nullptr && !pool->options().isMoving)
    list.add(MPS_KEY_RANK, &ArgumentValue::rank, va_arg(args, mps_rank_t));
  return mps_ap_create_k(ap_o, pool, list.list());
}

mps_res_t mps_ap_create(mps_ap_t *ap_o, mps_pool_t pool, ...) {
  va_list args;
  va_start(args, pool);
  mps_res_t result = mps_ap_create_v(ap_o, pool, args);
  va_end(args);
  return result;
}

void mps_ap_destroy(mps_ap_t ap) {
  if (!isGiven(ap))
    return;
  ApHandle &self = ApHandle::of(ap);
  mps_arena_s &arena = self.arena();
  platform::Locked locked(arena.lock());
  if (!assertClient(!self.isReserved(),
                    "mps_ap_destroy: a reservation is open"))
    return;
  self.pool->remove(self.buffer);
  --self.pool->points;
  arena.arena().control().destroy(&self);
}

// ---- Reserve and commit ----

mps_res_t(mps_reserve)(mps_addr_t *p_o, mps_ap_t ap, size_t size) {
  if (!isGiven(p_o) || !isGiven(ap))
    return MPS_RES_PARAM;
  ApHandle &self = ApHandle::of(ap);
  if (!assertClient(!self.isReserved(), "mps_reserve: a reservation is open") ||
      !assertClient(self.isSize(size),
                    "mps_reserve: the size is not a multiple of the alignment"))
    return MPS_RES_PARAM;
  abi::AllocationPoint &point = self.point;
  Word end = point.alloc + size;
  if (end < point.alloc || end > point.limit)
    return mps_ap_fill(p_o, ap, size);
  *p_o = Address::fromBits(point.alloc).as();
  point.alloc = end;
  return MPS_RES_OK;
}

mps_bool_t(mps_commit)(mps_ap_t ap, mps_addr_t p, size_t size) {
  if (!isGiven(ap) || !isGiven(p))
    return 0;
  abi::AllocationPoint &point = ApHandle::of(ap).point;
  if (!assertClient(Address::of(p).bits() == point.init &&
                        point.init + size == point.alloc,
                    "mps_commit: not what was reserved"))
    return 0;
  _mps_order();
  point.init = point.alloc;
  _mps_order();
  return __atomic_load_n(&point.limit, __ATOMIC_RELAXED) != 0 ||
         mps_ap_trip(ap, p, size);
}

mps_res_t mps_ap_fill(mps_addr_t *p_o, mps_ap_t ap, size_t size) {
  if (!isGiven(p_o) || !isGiven(ap))
    return MPS_RES_PARAM;
  ApHandle &self = ApHandle::of(ap);
  if (!assertClient(self.isSize(size),
                    "mps_ap_fill: the size is not a multiple of the alignment"))
    return MPS_RES_PARAM;
  PauseLog::Pause pause;
  platform::Locked locked(self.arena().lock());
  abi::AllocationPoint &point = self.point;
  // A reservation that was left open, or whose commit failed, is dropped.
  point.init = point.alloc = self.buffer.objectsEnd().bits();
  Result result = refill(self, size, pause);
  if (result != Result::Ok) {
    self.pool->retire(self.buffer);
    point = {0, 0, 0};
    return codeOf(result);
  }
  point.init = point.alloc;
  point.alloc += size;
  *p_o = Address::fromBits(point.init).as();
  return MPS_RES_OK;
}

mps_bool_t mps_ap_trip(mps_ap_t ap, mps_addr_t p, size_t size) {
  if (!isGiven(ap))
    return 0;
  ApHandle &self = ApHandle::of(ap);
  platform::Locked locked(self.arena().lock());
  abi::AllocationPoint &point = self.point;
  Address end = Address::of(p) + size;
  if (!assertClient(point.init == end.bits() && point.alloc == end.bits(),
                    "mps_ap_trip: not what was reserved"))
    return 0;
  if (!self.buffer.isFlipped || self.buffer.initAtFlip == end)
    return 1;
  point.init = point.alloc = Address::of(p).bits();
  return 0;
}

// ---- Patterns ----

mps_alloc_pattern_t mps_alloc_pattern_ramp() {
  return const_cast<mps_alloc_pattern_t>(&ramp);
}

mps_alloc_pattern_t mps_alloc_pattern_ramp_collect_all() {
  return const_cast<mps_alloc_pattern_t>(&rampCollectAll);
}

namespace {

bool isPattern(mps_alloc_pattern_t pattern) {
  return assertClient(pattern == &ramp || pattern == &rampCollectAll,
                      "not an allocation pattern");
}

unsigned &countOf(ApHandle &self, mps_alloc_pattern_t pattern) {
  return pattern->collectsAll ? self.rampsCollectAll : self.ramps;
}

} // namespace

mps_res_t mps_ap_alloc_pattern_begin(mps_ap_t ap, mps_alloc_pattern_t pattern) {
  if (!isGiven(ap) || !isPattern(pattern))
    return MPS_RES_PARAM;
  ApHandle &self = ApHandle::of(ap);
  platform::Locked locked(self.arena().lock());
  ++countOf(self, pattern);
  self.updateCounting();
  return MPS_RES_OK;
}

mps_res_t mps_ap_alloc_pattern_end(mps_ap_t ap, mps_alloc_pattern_t pattern) {
  if (!isGiven(ap) || !isPattern(pattern))
    return MPS_RES_PARAM;
  ApHandle &self = ApHandle::of(ap);
  platform::Locked locked(self.arena().lock());
  unsigned &count = countOf(self, pattern);
  if (count == 0)
    return MPS_RES_FAIL;
  if (--count == 0 && pattern->collectsAll)
    self.arena().askForFull();
  self.updateCounting();
  return MPS_RES_OK;
}

mps_res_t mps_ap_alloc_pattern_reset(mps_ap_t ap) {
  if (!isGiven(ap))
    return MPS_RES_PARAM;
  ApHandle &self = ApHandle::of(ap);
  platform::Locked locked(self.arena().lock());
  if (self.rampsCollectAll != 0)
    self.arena().askForFull();
  self.ramps = self.rampsCollectAll = 0;
  self.updateCounting();
  return MPS_RES_OK;
}

// ---- Frames ----

mps_res_t(mps_ap_frame_push)(mps_frame_t *frame_o, mps_ap_t ap) {
  if (!isGiven(frame_o) || !isGiven(ap))
    return MPS_RES_PARAM;
  if (ApHandle::of(ap).isReserved())
    return MPS_RES_FAIL;
  *frame_o = &theFrame;
  return MPS_RES_OK;
}

mps_res_t(mps_ap_frame_pop)(mps_ap_t ap, mps_frame_t frame) {
  if (!isGiven(ap) ||
      !assertClient(frame == &theFrame, "mps_ap_frame_pop: not a frame"))
    return MPS_RES_PARAM;
  return ApHandle::of(ap).isReserved() ? MPS_RES_FAIL : MPS_RES_OK;
}
