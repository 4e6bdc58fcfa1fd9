// Keyword arguments, through mps.h.
#include "assertions.h"
#include "mps.h"
#include "mpsavm.h"

#include <gtest/gtest.h>

namespace {

TEST(ArgumentsTest, ListIsTerminatedAfterEveryAddition) {
  Assertions assertions;
  MPS_ARGS_BEGIN(args) {
    EXPECT_EQ(args[0].key, MPS_KEY_ARGS_END);
    MPS_ARGS_ADD(args, MPS_KEY_SPARE, 0.25);
    EXPECT_EQ(args[0].key, MPS_KEY_SPARE);
    EXPECT_EQ(args[0].val.d, 0.25);
    EXPECT_EQ(args[1].key, MPS_KEY_ARGS_END);
    MPS_ARGS_ADD(args, MPS_KEY_ARENA_SIZE, 1024);
    EXPECT_EQ(args[1].val.size, 1024u);
    EXPECT_EQ(args[2].key, MPS_KEY_ARGS_END);
  }
  MPS_ARGS_END(args);
  EXPECT_EQ(assertions.count(), 0);
}

TEST(ArgumentsTest, ThirtySecondArgumentAsserts) {
  Assertions assertions;
  MPS_ARGS_BEGIN(args) {
    for (unsigned i = 0; i + 1 < MPS_ARGS_MAX; ++i)
      MPS_ARGS_ADD(args, MPS_KEY_ARENA_SIZE, i);
    EXPECT_EQ(assertions.count(), 0);
    MPS_ARGS_ADD(args, MPS_KEY_ARENA_SIZE, 99);
    EXPECT_GE(assertions.count(), 1);
  }
  MPS_ARGS_END(args);
}

TEST(ArgumentsTest, EmptyListIsOnlyItsEnd) {
  EXPECT_EQ(mps_args_none[0].key, MPS_KEY_ARGS_END);
}

TEST(ArgumentsTest, UsedArgumentsAreRemovedAndOthersKeepTheirOrder) {
  mps_arena_t arena = nullptr;
  MPS_ARGS_BEGIN(args) {
    MPS_ARGS_ADD(args, MPS_KEY_FMT_ALIGN, 16);
    MPS_ARGS_ADD(args, MPS_KEY_ARENA_SIZE, 16 << 20);
    MPS_ARGS_ADD(args, MPS_KEY_VMW3_TOP_DOWN, 1);
    MPS_ARGS_ADD(args, MPS_KEY_ARENA_SIZE, 32 << 20);
    ASSERT_EQ(mps_arena_create_k(&arena, mps_arena_class_vm(), args),
              MPS_RES_OK);
    EXPECT_EQ(args[0].key, MPS_KEY_FMT_ALIGN);
    EXPECT_EQ(args[1].key, MPS_KEY_VMW3_TOP_DOWN);
    EXPECT_EQ(args[2].key, MPS_KEY_ARENA_SIZE) << "the second of its key";
    EXPECT_EQ(args[2].val.size, 32u << 20);
    EXPECT_EQ(args[3].key, MPS_KEY_ARGS_END);
  }
  MPS_ARGS_END(args);
  mps_arena_destroy(arena);
}

TEST(ArgumentsTest, MissingListAsserts) {
  Assertions assertions;
  mps_arena_t arena = nullptr;
  if (mps_arena_create_k(&arena, mps_arena_class_vm(), nullptr) == MPS_RES_OK)
    mps_arena_destroy(arena);
  EXPECT_EQ(assertions.count(), 1);
}

} // namespace
