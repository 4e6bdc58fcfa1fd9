#include "collector/schedule.h"

namespace mps {

namespace {

/// How often a turn comes, at most: as costly ones as seldom.
constexpr unsigned kWeights[Schedule::kTurns] = {
    8,  // Nothing
    8,  // Due
    4,  // Begin
    48, // Step
    8,  // End
    8,  // Group
    1,  // Finish
    8,  // Young
    6,  // Settle
    1,  // Full
    1,  // Compact
};
/// Weights are scaled by a power of two.
constexpr unsigned kScales = 4;
/// One kind of turn in so many is left out.
constexpr unsigned kLeftOut = 8;
constexpr unsigned kLeastStep = 6, kMostStep = 15; // 64 bytes to 32 KiB.
/// However long a program runs, it has so many turns some twenty times.
constexpr unsigned kTurnsTogether = 1024;
constexpr unsigned kMostRarity = 6, kMostPollRarity = 12;

} // namespace

void Schedule::start(std::uint64_t seed) {
  seed_ = seed;
  random_ = Random(seed);
  step_ = std::size_t(1) << (kLeastStep +
                             random_.below(kMostStep - kLeastStep + 1));
  turns_ = 0;
  rarity_ = 1u << random_.below(kMostRarity + 1);
  takesPolls_ = random_.oneIn(2);
  pollRarity_ = 1u << random_.below(kMostPollRarity + 1);
  total_ = 0;
  for (unsigned i = 0; i < kTurns; ++i) {
    weights_[i] = kWeights[i] << random_.below(kScales);
    if (random_.oneIn(kLeftOut))
      weights_[i] = 0;
    total_ += weights_[i];
  }
}

Schedule::Turn Schedule::next() {
  if (total_ == 0 || !random_.oneIn(rarity_))
    return Turn::Nothing;
  if (++turns_ % kTurnsTogether == 0)
    rarity_ *= 2;
  std::size_t drawn = random_.below(total_);
  unsigned turn = 0;
  while (drawn >= weights_[turn])
    drawn -= weights_[turn++];
  return Turn(turn);
}

} // namespace mps
