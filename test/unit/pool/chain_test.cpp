// Generation chains: where survivors go, and what is due.
#include "pool/chain.h"

#include <gtest/gtest.h>

namespace mps {
namespace {

Chain threeGenerations() {
  Chain chain;
  chain.count = 3;
  for (Generation &each : chain.generations)
    each.capacity = 100;
  return chain;
}

TEST(ChainTest, SurvivorsGoOneUpAndStayAtTheTop) {
  Chain chain = threeGenerations();
  EXPECT_EQ(chain.top(), 3u);
  EXPECT_EQ(chain.destinationOf(0), 1u);
  EXPECT_EQ(chain.destinationOf(2), 3u);
  EXPECT_EQ(chain.destinationOf(3), 3u);
}

TEST(ChainTest, OldestFullGenerationIsDueWithAllYoungerOnes) {
  Chain chain = threeGenerations();
  EXPECT_EQ(chain.due(), 0u);
  chain.generations[0].newBytes = 100;
  EXPECT_EQ(chain.due(), 0u) << "not more than its capacity";
  chain.generations[0].newBytes = 101;
  EXPECT_EQ(chain.due(), 1u);
  chain.generations[1].newBytes = 200;
  EXPECT_EQ(chain.due(), 2u);
}

TEST(ChainTest, GenerationsThatGoTogetherAreDueTogether) {
  Chain chain = threeGenerations();
  chain.together = 2;
  EXPECT_EQ(chain.due(), 0u);
  chain.generations[0].newBytes = 101;
  EXPECT_EQ(chain.due(), 2u);
}

} // namespace
} // namespace mps
