// Keyword arguments, through mps.h.
#include "mps.h"
#include "mpslib.h"

#include <gtest/gtest.h>

namespace {

int assertions = 0;
void countAssertion(const char *, unsigned, const char *) { ++assertions; }

class ArgumentsTest : public testing::Test {
protected:
  void SetUp() override {
    assertions = 0;
    previous_ = mps_lib_assert_fail_install(countAssertion);
  }
  void TearDown() override { mps_lib_assert_fail_install(previous_); }

private:
  mps_lib_assert_fail_t previous_ = nullptr;
};

TEST_F(ArgumentsTest, ListIsTerminatedAfterEveryAddition) {
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
  EXPECT_EQ(assertions, 0);
}

TEST_F(ArgumentsTest, ThirtySecondArgumentAsserts) {
  MPS_ARGS_BEGIN(args) {
    for (unsigned i = 0; i + 1 < MPS_ARGS_MAX; ++i)
      MPS_ARGS_ADD(args, MPS_KEY_ARENA_SIZE, i);
    EXPECT_EQ(assertions, 0);
    MPS_ARGS_ADD(args, MPS_KEY_ARENA_SIZE, 99);
    EXPECT_GE(assertions, 1);
  }
  MPS_ARGS_END(args);
}

TEST_F(ArgumentsTest, AdditionAfterDoneAsserts) {
  mps_arg_s list[MPS_ARGS_MAX + 1];
  MPS_ARGS_BEGIN(args) {
    MPS_ARGS_DONE(args);
    EXPECT_EQ(assertions, 0);
    _mps_args_set_key(list, args_mps_count, MPS_KEY_SPARE);
    EXPECT_EQ(assertions, 1);
  }
  MPS_ARGS_END(args);
}

TEST_F(ArgumentsTest, EmptyListIsOnlyItsEnd) {
  EXPECT_EQ(mps_args_none[0].key, MPS_KEY_ARGS_END);
}

} // namespace
