#include "stack/quiet_frames.h"

#include "fake_stack.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>
#include <set>

namespace mps {
namespace {

constexpr unsigned kRunning = QuietFrames::kRunning;

class QuietFramesTest : public testing::Test {
protected:
  /// A word above this is a reference to something young.
  static constexpr Word kYoung = 1000;

  struct Visitor final : RootVisitor {
    std::multiset<Address> visited;
    void exact(Slot slot) override { visited.insert(slot.address()); }
    bool becomesQuiet(Slot slot) override {
      return slot.load().bits() >= kYoung;
    }
  };

  /// How many slots a collection visits.
  std::size_t collect() {
    last_.visited.clear();
    WalkCounts counts;
    for (Rank rank : {Rank::Ambiguous, Rank::Exact})
      frames_.visit(stack_.state(), rank, last_, counts);
    return last_.visited.size();
  }
  bool wasVisited(unsigned depth) {
    return last_.visited.count(stack_.frame(depth)) == 1;
  }
  /// Returns from the hottest frame, as compiled code does.
  void leave() {
    if (frames_.isReached(stack_.frame(stack_.depth())))
      poll();
    stack_.setDepth(stack_.depth() - 1);
  }
  void poll() {
    ++polls_;
    isLost_ |= frames_.takeLost();
    frames_.retreat(&stack_.exit(),
                    [this](Slot slot) { shown_.insert(slot.address()); });
  }

