// Ephemerons that wait for their keys.
#include "trace/ephemerons.h"

#include <gtest/gtest.h>

using namespace mps;

namespace {

class EphemeronsTest : public testing::Test {
protected:
  static Ref ref(Word &object) { return Ref::to(Address::of(&object)); }

  Word key_ = 0, other_ = 0;
  Word words_[2] = {ref(key_).bits(), 0};
  Ephemeron ephemeron_ = {
      Slot::at(Address::of(&words_[0])), Slot::at(Address::of(&words_[1])), {}};
  WaitingEphemerons waiting_;
};

/// A mutator's store, or a young collection that clears it, may come between a
/// marker's look at the key and this.
TEST_F(EphemeronsTest, WaitsForTheKeyThatWasSeen) {
  words_[0] = 0;
  ASSERT_TRUE(waiting_.add(ephemeron_, ref(key_)));
  waiting_.found(ref(other_));
  EXPECT_FALSE(waiting_.isReady());
  waiting_.found(ref(key_));
  Ephemeron taken;
  ASSERT_TRUE(waiting_.take(taken));
  EXPECT_EQ(taken.key.address(), ephemeron_.key.address());
  EXPECT_FALSE(waiting_.take(taken));
}

/// However many wait for a key, to find it takes one step; then each is taken
/// once, as are those of another key.
TEST_F(EphemeronsTest, AKeyOfManyIsFoundInOneStep) {
  constexpr std::size_t kMany = 10000;
  for (std::size_t i = 0; i < kMany; ++i)
    ASSERT_TRUE(waiting_.add(ephemeron_, ref(i % 2 ? key_ : other_)));
  std::size_t before = waiting_.steps();
  waiting_.found(ref(key_));
  waiting_.found(ref(other_));
  EXPECT_LE(waiting_.steps() - before, 4u);
  waiting_.found(ref(key_)); // Nothing waits for it any more.
  Ephemeron taken;
  std::size_t count = 0;
  while (waiting_.take(taken))
    ++count;
  EXPECT_EQ(count, kMany);
  waiting_.forEachWaiting([](const Ephemeron &) { FAIL(); });
}

TEST_F(EphemeronsTest, WhatIsRemovedTellsWhetherItWaits) {
  ASSERT_TRUE(waiting_.add(ephemeron_, ref(key_)));
  ASSERT_TRUE(waiting_.add(ephemeron_, ref(other_)));
  waiting_.found(ref(other_));
  Ephemeron taken;
  ASSERT_TRUE(waiting_.take(taken));
  bool waits = true;
  ASSERT_TRUE(waiting_.remove(taken, waits));
  EXPECT_FALSE(waits);
  ASSERT_TRUE(waiting_.remove(taken, waits));
  EXPECT_TRUE(waits);
  EXPECT_FALSE(waiting_.remove(taken, waits));
}

} // namespace
