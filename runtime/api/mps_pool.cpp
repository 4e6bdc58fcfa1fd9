// Pools, pool classes and generation chains of the C interface.
//
// A client's pool has protection in place of a write barrier (pool/pool.h).
#include "api/arguments.h"
#include "api/pool_handle.h"

#include <algorithm>

using namespace mps;

// ---- Classes ----

namespace {
const mps_pool_class_s amc = {"AMC", false, true, Rank::Exact, Rank::Exact};
const mps_pool_class_s amcz = {"AMCZ", true, true, Rank::Exact, Rank::Exact};
const mps_pool_class_s awl = {"AWL", false, false, Rank::Exact, Rank::Weak};
const mps_pool_class_s ephemeron = {"EPHEMERON", false, false, Rank::Ephemeron,
                                    Rank::Ephemeron};
} // namespace

mps_pool_class_t mps_class_amc() { return const_cast<mps_pool_class_t>(&amc); }

mps_pool_class_t mps_class_amcz() {
  return const_cast<mps_pool_class_t>(&amcz);
}

mps_pool_class_t mps_class_awl() { return const_cast<mps_pool_class_t>(&awl); }

mps_pool_class_t mps_class_ephemeron() {
  return const_cast<mps_pool_class_t>(&ephemeron);
}

// ---- Pools ----

namespace {

struct PoolParameters {
  mps_fmt_t format = nullptr;
  mps_chain_t chain = nullptr;
  PoolOptions options;
};

mps_addr_t noDependent(mps_addr_t) { return nullptr; }

/// Of objects that do not move.
void takeUnmoving(PoolParameters &out, Arguments &arguments) {
  using Value = ArgumentValue;
  out.options.isMoving = false;
  out.options.acceptsInterior = false;
  unsigned generation = out.chain != nullptr ? 0 : 1;
  out.options.generation = arguments.take(MPS_KEY_GEN, &Value::u, generation);
  auto find = arguments.take(MPS_KEY_AWL_FIND_DEPENDENT, &Value::addr_method,
                             &noDependent);
  assertClient(find != nullptr, "MPS_KEY_AWL_FIND_DEPENDENT is null");
  out.options.findDependent = find == noDependent ? nullptr : find;
}

/// Takes all keys out of the list, whatever they say.
PoolParameters takeParameters(Arguments arguments, bool isMoving) {
  PoolParameters out;
  PoolOptions &options = out.options;
  using Value = ArgumentValue;
  out.format = arguments.require(MPS_KEY_FORMAT, &Value::format);
  out.chain =
      arguments.take(MPS_KEY_CHAIN, &Value::chain, mps_chain_t(nullptr));
  if (!isMoving) {
    takeUnmoving(out, arguments);
    return out;
  }
  options.acceptsInterior = arguments.take(MPS_KEY_INTERIOR, &Value::b, 1) != 0;
  options.extendBy =
      arguments.take(MPS_KEY_EXTEND_BY, &Value::size, options.extendBy);
  options.largeSize =
      arguments.take(MPS_KEY_LARGE_SIZE, &Value::size, options.largeSize);
  return out;
}

bool isClass(mps_pool_class_t cls) {
  return assertClient(cls == &amc || cls == &amcz || cls == &awl ||
                          cls == &ephemeron,
                      "not a pool class");
}

bool hasMethods(const ClientMethods &methods, bool isLeaf, bool isMoving) {
  return assertClient(isLeaf || methods.scan != nullptr,
                      "the pool class needs the format's scan function") &&
         assertClient(methods.skip != nullptr,
                      "the pool class needs the format's skip function") &&
         assertClient(!isMoving || (methods.forward != nullptr &&
                                    methods.forwarded != nullptr),
                      "the pool class needs the format's fwd and isfwd") &&
         assertClient(!isMoving || methods.pad != nullptr,
                      "the pool class needs the format's pad function") &&
         assertClient(methods.alignment >= kWordSize,
                      "the pool class needs objects aligned to a word");
}

bool areValid(const PoolParameters &given, mps_arena_t arena, bool isLeaf) {
  if (given.format == nullptr)
    return false; // Asserted already, by the key's name.
  return assertClient(given.format->arena == arena,
                      "the pool's format is of another arena") &&
         assertClient(given.chain == nullptr || given.chain->arena == arena,
                      "the pool's chain is of another arena") &&
         assertClient(given.options.largeSize != 0,
                      "MPS_KEY_LARGE_SIZE must not be 0") &&
         hasMethods(given.format->methods, isLeaf, given.options.isMoving);
}

mps_res_t create(mps_pool_t *poolOut, mps_arena_s &arena, mps_pool_class_t cls,
                 PoolParameters &given) {
  platform::Locked locked(arena.lock());
  given.options.hasProtection = true;
  given.options.format = &given.format->methods;
  given.options.chain = given.chain;
  if (given.chain == nullptr)
    given.options.chain = defaultChainOf(arena);
  if (given.options.chain == nullptr)
    return MPS_RES_MEMORY;
  if (!assertClient(given.options.generation <= given.options.chain->top(),
                    "MPS_KEY_GEN: the chain has no such generation"))
    return MPS_RES_PARAM;
  auto *pool = arena.arena().control().make<mps_pool_s>(arena, given.options);
  if (pool == nullptr)
    return MPS_RES_MEMORY;
  pool->format = given.format;
  pool->poolClass = cls;
  ++given.format->pools;
  arena.add(*pool);
  *poolOut = pool;
  return MPS_RES_OK;
}

} // namespace

