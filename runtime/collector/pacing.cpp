#include "collector/pacing.h"

#include <algorithm>

namespace mps {

namespace {
/// Of the nursery's bytes: above, it doubles; below, it halves.
constexpr double kMuchSurvives = 0.08, kLittleSurvives = 0.02;
/// The nursery is at most this part of the limit, and of what is free of it
/// beside what lives and room to copy that.
constexpr std::size_t kPartOfLimit = 5, kPartOfFree = 3;
/// The youngest part of the nursery ages; older survivors settle at once.
constexpr std::size_t kAgeingPart = 4;
} // namespace

void Pacing::resizeNursery(Chain &chain, const TraceCounts &counts,
                           std::size_t condemnedNew, std::size_t limit) const {
  if (condemnedNew == 0)
    return;
  std::size_t capacity = chain.generations[0].capacity;
  double rate = double(counts.movedBytes) / double(condemnedNew);
  if (rate > kMuchSurvives)
    capacity *= 2;
  else if (rate < kLittleSurvives)
    capacity /= 2;
  std::size_t isFree = limit > 2 * live_ ? limit - 2 * live_ : 0;
  std::size_t most =
      std::min({limit / kPartOfLimit, isFree / kPartOfFree, kMostNursery});
  most = std::max(most, kLeastNursery / 4);
  setNursery(chain, std::clamp(capacity, std::min(kLeastNursery, most), most));
}

void Pacing::setNursery(Chain &chain, std::size_t capacity) {
  chain.generations[0].capacity = capacity;
  chain.ageingBytes = capacity / kAgeingPart;
}

void Pacing::collected(bool wasFull, std::size_t used, std::size_t limit,
                       std::size_t nursery) {
  if (wasFull)
    live_ = used;
  std::size_t threshold = std::max(kLeastThreshold, kGrowth * live_);
  std::size_t room = 2 * nursery + live_ + live_ / 8 + limit / kReservedPart;
  std::size_t most = limit > room ? limit - room : 0;
  if (live_ == 0) // Until the first, all may live.
    most = limit / 2 > nursery ? limit / 2 - nursery : 0;
  // However tight memory is, something must die between full collections.
  most = std::max(most, live_ + live_ / 8 + nursery);
  threshold_ = std::min(threshold, most);
}

} // namespace mps
