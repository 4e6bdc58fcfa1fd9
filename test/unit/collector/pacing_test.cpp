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
    pacing_.setPauseTime(1e6);
  }

  std::size_t nursery() const { return chain_.generations[0].capacity; }
  /// A young collection of a full nursery, of which a part survived.
  void survive(double part, std::size_t limit = kNoLimit) {
    CollectionReport report;
    report.trace.youngBytes = nursery();
    report.trace.youngLive = report.trace.movedBytes =
        std::size_t(double(nursery()) * part);
    report.newBytes = report.scannedBytes = nursery();
    pacing_.collected(report, limit, &chain_);
  }
  void collectFully(std::size_t live, std::size_t limit = kNoLimit) {
    CollectionReport report;
    report.kind = CollectionKind::Full;
    report.usedAfter = live;
    pacing_.collected(report, limit, &chain_);
  }
  CollectionKind next(std::size_t used, std::size_t limit = kNoLimit) {
    return pacing_.next(used, 0, limit, true);
  }

  Pacing pacing_;
  Chain chain_;
};

TEST_F(PacingTest, NurseryGrowsWhileMuchSurvivesUpToItsMost) {
  collectFully(100 * kMiB);
  std::size_t before = nursery();
  survive(0.2);
  EXPECT_GT(nursery(), before);
  for (int i = 0; i < 20; ++i)
    survive(0.2);
  EXPECT_EQ(nursery(), Pacing::kMostNursery);
}

TEST_F(PacingTest, NurseryShrinksWhileNextToNothingSurvives) {
  for (int i = 0; i < 20; ++i)
    survive(0.0);
  EXPECT_EQ(nursery(), Pacing::kLeastNursery);
}

TEST_F(PacingTest, NurseryIsAtMostWhatIsLeftOfTheTarget) {
  collectFully(20 * kMiB, 32 * kMiB);
  for (int i = 0; i < 20; ++i)
    survive(0.3, 32 * kMiB);
  collectFully(20 * kMiB, 32 * kMiB);
  EXPECT_LE(nursery(), 8 * kMiB);
  EXPECT_GE(nursery(), Pacing::kLeastNursery / 4);
}

TEST_F(PacingTest, FixedNurseryStaysAsItIs) {
  pacing_.setNursery(3 * kMiB);
  for (int i = 0; i < 20; ++i)
    survive(0.3, 4 * kMiB);
  EXPECT_EQ(nursery(), 3 * kMiB);
}

TEST_F(PacingTest, EmptyNurseryTellsNothing) {
  survive(0.2);
  std::size_t before = nursery();
  CollectionReport report;
  pacing_.collected(report, kNoLimit, &chain_);
  EXPECT_EQ(nursery(), before);
}

TEST_F(PacingTest, NurseryThatSurvivesIsNotTraced) {
  collectFully(100 * kMiB);
  survive(0.9);
  EXPECT_EQ(next(110 * kMiB), CollectionKind::Promotion);
  survive(0.1);
  EXPECT_EQ(next(110 * kMiB), CollectionKind::Young);
}

TEST_F(PacingTest, NurseryIsTracedIfFullCollectionsCostMore) {
  collectFully(100 * kMiB, 140 * kMiB);
  survive(0.6, 140 * kMiB); // 1.5 traced for each freed; a full one's are 4.4.
  EXPECT_EQ(next(101 * kMiB, 140 * kMiB), CollectionKind::Young);
}

TEST_F(PacingTest, NurseryIsNotTracedIfMuchElseWouldHaveToBeScanned) {
  collectFully(100 * kMiB);
  survive(0.1);
  EXPECT_EQ(pacing_.next(110 * kMiB, kMiB, kNoLimit, true, 0),
            CollectionKind::Young);
  EXPECT_EQ(pacing_.next(110 * kMiB, kMiB, kNoLimit, true, 50 * kMiB),
            CollectionKind::Promotion);
}

TEST_F(PacingTest, ItIsMeasuredNowAndThen) {
  collectFully(100 * kMiB);
  survive(0.9);
  CollectionReport settled;
  settled.kind = CollectionKind::Promotion;
  unsigned promotions = 0;
  while (next(110 * kMiB) == CollectionKind::Promotion && promotions < 100) {
    pacing_.collected(settled, kNoLimit, &chain_);
    ++promotions;
  }
  EXPECT_GT(promotions, 0u);
  EXPECT_LT(promotions, 10u);
  EXPECT_EQ(next(110 * kMiB), CollectionKind::Young);
}