mps_res_t mps_pool_create_k(mps_pool_t *pool_o, mps_arena_t arena,
                            mps_pool_class_t cls, mps_arg_s args[]) {
  if (!isClass(cls))
    return MPS_RES_PARAM;
  PoolParameters given = takeParameters(Arguments(args), cls->isMoving);
  if (!isGiven(pool_o) || !isGiven(arena) ||
      !areValid(given, arena, cls->isLeaf))
    return MPS_RES_PARAM;
  given.options.isLeaf = cls->isLeaf;
  return create(pool_o, *arena, cls, given);
}

mps_res_t mps_pool_create_v(mps_pool_t *pool_o, mps_arena_t arena,
                            mps_pool_class_t cls, va_list args) {
  ArgumentList list;
  list.add(MPS_KEY_FORMAT, &ArgumentValue::format, va_arg(args, mps_fmt_t));
  if (cls == &awl || cls == &ephemeron)
    list.add(MPS_KEY_AWL_FIND_DEPENDENT, &ArgumentValue::addr_method,
             va_arg(args, mps_awl_find_dependent_t));
  else
    list.add(MPS_KEY_CHAIN, &ArgumentValue::chain, va_arg(args, mps_chain_t));
  return mps_pool_create_k(pool_o, arena, cls, list.list());
}

mps_res_t mps_pool_create(mps_pool_t *pool_o, mps_arena_t arena,
                          mps_pool_class_t cls, ...) {
  va_list args;
  va_start(args, cls);
  mps_res_t result = mps_pool_create_v(pool_o, arena, cls, args);
  va_end(args);
  return result;
}

void mps_pool_destroy(mps_pool_t pool) {
  if (!isGiven(pool) ||
      !assertClient(pool->format != nullptr,
                    "mps_pool_destroy: the pool is of compiled code"))
    return;
  mps_arena_s &arena = *pool->arena;
  platform::Locked locked(arena.lock());
  if (!assertClient(pool->points == 0,
                    "mps_pool_destroy: the pool has allocation points"))
    return;
  --pool->format->pools;
  arena.remove(*pool);
  arena.arena().control().destroy(pool);
}

size_t mps_pool_total_size(mps_pool_t pool) {
  if (!isGiven(pool))
    return 0;
  platform::Locked locked(pool->arena->lock());
  return pool->totalSize();
}

size_t mps_pool_free_size(mps_pool_t pool) {
  if (!isGiven(pool))
    return 0;
  platform::Locked locked(pool->arena->lock());
  return pool->freeSize();
}

// ---- Chains ----

namespace {

constexpr std::size_t kCapacityUnit = 1024;
constexpr std::size_t kMostCapacity = ~std::size_t(0) / 2;
constexpr unsigned kMostInChain = kMostGenerations - 1;

std::size_t sumOfCapacities(std::size_t a, std::size_t b) {
  return a > kMostCapacity - b ? kMostCapacity : a + b;
}

std::size_t bytesOf(const mps_gen_param_s &param) {
  return param.mps_capacity > kMostCapacity / kCapacityUnit
             ? kMostCapacity
             : param.mps_capacity * kCapacityUnit;
}

/// Generations that do not fit are merged into the last one.
void setGenerations(Chain &chain, std::size_t count,
                    const mps_gen_param_s *params) {
  chain.count = unsigned(std::min<std::size_t>(count, kMostInChain));
  for (std::size_t i = 0; i < count; ++i) {
    bool isMerged = i >= kMostInChain;
    Generation &to = chain.generations[isMerged ? kMostInChain - 1 : i];
    to.capacity = sumOfCapacities(to.capacity, bytesOf(params[i]));
    if (!isMerged)
      to.mortality = params[i].mps_mortality;
  }
}

bool areValid(std::size_t count, const mps_gen_param_s *params) {
  if (!isGiven(params) ||
      !assertClient(count != 0, "a chain needs a generation"))
    return false;
  for (std::size_t i = 0; i < count; ++i)
    if (!assertClient(params[i].mps_capacity != 0,
                      "a generation's capacity is 0") ||
        !assertClient(params[i].mps_mortality >= 0.0 &&
                          params[i].mps_mortality <= 1.0,
                      "a generation's mortality is not from 0.0 to 1.0"))
      return false;
  return true;
}

const mps_gen_param_s kDefaultGenerations[] = {{8 * 1024, 0.85},
                                               {32 * 1024, 0.45}};

} // namespace

Chain *mps::defaultChainOf(mps_arena_s &arena) {
  if (arena.defaultChain == nullptr) {
    auto *chain = arena.arena().control().make<Chain>();
    if (chain == nullptr)
      return nullptr;
    setGenerations(*chain, std::size(kDefaultGenerations), kDefaultGenerations);
    arena.add(*chain);
    arena.defaultChain = chain;
  }
  return arena.defaultChain;
}

mps_res_t mps_chain_create(mps_chain_t *chain_o, mps_arena_t arena,
                           size_t gen_count, mps_gen_param_s *params) {
  if (!isGiven(chain_o) || !isGiven(arena) || !areValid(gen_count, params))
    return MPS_RES_PARAM;
  platform::Locked locked(arena->lock());
  auto *chain = arena->arena().control().make<mps_chain_s>();
  if (chain == nullptr)
    return MPS_RES_MEMORY;
  chain->arena = arena;
  setGenerations(*chain, gen_count, params);
  arena->add(*chain);
  ++arena->chainCount;
  *chain_o = chain;
  return MPS_RES_OK;
}

void mps_chain_destroy(mps_chain_t chain) {
  if (!isGiven(chain))
    return;
  mps_arena_s &arena = *chain->arena;
  platform::Locked locked(arena.lock());
  if (!assertClient(chain->pools == 0, "mps_chain_destroy: a pool is on it"))
    return;
  arena.remove(*chain);
  --arena.chainCount;
  arena.arena().control().destroy(chain);
}