  FrameTable table_;
  FakeStack<4000> stack_{table_};
  QuietFrames frames_;
  Visitor last_;
  unsigned polls_ = 0;
  std::set<Address> shown_;
  bool isLost_ = false;
};

TEST_F(QuietFramesTest, FramesThatHaveNotRunAreNotVisitedAgain) {
  stack_.setDepth(3000);
  EXPECT_EQ(collect(), 3000u);
  EXPECT_EQ(collect(), kRunning);
  stack_.setDepth(3500);
  EXPECT_EQ(collect(), 500 + kRunning);
}

TEST_F(QuietFramesTest, OnlyTheGuardIsToldOfItsReturn) {
  stack_.setDepth(3000);
  collect();
  EXPECT_EQ(frames_.limit(), stack_.frame(3000 - kRunning + 2));
  for (unsigned i = 0; i < kRunning - 2; ++i)
    leave();
  EXPECT_EQ(polls_, 0u);
  leave();
  EXPECT_EQ(polls_, 1u);
}

TEST_F(QuietFramesTest, GoingUpAndDownPollsOnce) {
  stack_.setDepth(1000);
  collect();
  for (int i = 0; i < 50; ++i) {
    while (stack_.depth() > 1000 - kRunning)
      leave();
    stack_.setDepth(1000);
  }
  EXPECT_EQ(polls_, 1u);
}

TEST_F(QuietFramesTest, FramesThatAreReturnedToAreVisited) {
  stack_.setDepth(1000);
  collect();
  while (stack_.depth() > 500)
    leave();
  stack_.setDepth(1000);
  collect();
  EXPECT_TRUE(wasVisited(500));
  EXPECT_TRUE(wasVisited(499)) << "its area may have been written";
  EXPECT_FALSE(wasVisited(100));
}

TEST_F(QuietFramesTest, SlotsThatLeadToYoungObjectsAreVisitedUntilTheySettle) {
  stack_.setDepth(1000);
  for (unsigned depth : {10u, 20u, 500u})
    stack_.slot(depth).store(Ref::fromBits(kYoung));
  collect();
  EXPECT_EQ(collect(), kRunning + 3);
  EXPECT_TRUE(wasVisited(20));
  stack_.slot(20).store(Ref());
  EXPECT_EQ(collect(), kRunning + 3);
  EXPECT_EQ(collect(), kRunning + 2);
}

TEST_F(QuietFramesTest, SlotsOfFramesThatHaveGoneAreForgotten) {
  stack_.setDepth(1000, kYoung);
  collect();
  while (stack_.depth() > 300)
    leave();
  stack_.setDepth(1000);
  EXPECT_EQ(collect(), 1000u);
  EXPECT_LE(collect(), kRunning + 300);
}

TEST_F(QuietFramesTest, JumpsAreKnown) {
  stack_.setDepth(2000);
  collect();
  frames_.noteJump(stack_.frame(700));
  EXPECT_TRUE(frames_.isReached(Address())) << "the next poll is taken";
  stack_.setDepth(700);
  stack_.setDepth(1500, 1);
  collect();
  EXPECT_TRUE(wasVisited(1000));
  EXPECT_TRUE(wasVisited(700));
  EXPECT_TRUE(wasVisited(699));
  EXPECT_FALSE(wasVisited(690));
  collect();
  EXPECT_TRUE(wasVisited(700)) << "it may still be on its way";
  poll();
  EXPECT_FALSE(frames_.isReached(stack_.frame(1500)));
  collect();
  collect();
  EXPECT_FALSE(wasVisited(700));
}

TEST_F(QuietFramesTest, WhatSettlesAtOnceIsNotVisited) {
  stack_.setDepth(4000 - 2, kYoung);
  EXPECT_EQ(frames_.runningSize(stack_.state()), (4000 - 2) * stack_.kSize);
  frames_.settle(stack_.state());
  EXPECT_EQ(frames_.runningSize(stack_.state()), kRunning * stack_.kSize);
  EXPECT_EQ(collect(), kRunning);
}

TEST_F(QuietFramesTest, FramesAreShownInSteps) {
  stack_.setDepth(2000);
  collect();
  collect();
  frames_.wait();
  std::set<Address> shown;
  for (int steps = 0; frames_.isWaiting(); ++steps) {
    ASSERT_LT(steps, 20);
    frames_.showWaiting(100, [&](Slot slot) {
      EXPECT_TRUE(shown.insert(slot.address()).second);
    });
  }
  EXPECT_EQ(shown.size(), 2000 - kRunning);
}

TEST_F(QuietFramesTest, FramesAreShownBeforeTheyRun) {
  stack_.setDepth(2000);
  collect();
  collect();
  frames_.wait();
  while (stack_.depth() > 1000) {
    leave();
    if (stack_.depth() < 2000 - kRunning)
      EXPECT_EQ(shown_.count(stack_.frame(stack_.depth())), 1u);
  }
  EXPECT_TRUE(frames_.isWaiting());
  EXPECT_FALSE(isLost_);
}

TEST_F(QuietFramesTest, FramesThatAreJumpedOverAreLost) {
  stack_.setDepth(2000);
  collect();
  frames_.wait();
  frames_.noteJump(stack_.frame(1990));
  EXPECT_FALSE(frames_.takeLost()) << "none of them waited";
  frames_.noteJump(stack_.frame(100));
  EXPECT_FALSE(frames_.takeLost()) << "none waits: all were visited";
  collect();
  stack_.setDepth(100);
  poll();
  stack_.setDepth(2000);
  collect();
  collect();
  frames_.wait();
  frames_.noteJump(stack_.frame(100));
  EXPECT_TRUE(frames_.takeLost());
  EXPECT_FALSE(frames_.takeLost());
}

/// Whatever the program does, a collection visits every slot that has changed,
/// and every one that leads to something young.
TEST_F(QuietFramesTest, EverySlotThatChangesIsVisited) {
  unsigned seed = std::random_device()();
  if (const char *given = std::getenv("MPS_TEST_SEED"))
    seed = unsigned(std::atoi(given));
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  std::set<unsigned> changed; // Depths.
  auto pick = [&](unsigned most) { return unsigned(random() % most); };
  auto change = [&] {
    unsigned depth = stack_.depth();
    for (unsigned each : {depth, depth - 1}) { // And its caller's area.
      if (each == 0)
        continue;
      stack_.slot(each).store(Ref::fromBits(pick(8) == 0 ? kYoung : 1));
      changed.insert(each);
    }
  };
  stack_.setDepth(1);
  for (int step = 0; step < 3000; ++step) {
    switch (pick(8)) {
    case 0: {
      unsigned target = 1 + pick(stack_.depth());
      frames_.noteJump(stack_.frame(target));
      stack_.setDepth(target);
      break;
    }
    case 1:
    case 2:
    case 3:
      for (unsigned i = pick(300); i > 0 && stack_.depth() > 1; --i) {
        leave();
        change();
      }
      break;
    case 4:
      collect();
      for (unsigned depth = 1; depth <= stack_.depth(); ++depth)
        if (changed.count(depth) || stack_.slot(depth).load().bits() >= kYoung)
          ASSERT_TRUE(wasVisited(depth)) << depth << " of " << stack_.depth();
      for (unsigned depth = 1; depth <= stack_.depth(); ++depth)
        if (stack_.slot(depth).load().bits() >= kYoung && pick(2) == 0)
          stack_.slot(depth).store(Ref()); // It has settled.
      changed.clear();
      break;
    case 5:
      if (frames_.isReached(stack_.frame(stack_.depth())))
        poll(); // In a loop.
      break;
    default:
      for (unsigned i = pick(400); i > 0 && stack_.depth() < 3900; --i) {
        stack_.setDepth(stack_.depth() + 1);
        change();
      }
    }
    change();
  }
}

} // namespace
} // namespace mps
