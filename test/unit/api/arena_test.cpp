// Arenas through mps.h: creation, limits, states, address queries.
#include "../platform/address_space_limit.h"
#include "lisp_heap_test.h"

#include <limits>
#include <vector>

namespace {

mps_arena_t createArena() {
  mps_arena_t arena = nullptr;
  EXPECT_EQ(mps_arena_create_k(&arena, mps_arena_class_vm(), mps_args_none),
            MPS_RES_OK);
  return arena;
}

TEST(ArenaTest, DefaultsAreTheDocumentedOnes) {
  mps_arena_t arena = createArena();
  EXPECT_EQ(mps_arena_commit_limit(arena), size_t(-1));
  EXPECT_EQ(mps_arena_spare(arena), 0.75);
  EXPECT_EQ(mps_arena_pause_time(arena), 0.1);
  EXPECT_EQ(mps_collections(arena), 0u);
  EXPECT_GE(mps_arena_reserved(arena), size_t(256) << 20);
  EXPECT_GT(mps_arena_committed(arena), 0u);
  EXPECT_LE(mps_arena_spare_committed(arena), mps_arena_committed(arena));
  mps_arena_destroy(arena);
}

TEST(ArenaTest, KeysSetWhatTheyName) {
  mps_arena_t arena = nullptr;
  MPS_ARGS_BEGIN(args) {
    MPS_ARGS_ADD(args, MPS_KEY_ARENA_SIZE, 1);
    MPS_ARGS_ADD(args, MPS_KEY_ARENA_GRAIN_SIZE, 16384);
    MPS_ARGS_ADD(args, MPS_KEY_ARENA_ZONED, 0);
    MPS_ARGS_ADD(args, MPS_KEY_COMMIT_LIMIT, 100 << 20);
    MPS_ARGS_ADD(args, MPS_KEY_SPARE, 0.5);
    MPS_ARGS_ADD(args, MPS_KEY_PAUSE_TIME, 2.0);
    MPS_ARGS_ADD(args, MPS_KEY_COLLECTOR_THREADS, 1);
    ASSERT_EQ(mps_arena_create_k(&arena, mps_arena_class_vm(), args),
              MPS_RES_OK);
    EXPECT_EQ(args[0].key, MPS_KEY_ARGS_END);
  }
  MPS_ARGS_END(args);
  EXPECT_EQ(mps_arena_commit_limit(arena), size_t(100) << 20);
  EXPECT_EQ(mps_arena_spare(arena), 0.5);
  EXPECT_EQ(mps_arena_pause_time(arena), 2.0);
  mps_arena_destroy(arena);
}

TEST(ArenaTest, VarargsCreatorTakesTheSize) {
  mps_arena_t arena = nullptr;
  ASSERT_EQ(mps_arena_create(&arena, mps_arena_class_vm(), size_t(512) << 20),
            MPS_RES_OK);
  EXPECT_GE(mps_arena_reserved(arena), size_t(512) << 20);
  mps_arena_destroy(arena);
}

TEST(ArenaTest, SpareFractionMustBeAFraction) {
  mps_arena_t arena = createArena();
  Assertions assertions;
  mps_arena_spare_set(arena, 1.5);
  EXPECT_EQ(assertions.count(), 1);
  mps_arena_spare_set(arena, -0.5);
  EXPECT_EQ(assertions.count(), 2);
  mps_arena_spare_set(arena, 0.0);
  EXPECT_EQ(assertions.count(), 2);
  EXPECT_EQ(mps_arena_spare_committed(arena), 0u);
  mps_arena_destroy(arena);
}

TEST(ArenaTest, PauseTimeMayBeInfiniteButNotNegativeOrNan) {
  mps_arena_t arena = createArena();
  Assertions assertions;
  mps_arena_pause_time_set(arena, std::numeric_limits<double>::infinity());
  EXPECT_EQ(assertions.count(), 0);
  mps_arena_pause_time_set(arena, -1.0);
  EXPECT_EQ(assertions.count(), 1);
  mps_arena_pause_time_set(arena, std::numeric_limits<double>::quiet_NaN());
  EXPECT_EQ(assertions.count(), 2);
  EXPECT_EQ(mps_arena_pause_time(arena),
            std::numeric_limits<double>::infinity());
  mps_arena_destroy(arena);
}

TEST(ArenaTest, CommitLimitBelowWhatIsInUseFails) {
  mps_arena_t arena = createArena();
  EXPECT_EQ(mps_arena_commit_limit_set(arena, 1), MPS_RES_FAIL);
  EXPECT_EQ(mps_arena_commit_limit(arena), size_t(-1));
  size_t committed = mps_arena_committed(arena);
  EXPECT_EQ(mps_arena_commit_limit_set(arena, committed), MPS_RES_OK);
  EXPECT_EQ(mps_arena_commit_limit(arena), committed);
  mps_arena_destroy(arena);
}

struct Stretch {
  mps_arena_t arena;
  void *base;
  size_t size;
  bool operator==(const Stretch &) const = default;
};
std::vector<Stretch> extended, contracted;

void noteExtended(mps_arena_t arena, void *base, size_t size) {
  extended.push_back({arena, base, size});
}
void noteContracted(mps_arena_t arena, void *base, size_t size) {
  contracted.push_back({arena, base, size});
}

TEST(ArenaTest, ExtensionsAndContractionsPair) {
  mps_arena_t arena = nullptr;
  extended.clear();
  contracted.clear();
  MPS_ARGS_BEGIN(args) {
    MPS_ARGS_ADD(args, MPS_KEY_ARENA_EXTENDED,
                 reinterpret_cast<mps_fun_t>(noteExtended));
    MPS_ARGS_ADD(args, MPS_KEY_ARENA_CONTRACTED,
                 reinterpret_cast<mps_fun_t>(noteContracted));
    ASSERT_EQ(mps_arena_create_k(&arena, mps_arena_class_vm(), args),
              MPS_RES_OK);
  }
  MPS_ARGS_END(args);
  ASSERT_EQ(extended.size(), 1u);
  EXPECT_EQ(extended[0].arena, arena);
  EXPECT_EQ(contracted.size(), 0u);
  mps_arena_destroy(arena);
  EXPECT_EQ(contracted, extended);
}

TEST(ArenaTest, WithoutAddressSpaceThereIsNoArena) {
  mps_arena_t arena = nullptr;
  {
    mps::AddressSpaceLimit limit(size_t(16) << 20);
    EXPECT_EQ(mps_arena_create_k(&arena, mps_arena_class_vm(), mps_args_none),
              MPS_RES_RESOURCE);
    EXPECT_EQ(arena, nullptr);
  }
  mps_arena_destroy(createArena());
}

TEST(ArenaTest, NullArenaAsserts) {
  Assertions assertions;
  mps_arena_destroy(nullptr);
  EXPECT_EQ(assertions.count(), 1);
  EXPECT_EQ(mps_arena_committed(nullptr), 0u);
  EXPECT_EQ(assertions.count(), 2);
}

class ArenaWithObjectsTest : public LispHeapTest {};

TEST_F(ArenaWithObjectsTest, DestroyAssertsOncePerKindOfWhatIsLeft) {
  Assertions assertions;
  mps_arena_destroy(arena());
  EXPECT_EQ(assertions.count(), 5)
      << "pools, formats, chains, roots and threads";
}

TEST_F(ArenaWithObjectsTest, AddressesAreAttributedToPoolAndFormat) {
  object_ = makeList(10);
  mps_pool_t pool = nullptr;
  mps_fmt_t fmt = nullptr;
  EXPECT_TRUE(mps_arena_has_addr(arena(), object_));
  EXPECT_TRUE(mps_addr_pool(&pool, arena(), object_));
  EXPECT_EQ(pool, heap_.pool);
  EXPECT_TRUE(mps_addr_fmt(&fmt, arena(), object_));
  EXPECT_EQ(fmt, heap_.fmt);
  EXPECT_FALSE(mps_arena_has_addr(arena(), &pool));
  EXPECT_FALSE(mps_addr_pool(&pool, arena(), &pool));
  EXPECT_FALSE(mps_arena_has_addr(arena(), nullptr));
}

TEST_F(ArenaWithObjectsTest, InteriorAddressLeadsToItsObject) {
  makeList(10);
  object_ = make_vector(ap_, 8, nullptr);
  makeList(10);
  mps_arena_park(arena());
  mps_addr_t base = nullptr;
  EXPECT_EQ(mps_addr_object(&base, arena(), object_), MPS_RES_OK);
  EXPECT_EQ(base, object_);
  base = nullptr;
  EXPECT_EQ(mps_addr_object(&base, arena(), &object_->vector.element[5]),
            MPS_RES_OK);
  EXPECT_EQ(base, object_);
  EXPECT_EQ(mps_addr_object(&base, arena(), &base), MPS_RES_FAIL);
}

TEST_F(ArenaWithObjectsTest, NothingMovesWhileParkedOrClamped) {
  object_ = makeList(10);
  mps_arena_park(arena());
  mps_word_t collections = mps_collections(arena());
  object_t before = object_;
  makeList(4 * kNurseryKib * 1024 / sizeof(pair_s));
  EXPECT_EQ(object_, before);
  EXPECT_EQ(mps_collections(arena()), collections);
  mps_arena_clamp(arena());
  makeList(4 * kNurseryKib * 1024 / sizeof(pair_s));
  EXPECT_EQ(mps_collections(arena()), collections);
  mps_arena_release(arena());
  makeList(4 * kNurseryKib * 1024 / sizeof(pair_s));
  EXPECT_GT(mps_collections(arena()), collections);
  expectList(object_, 10);
}

TEST_F(ArenaWithObjectsTest, StartCollectCollectsAndStaysUnclamped) {
  object_ = makeList(1000);
  mps_word_t before = mps_collections(arena());
  EXPECT_EQ(mps_arena_start_collect(arena()), MPS_RES_OK);
  while (mps_arena_step(arena(), 0.01, 0.0))
    ;
  EXPECT_GT(mps_collections(arena()), before);
  expectList(object_, 1000);
}

TEST_F(ArenaWithObjectsTest, GarbageGoesBackToTheSystemWithoutSpare) {
  mps_arena_spare_set(arena(), 0.0);
  mps_arena_clamp(arena());
  makeList(200000);
  size_t full = mps_arena_committed(arena());
  mps_root_destroy(stack_); // A stale word on it would keep the list.
  mps_arena_release(arena());
  collect();
  collect();
  EXPECT_LT(mps_arena_committed(arena()), full / 2);
  EXPECT_EQ(mps_arena_spare_committed(arena()), 0u);
  ASSERT_EQ(mps_root_create_thread(&stack_, arena(), thread_, &stack_),
            MPS_RES_OK);
}

} // namespace
