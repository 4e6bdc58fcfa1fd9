// Checks: whom a failed one calls.
#include "base/check.h"

#include <gtest/gtest.h>

#include <string>

using namespace mps;

namespace {

std::string failed;

void note(const char *, unsigned, const char *condition) { failed = condition; }

TEST(CheckTest, OnlyAFailedCheckCallsTheHandler) {
  CheckHandler previous = installCheckHandler(note);
  failed = "";
  MPS_CHECK(1 + 1 == 2, "arithmetic");
  EXPECT_EQ(failed, "");
  MPS_CHECK(1 + 1 == 3, "wrong sums");
  EXPECT_EQ(failed, "wrong sums");
  EXPECT_EQ(installCheckHandler(previous), note);
}

TEST(CheckDeathTest, WithoutAHandlerItTraps) {
  EXPECT_DEATH(
      {
        installCheckHandler(nullptr);
        MPS_CHECK(false, "nobody listens");
      },
      "");
}

} // namespace
