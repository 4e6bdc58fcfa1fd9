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
  Ephemeron ephemeron_ = {Slot::at(Address::of(&words_[0])),
                          Slot::at(Address::of(&words_[1])),
                          {}};
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

} // namespace
