#include "collector/pacing.h"

#include <algorithm>

namespace mps {

namespace {
/// Of the nursery's bytes: above, it doubles; below, it halves.
constexpr double kMuchSurvives = 0.20, kLittleSurvives = 0.02;
/// The nursery is at most this part of the limit.
constexpr std::size_t kNurseryPart = 16;
} // namespace

void Pacing::resizeNursery(Chain &chain, const TraceCounts &counts,
                           std::size_t condemnedNew, std::size_t limit) {
  if (condemnedNew == 0)
    return;
  std::size_t capacity = chain.generations[0].capacity;
  double rate = double(counts.movedBytes) / double(condemnedNew);
  if (rate > kMuchSurvives)
    capacity *= 2;
  else if (rate < kLittleSurvives)
    capacity /= 2;
  std::size_t most = std::clamp(limit / kNurseryPart, kLeastNursery / 4,
                                kMostNursery);
  chain.generations[0].capacity =
      std::clamp(capacity, std::min(kLeastNursery, most), most);
}

void Pacing::collected(bool wasFull, std::size_t used, std::size_t limit,
                       std::size_t nursery) {
  if (wasFull)
    live_ = used;
  std::size_t threshold = std::max(kLeastThreshold, kGrowth * live_);
  std::size_t room = 2 * nursery + live_;
  std::size_t most = limit > room ? limit - room : 0;
  // However tight memory is, something must die between full collections.
  most = std::max(most, live_ + live_ / 8 + nursery);
  threshold_ = std::min(threshold, most);
}

} // namespace mps