TEST_F(PacingTest, OnlyAMeasuredNurseryLetsRecyclingBeginAgain) {
  collectFully(100 * kMiB);
  survive(0.9);
  ASSERT_TRUE(pacing_.wantsToRecycle(100 * kMiB, kNoLimit));
  pacing_.recyclingEnded(110 * kMiB, kNoLimit, chain_);
  EXPECT_FALSE(pacing_.wantsToRecycle(110 * kMiB, kNoLimit));
  pacing_.collected(CollectionReport(), kNoLimit, &chain_); // Nothing is young.
  EXPECT_FALSE(pacing_.wantsToRecycle(110 * kMiB, kNoLimit));
  survive(0.9);
  EXPECT_TRUE(pacing_.wantsToRecycle(110 * kMiB, kNoLimit));
}

TEST_F(PacingTest, NurseryThatSurvivesAllAtOnceIsCopiedInThePauseTime) {
  pacing_.setPauseTime(1e-3);
  collectFully(100 * kMiB);
  CollectionReport report; // A tenth survives, and takes 0.2 ms.
  report.newBytes = report.scannedBytes = 2 * kMiB;
  report.trace.movedBytes = kMiB / 5;
  report.processorNanoseconds = 200000;
  for (int i = 0; i < 20; ++i) {
    pacing_.measurePause(report);
    survive(0.1);
  }
  EXPECT_LE(nursery(), kMiB * 0.7);
  EXPECT_GT(nursery(), kMiB / 3);
}

TEST_F(PacingTest, NurseryIsCollectedInAPartOfThePauseTime) {
  pacing_.setPauseTime(1e-3);
  CollectionReport report;
  report.newBytes = report.scannedBytes = kMiB;
  report.processorNanoseconds = 1000000; // So 0.25 ms is 0.25 MiB.
  collectFully(100 * kMiB);
  for (int i = 0; i < 20; ++i) {
    survive(0.2);
    pacing_.measurePause(report);
  }
  survive(0.2);
  EXPECT_NEAR(double(nursery()), kMiB * 0.25, 1024);
}

TEST_F(PacingTest, FirstNurseriesAreCopiedToMemoryThatNobodyHasTouched) {
  pacing_.setPauseTime(1e-3);
  EXPECT_EQ(pacing_.firstNursery(~std::size_t(0)), kMiB / 8);
  collectFully(100 * kMiB);
  for (int i = 0; i < 20; ++i)
    survive(0.2);
  EXPECT_EQ(nursery(), kMiB / 8);
}

TEST_F(PacingTest, FirstNurseriesLeaveRoomToCopyThem) {
  EXPECT_EQ(pacing_.firstNursery(64 * kMiB), 4 * kMiB);
  EXPECT_EQ(pacing_.firstNursery(4 * kMiB), kMiB);
  EXPECT_EQ(pacing_.firstNursery(kMiB / 2), kMiB / 4) << "worth its name";
}

TEST_F(PacingTest, WhatCopyingTookIsKeptWhileNurseriesSettle) {
  pacing_.setPauseTime(1e-3);
  CollectionReport report;
  report.newBytes = report.scannedBytes = 4 * kMiB;
  report.trace.movedBytes = kMiB / 5;
  report.processorNanoseconds = 700000; // All a nursery of 0.2 MiB may take.
  for (int i = 0; i < 20; ++i)
    pacing_.measurePause(report);
  std::size_t before = pacing_.firstNursery(~std::size_t(0));
  EXPECT_NEAR(double(before), kMiB / 5.0, 1024);
  report.kind = CollectionKind::Promotion;
  report.processorNanoseconds = 1000;
  for (int i = 0; i < 20; ++i)
    pacing_.measurePause(report);
  EXPECT_EQ(pacing_.firstNursery(~std::size_t(0)), before);
}

TEST_F(PacingTest, GuessOfCopyingIsForgottenWhileNurseriesSettle) {
  pacing_.setPauseTime(1e-3);
  CollectionReport report;
  report.newBytes = 256 << 10;
  report.kind = CollectionKind::Promotion;
  report.processorNanoseconds = 1000;
  std::size_t before = pacing_.firstNursery(~std::size_t(0));
  for (int i = 0; i < 20; ++i)
    pacing_.measurePause(report);
  EXPECT_GT(pacing_.firstNursery(~std::size_t(0)), before);
}

