// The default plinth, through mpslib.h.
#include "mpslib.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <string>

namespace {

std::string seen;
void remember(const char *file, unsigned line, const char *condition) {
  seen = std::string(file) + ":" + std::to_string(line) + ":" + condition;
}

TEST(PlinthTest, InstalledHandlerGetsTheAssertion) {
  mps_lib_assert_fail_t previous = mps_lib_assert_fail_install(remember);
  mps_lib_assert_fail("file", 7, "condition");
  EXPECT_EQ(mps_lib_assert_fail_install(previous), remember);
  EXPECT_EQ(seen, "file:7:condition");
}

TEST(PlinthTest, StreamsAreTheStandardOnes) {
  EXPECT_EQ(mps_lib_EOF, EOF);
  testing::internal::CaptureStderr();
  EXPECT_GE(mps_lib_fputs("ab", mps_lib_stderr), 0);
  EXPECT_EQ(mps_lib_fputc('c', mps_lib_stderr), 'c');
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "abc");
}

TEST(PlinthTest, ClockIsInItsUnits) {
  EXPECT_GT(mps_clocks_per_sec(), 0u);
  mps_clock_t before = mps_clock();
  EXPECT_LE(before, mps_clock());
}

} // namespace
