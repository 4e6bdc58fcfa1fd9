// Arenas of the C interface: creation and limits.
//
// An arena's structure lies in pages of its own, behind what its extension
// callbacks need: those are called until its last chunk is gone.
//
// Not here: states and collections (mps_collection.cpp), questions about
// addresses (mps_address.cpp).
#include "api/arena_handle.h"
#include "api/arguments.h"
#include "api/debugging.h"
#include "api/pause_log.h"
#include "platform/memory.h"

#include <algorithm>
#include <new>

using namespace mps;

struct mps_arena_class_s {
  const char *name;
};

namespace {

const mps_arena_class_s virtualMemoryClass = {"VM"};
constexpr double kDefaultSpare = 0.75;
constexpr std::size_t kMostSize = ~std::size_t(0) / 2;

// ---- Creation ----

struct Extensions {
  mps_arena_t arena = nullptr;
  mps_arena_extended_t extended = nullptr;
  mps_arena_contracted_t contracted = nullptr;

  static void tellExtended(void *closure, Extent chunk) {
    auto *self = static_cast<Extensions *>(closure);
    if (self->extended != nullptr)
      self->extended(self->arena, chunk.base.as(), chunk.size());
  }
  static void tellContracted(void *closure, Extent chunk) {
    auto *self = static_cast<Extensions *>(closure);
    if (self->contracted != nullptr)
      self->contracted(self->arena, chunk.base.as(), chunk.size());
  }
};

struct ArenaPages {
  Extensions extensions;
  alignas(mps_arena_s) unsigned char arena[sizeof(mps_arena_s)];

  static ArenaPages *of(mps_arena_t handle) {
    return (Address::of(handle) - offsetof(ArenaPages, arena)).as<ArenaPages>();
  }
  mps_arena_t handle() { return Address::of(arena).as<mps_arena_s>(); }
};

constexpr std::size_t kPagesSize =
    alignUp(sizeof(ArenaPages), platform::kPageSize);

struct Parameters {
  ArenaOptions options;
  Extensions extensions;
  Settings settings;
};

/// Takes all keys out of the list, whatever they say.
Parameters takeParameters(Arguments arguments) {
  Parameters out;
  ArenaOptions &options = out.options;
  using Value = ArgumentValue;
  options.size = arguments.take(MPS_KEY_ARENA_SIZE, &Value::size, options.size);
  options.grainSize =
      arguments.take(MPS_KEY_ARENA_GRAIN_SIZE, &Value::size, options.grainSize);
  options.commitLimit =
      arguments.take(MPS_KEY_COMMIT_LIMIT, &Value::size, options.commitLimit);
  constexpr std::size_t kNone = ~std::size_t(0);
  std::size_t spareBytes =
      arguments.take(MPS_KEY_SPARE_COMMIT_LIMIT, &Value::size, kNone);
  double spare = kDefaultSpare;
  if (spareBytes != kNone)
    spare = std::min(1.0, double(spareBytes) / double(options.commitLimit));
  options.spare = arguments.take(MPS_KEY_SPARE, &Value::d, spare);
  out.settings.pauseTime =
      arguments.take(MPS_KEY_PAUSE_TIME, &Value::d, out.settings.pauseTime);
  out.settings.collectorThreads =
      arguments.take(MPS_KEY_COLLECTOR_THREADS, &Value::u, 0u);
  arguments.take(MPS_KEY_ARENA_ZONED, &Value::b, 1);
  out.extensions.extended = reinterpret_cast<mps_arena_extended_t>(
      arguments.take(MPS_KEY_ARENA_EXTENDED, &Value::fun, mps_fun_t(nullptr)));
  out.extensions.contracted =
      reinterpret_cast<mps_arena_contracted_t>(arguments.take(
          MPS_KEY_ARENA_CONTRACTED, &Value::fun, mps_fun_t(nullptr)));
  return out;
}

bool isFraction(double value) { return value >= 0.0 && value <= 1.0; }

bool areValid(const Parameters &given) {
  return assertClient(isPowerOfTwo(given.options.grainSize),
                      "the grain size is not a power of two") &&
         assertClient(isFraction(given.options.spare),
                      "the spare fraction is not from 0.0 to 1.0") &&
         assertClient(given.settings.pauseTime >= 0.0,
                      "the pause time is negative or not a number");
}

void discardPages(ArenaPages *pages) {
  pages->handle()->~mps_arena_s();
  platform::unreserve(Extent::of(Address::of(pages), kPagesSize));
}

mps_res_t create(mps_arena_t *arenaOut, Parameters &given) {
  if (given.options.size > kMostSize)
    return MPS_RES_RESOURCE;
  Extent extent = platform::reserve(kPagesSize, platform::Pages::Small);
  if (extent.isEmpty())
    return MPS_RES_RESOURCE;
  auto *pages = extent.base.as<ArenaPages>();
  given.extensions.arena = pages->handle();
  new (&pages->extensions) Extensions(given.extensions);
  given.options.extended = Extensions::tellExtended;
  given.options.contracted = Extensions::tellContracted;
  given.options.closure = &pages->extensions;
  auto *arena = new (pages->arena) mps_arena_s(given.options);
  arena->settings() = given.settings;
  mps_settings_s asked = {};
  readDebugging(asked);
  debug(*arena, asked);
  PauseLog::startIfAsked();
  arena->applySettings();
  arena->messages().setClock([] { return std::uint64_t(mps_clock()); });
  Result result = arena->arena().initialise();
  if (result == Result::Ok &&
      arena->arena().committed() > given.options.commitLimit)
    result = Result::CommitLimit;
  if (result == Result::Ok)
    *arenaOut = arena;
  else
    discardPages(pages);
  return codeOf(result);
}

} // namespace