TEST_F(PacingTest, LogIsAsLongAsCanBeLookedAtInHalfOfThePauseTime) {
  pacing_.setPauseTime(1e-3);
  EXPECT_EQ(pacing_.mostLogged(kNoLimit, false), 3000u);
  EXPECT_EQ(pacing_.mostLogged(kNoLimit, true), 2000u);
  pacing_.setPauseTime(1);
  EXPECT_EQ(pacing_.mostLogged(64 * kMiB, false), 128u << 10);
}

TEST_F(PacingTest, WhatWouldTakeTooLongIsCollectedWhileTheProgramRuns) {
  collectFully(100 * kMiB);
  EXPECT_FALSE(pacing_.isTimeToBegin(299 * kMiB, kNoLimit));
  pacing_.setPauseTime(1e-3);
  EXPECT_FALSE(pacing_.isTimeToBegin(120 * kMiB, kNoLimit));
  EXPECT_TRUE(pacing_.isTimeToBegin(210 * kMiB, kNoLimit));
  EXPECT_EQ(pacing_.headroom(210 * kMiB, kNoLimit), 90 * kMiB);
}

TEST_F(PacingTest, SparseHeapIsCollectedNoSooner) {
  pacing_.setPauseTime(1e-3);
  pacing_.oldEnded(150 * kMiB, 100 * kMiB);
  EXPECT_FALSE(pacing_.isTimeToBegin(224 * kMiB, kNoLimit));
  EXPECT_TRUE(pacing_.isTimeToBegin(226 * kMiB, kNoLimit));
}

TEST_F(PacingTest, NothingIsSettledWhereThatMayNotBe) {
  collectFully(100 * kMiB);
  survive(0.9);
  EXPECT_EQ(pacing_.next(110 * kMiB, 0, kNoLimit, false),
            CollectionKind::Young);
}

TEST_F(PacingTest, FullCollectionIsDueWhenTheHeapHasTripled) {
  collectFully(100 * kMiB);
  EXPECT_EQ(next(290 * kMiB), CollectionKind::Young);
  EXPECT_EQ(next(310 * kMiB), CollectionKind::Full);
}

TEST_F(PacingTest, LimitMakesItDueEarlier) {
  collectFully(100 * kMiB, 250 * kMiB);
  EXPECT_EQ(next(180 * kMiB, 250 * kMiB), CollectionKind::Young);
  EXPECT_EQ(next(220 * kMiB, 250 * kMiB), CollectionKind::Full);
}

TEST_F(PacingTest, GroupsAreAsLargeAsCanBeEvacuatedInTime) {
  std::size_t before = pacing_.evacuatedIn(1e-3);
  for (unsigned i = 0; i < 100; ++i)
    pacing_.evacuated(1000 << 10, 8e-3);
  EXPECT_NEAR(double(pacing_.evacuatedIn(1e-3)), 128e3, 1e3);
  pacing_.evacuated(10, 1); // Of so few bytes, nothing can be said.
  EXPECT_NEAR(double(pacing_.evacuatedIn(1e-3)), 128e3, 1e3);
  for (unsigned i = 0; i < 100; ++i)
    pacing_.evacuated(1000 << 10, 0.5e-3);
  EXPECT_GT(pacing_.evacuatedIn(1e-3), before);
}

/// Once, more was to be used than there was, and a full collection came first.
TEST_F(PacingTest, OldCollectionBeginsBeforeMemoryRunsOut) {
  pacing_.setPauseTime(1e-3);
  pacing_.oldEnded(90 * kMiB, 88 * kMiB);
  EXPECT_FALSE(pacing_.isTimeToBegin(91 * kMiB, 100 * kMiB));
  EXPECT_TRUE(pacing_.isTimeToBegin(93 * kMiB, 100 * kMiB));
  EXPECT_LE(pacing_.headroom(93 * kMiB, 100 * kMiB), kMiB);
}

TEST_F(PacingTest, HoweverTightSomethingMustDieInBetween) {
  collectFully(100 * kMiB, 101 * kMiB);
  EXPECT_EQ(next(105 * kMiB, 101 * kMiB), CollectionKind::Young);
}

} // namespace
} // namespace mps
