// Arenas of the C interface: their states, and collections that are asked for.
//
// mps_arena_collect and its like collect in whatever state the arena is; only
// collections that start by themselves heed the state (collector/heap.h).
#include "api/arena_handle.h"
#include "api/pause_log.h"
#include "platform/clock.h"

#include <algorithm>

using namespace mps;

namespace {

using State = Heap::State;

/// The arena's lock, and a pause, as long as what is asked for takes.
class InArena {
public:
  explicit InArena(mps_arena_s &arena)
      : locked_(arena.lock()), parts_(pause_, arena.pauseParts()) {}

private:
  PauseLog::Pause pause_;
  platform::Locked locked_;
  PauseLog::InParts parts_;
};

void enter(mps_arena_t arena, State state,
           std::source_location place = std::source_location::current()) {
  if (!isGiven(arena, place))
    return;
  InArena inArena(*arena);
  if (state == State::Parked)
    arena->completeOld();
  arena->setState(state);
}

/// Collects everything, in whatever state the arena is. With the lock held.
void collectAll(mps_arena_s &arena, const char *cause) {
  if (arena.settings().epsilon)
    return;
  std::uint64_t start = platform::nanoseconds();
  arena.collect(Heap::Scope::Compact, cause);
  arena.lastFullEnd = platform::nanoseconds();
  arena.lastFullDuration = arena.lastFullEnd - start;
}

/// A heap with less than this is not collected for the sake of idleness.
constexpr std::size_t kLeastIdleHeap = std::size_t(1) << 20;
/// Collections in idle time take at most one part in this many of the time.
constexpr std::uint64_t kIdleRest = 10;
/// How long a byte in use takes, until a collection has been measured.
constexpr double kGuessedNanosecondsPerByte = 1.0;

bool isWorthwhile(mps_arena_s &arena, double nanoseconds) {
  double expected =
      arena.lastFullDuration != 0
          ? double(arena.lastFullDuration)
          : kGuessedNanosecondsPerByte * double(arena.arena().used());
  std::uint64_t rested = platform::nanoseconds() - arena.lastFullEnd;
  return expected < nanoseconds && arena.arena().used() >= kLeastIdleHeap &&
         rested >= kIdleRest * arena.lastFullDuration && arena.hasNewObjects();
}

std::uint64_t nanosecondsOf(double seconds) {
  constexpr double kMost = 1e9;
  return std::uint64_t(std::min(seconds, kMost) * 1e9);
}

/// A full collection; beside the program, if that can be.
void start(mps_arena_s &arena, const char *cause, std::uint64_t nanoseconds) {
  std::uint64_t begin = platform::nanoseconds();
  arena.startFull(cause);
  arena.workOnOld(nanoseconds);
  arena.lastFullEnd = platform::nanoseconds();
  if (!arena.old().isRunning())
    arena.lastFullDuration = arena.lastFullEnd - begin;
}

} // namespace

void mps_arena_clamp(mps_arena_t arena) { enter(arena, State::Clamped); }

void mps_arena_park(mps_arena_t arena) { enter(arena, State::Parked); }

void mps_arena_release(mps_arena_t arena) { enter(arena, State::Unclamped); }

mps_res_t mps_arena_collect(mps_arena_t arena) {
  if (!isGiven(arena))
    return MPS_RES_PARAM;
  InArena inArena(*arena);
  collectAll(*arena, "asked for: mps_arena_collect");
  arena->setState(State::Parked);
  return MPS_RES_OK;
}

mps_res_t mps_arena_start_collect(mps_arena_t arena) {
  if (!isGiven(arena))
    return MPS_RES_PARAM;
  InArena inArena(*arena);
  arena->setState(State::Unclamped);
  if (!arena->settings().epsilon)
    arena->startFull("asked for: mps_arena_start_collect");
  return MPS_RES_OK;
}

mps_bool_t mps_arena_step(mps_arena_t arena, double interval,
                          double multiplier) {
  if (!isGiven(arena) ||
      !assertClient(interval >= 0.0 && multiplier >= 0.0,
                    "mps_arena_step: negative interval or multiplier"))
    return 0;
  InArena inArena(*arena);
  if (arena->state() == State::Parked)
    arena->setState(State::Clamped);
  if (arena->settings().epsilon)
    return 0;
  if (arena->workOnOld(nanosecondsOf(interval)) || arena->collectDue())
    return 1;
  if (!isWorthwhile(*arena, interval * multiplier * 1e9))
    return 0;
  start(*arena, "idle time offered: mps_arena_step", nanosecondsOf(interval));
  return 1;
}

mps_word_t mps_collections(mps_arena_t arena) {
  return isGiven(arena) ? arena->epoch() : 0;
}