mps_arena_class_t mps_arena_class_vm() {
  return const_cast<mps_arena_class_t>(&virtualMemoryClass);
}

mps_res_t mps_arena_create_k(mps_arena_t *arena_o, mps_arena_class_t cls,
                             mps_arg_s args[]) {
  connectPlinth();
  Parameters given = takeParameters(Arguments(args));
  if (!isGiven(arena_o) ||
      !assertClient(cls == &virtualMemoryClass, "not an arena class") ||
      !areValid(given))
    return MPS_RES_PARAM;
  return create(arena_o, given);
}

mps_res_t mps_arena_create_v(mps_arena_t *arena_o, mps_arena_class_t cls,
                             va_list args) {
  ArgumentList list;
  list.add(MPS_KEY_ARENA_SIZE, &ArgumentValue::size, va_arg(args, size_t));
  return mps_arena_create_k(arena_o, cls, list.list());
}

mps_res_t mps_arena_create(mps_arena_t *arena_o, mps_arena_class_t cls, ...) {
  va_list args;
  va_start(args, cls);
  mps_res_t result = mps_arena_create_v(arena_o, cls, args);
  va_end(args);
  return result;
}

namespace {

/// Asserts once for each kind of what is left.
bool isEmpty(mps_arena_s &arena) {
  bool pools = assertClient(arena.pools() == nullptr,
                            "mps_arena_destroy: the arena still has pools");
  bool formats = assertClient(arena.formats == 0,
                              "mps_arena_destroy: the arena still has formats");
  bool chains = assertClient(arena.chainCount == 0,
                             "mps_arena_destroy: the arena still has chains");
  bool roots = assertClient(arena.roots == 0,
                            "mps_arena_destroy: the arena still has roots");
  bool threads = assertClient(arena.threads == 0,
                              "mps_arena_destroy: the arena still has threads");
  return pools && formats && chains && roots && threads;
}

} // namespace

void mps_arena_destroy(mps_arena_t arena) {
  if (!isGiven(arena))
    return;
  {
    platform::Locked locked(arena->lock());
    if (!isEmpty(*arena))
      return;
  }
  discardPages(ArenaPages::of(arena));
}

// ---- Sizes and limits ----

namespace {

/// What `read` makes of the arena, with its lock held; T() without an arena.
template <typename T, typename Read>
T readLocked(mps_arena_t arena, Read read,
             std::source_location place = std::source_location::current()) {
  if (!isGiven(arena, place))
    return T();
  platform::Locked locked(arena->lock());
  return T(read(*arena));
}

} // namespace

size_t mps_arena_reserved(mps_arena_t arena) {
  return readLocked<size_t>(
      arena, [](mps_arena_s &self) { return self.arena().reserved(); });
}

size_t mps_arena_committed(mps_arena_t arena) {
  return readLocked<size_t>(
      arena, [](mps_arena_s &self) { return self.arena().committed(); });
}

size_t mps_arena_spare_committed(mps_arena_t arena) {
  return readLocked<size_t>(
      arena, [](mps_arena_s &self) { return self.arena().spareCommitted(); });
}

size_t mps_arena_commit_limit(mps_arena_t arena) {
  return readLocked<size_t>(
      arena, [](mps_arena_s &self) { return self.arena().commitLimit(); });
}

mps_res_t mps_arena_commit_limit_set(mps_arena_t arena, size_t limit) {
  if (!isGiven(arena))
    return MPS_RES_PARAM;
  platform::Locked locked(arena->lock());
  return codeOf(arena->setCommitLimit(limit));
}

double mps_arena_spare(mps_arena_t arena) {
  return readLocked<double>(
      arena, [](mps_arena_s &self) { return self.arena().spare(); });
}

void mps_arena_spare_set(mps_arena_t arena, double spare) {
  if (!isGiven(arena) ||
      !assertClient(isFraction(spare),
                    "the spare fraction is not from 0.0 to 1.0"))
    return;
  platform::Locked locked(arena->lock());
  arena->arena().setSpare(spare);
}

size_t mps_arena_spare_commit_limit(mps_arena_t arena) {
  return readLocked<size_t>(arena, [](mps_arena_s &self) {
    return double(self.arena().committed()) * self.arena().spare();
  });
}

void mps_arena_spare_commit_limit_set(mps_arena_t arena, size_t limit) {
  if (!isGiven(arena))
    return;
  platform::Locked locked(arena->lock());
  double fraction = double(limit) / double(arena->arena().committed());
  arena->arena().setSpare(std::min(1.0, fraction));
}

double mps_arena_pause_time(mps_arena_t arena) {
  return readLocked<double>(arena,
                            [](mps_arena_s &self) { return self.pauseTime(); });
}

void mps_arena_pause_time_set(mps_arena_t arena, double pause_time) {
  if (!isGiven(arena) ||
      !assertClient(pause_time >= 0.0,
                    "the pause time is negative or not a number"))
    return;
  platform::Locked locked(arena->lock());
  arena->setPauseTime(pause_time);
}
