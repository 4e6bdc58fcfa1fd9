// When a full collection is due, and how large the nursery is.
#include "collector/pacing.h"

#include <gtest/gtest.h>

namespace mps {
namespace {

constexpr std::size_t kMiB = std::size_t(1) << 20;
constexpr std::size_t kNoLimit = ~std::size_t(0);

class PacingTest : public testing::Test {
protected:
  PacingTest() {
    chain_.count = 2;
    Pacing::setNursery(chain_, Pacing::kFirstNursery);
  }

  std::size_t nursery() const { return chain_.generations[0].capacity; }
  /// A young collection of a full nursery, of which a part survived.
  void survive(double part, std::size_t limit = kNoLimit) {
    TraceCounts counts;
    counts.movedBytes = std::size_t(double(nursery()) * part);
    pacing_.resizeNursery(chain_, counts, nursery(), limit);
  }

  Pacing pacing_;
  Chain chain_;
};

TEST_F(PacingTest, NurseryGrowsWhileMuchSurvivesUpToItsMost) {
  std::size_t before = nursery();
  survive(0.5);
  EXPECT_GT(nursery(), before);
  for (int i = 0; i < 20; ++i)
    survive(0.5);
  EXPECT_EQ(nursery(), Pacing::kMostNursery);
}

TEST_F(PacingTest, NurseryShrinksWhileNextToNothingSurvives) {
  for (int i = 0; i < 20; ++i)
    survive(0.0);
  EXPECT_EQ(nursery(), Pacing::kLeastNursery);
}

TEST_F(PacingTest, NurseryIsAPartOfTheLimit) {
  for (int i = 0; i < 20; ++i)
    survive(0.9, 32 * kMiB);
  EXPECT_LT(nursery(), 16 * kMiB);
}

TEST_F(PacingTest, EmptyNurseryTellsNothing) {
  std::size_t before = nursery();
  pacing_.resizeNursery(chain_, TraceCounts(), 0, kNoLimit);
  EXPECT_EQ(nursery(), before);
}

TEST_F(PacingTest, FullCollectionIsDueWhenTheHeapHasTripled) {
  pacing_.collected(true, 100 * kMiB, kNoLimit, kMiB);
  EXPECT_FALSE(pacing_.isFullDue(290 * kMiB));
  EXPECT_TRUE(pacing_.isFullDue(310 * kMiB));
}

TEST_F(PacingTest, LimitMakesItDueEarlier) {
  pacing_.collected(true, 100 * kMiB, 250 * kMiB, kMiB);
  EXPECT_FALSE(pacing_.isFullDue(115 * kMiB));
  EXPECT_TRUE(pacing_.isFullDue(160 * kMiB));
}

TEST_F(PacingTest, HoweverTightSomethingMustDieInBetween) {
  pacing_.collected(true, 100 * kMiB, 101 * kMiB, kMiB);
  EXPECT_FALSE(pacing_.isFullDue(105 * kMiB));
}

} // namespace
} // namespace mps
