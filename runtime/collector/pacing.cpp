#include "collector/pacing.h"

#include <algorithm>

namespace mps {

namespace {
/// Of the nursery's bytes: above, it doubles; below, it halves.
constexpr double kMuchSurvives = 0.08, kLittleSurvives = 0.02;
/// With less, the nursery is collected whatever a full collection costs: memory
/// that is used again is in the cache.
constexpr double kLeastToSettle = 0.33;
/// Of the pause time: what a nursery is expected to take.
constexpr double kPausePart = 0.25;
/// The same, if all of it survives that never did.
constexpr double kMostPausePart = 0.7;
/// Seconds for each byte, where what survives is spread over memory: a program
/// may begin to make such a thing at any time.
constexpr double kLeastCopyingCost = 2e-9;
/// The nursery is not made smaller for either.
constexpr std::size_t kLeastForPause = std::size_t(128) << 10;
/// Of fewer bytes than this, nothing can be said about survival.
constexpr std::size_t kLeastSample = std::size_t(64) << 10;
/// Less than this is in the cache, and is scanned in no time.
constexpr std::size_t kLeastDirty = std::size_t(4) << 20;
/// The survival of a settled nursery is measured at least every so many times.
constexpr double kMostSettled = 8;
/// Of the heap: so much may be recycled before, where nurseries are small.
constexpr std::size_t kRecycledPart = 32;
/// Of the limit: kept free to evacuate sparse segments to.
constexpr std::size_t kEvacuatedPart = 8;
/// Of the wanted nursery, and of the target: less is not worth a young
/// collection.
constexpr std::size_t kLeastPart = 4, kLeastPartOfTarget = 16;
/// The youngest part of the nursery ages; older survivors settle at once.
constexpr std::size_t kAgeingPart = 4;
} // namespace

void Pacing::setNursery(std::size_t fixed) {
  fixedNursery_ = fixed;
  nursery_ = fixed != 0 ? fixed : kFirstNursery;
}

std::size_t Pacing::target(std::size_t limit) const {
  double grown = growth_ * double(std::max(kLeastLive, live_));
  double most = double(limit - limit / kEvacuatedPart);
  auto wanted = std::size_t(std::min(grown, most));
  // However tight memory is, something must die between full collections.
  return std::max(wanted, used_ + live_ / 8);
}

/// What an old collection may use does not go beyond what there is.
std::size_t Pacing::targetOfOld(std::size_t limit) const {
  return std::min(target(limit), mostUsed(limit));
}

/// Whether a full collection frees more than a young one for each byte traced.
bool Pacing::settlesCheaper(std::size_t limit) const {
  double traced = survival_ + dirtyPart_; // For each byte of the nursery.
  if (traced < kLeastToSettle)
    return false;
  // Until the first, as much as when the heap has grown as far as it may.
  double live = live_ != 0 ? double(live_) : double(target(limit)) / 3;
  double freed = std::max(double(target(limit)) - live, 1.0);
  return traced * freed > live * (1 - survival_);
}

/// The more there is to scan besides, the more seldom survival is measured.
unsigned Pacing::mostSettled() const {
  return unsigned(kMostSettled * std::min(1 + dirtyPart_, kMostSettled));
}

CollectionKind Pacing::next(std::size_t used, std::size_t nursery,
                            std::size_t limit, bool maySettle,
                            std::size_t dirty) {
  dirtyPart_ = dirty < kLeastDirty
                   ? 0
                   : double(dirty) / double(std::max(nursery, kLeastSample));
  bool settles = maySettle && settled_ < mostSettled_ && settlesCheaper(limit);
  std::size_t freed =
      settles ? 0 : std::size_t(double(nursery) * (1 - survival_));
  std::size_t after = used - std::min(used, freed);
  std::size_t least =
      std::min(nursery_ / kLeastPart, target(limit) / kLeastPartOfTarget);
  if (after + least > target(limit))
    return CollectionKind::Full;
  return settles ? CollectionKind::Promotion : CollectionKind::Young;
}

bool Pacing::isFullTooLong(std::size_t used) const {
  double live = live_ != 0 ? double(live_) : double(used);
  return live * fullCost_ > pauseTime_;
}

bool Pacing::isYoungTooLong(std::size_t bytes) {
  constexpr double kFading = 0.98, kLeastBelief = 0.5;
  if (double(bytes) * clientCost_ * belief_ <= pauseTime_ / 2)
    return false;
  belief_ = std::max(belief_ * kFading, kLeastBelief);
  return true;
}

/// There must be room to copy it, and to fill another.
std::size_t Pacing::firstNursery(std::size_t limit) const {
  constexpr std::size_t kPartOfLimit = 4;
  if (fixedNursery_ != 0)
    return fixedNursery_;
  return std::min({kFirstNursery, mostNursery(youngCost_),
                   std::max(limit / kPartOfLimit, kLeastNursery / 4)});
}

bool Pacing::isTimeToBegin(std::size_t used, std::size_t limit) const {
  std::size_t goal = targetOfOld(limit);
  std::size_t room = goal - std::min(used_, goal);
  return isFullTooLong(used) && used > goal - room / 2;
}

std::size_t Pacing::headroom(std::size_t used, std::size_t limit) const {
  std::size_t goal = targetOfOld(limit), most = mostUsed(limit);
  std::size_t beyond = (most - std::min(most, used)) / 2;
  return std::max(goal - std::min(goal, used), std::min(beyond, used / 8));
}

std::size_t Pacing::evacuatedIn(double seconds) const {
  constexpr double kLeast = 64 << 10, kMost = 64 << 20;
  return std::size_t(std::clamp(seconds / groupCost_, kLeast, kMost));
}

/// An average: what the system did in one of the pauses does not weigh much.
void Pacing::evacuated(std::size_t bytes, double seconds) {
  constexpr double kWeight = 0.125;
  if (bytes >= kLeastSample / 2)
    groupCost_ += kWeight * (seconds / double(bytes) - groupCost_);
}

std::size_t Pacing::mostLogged(std::size_t limit, bool isRecorded) const {
  constexpr double kPerSecond = 6e6, kRecordedPerSecond = 4e6, kMost = 1e8;
  constexpr std::size_t kPartOfLimit = 64, kLeast = 65536;
  std::size_t room = std::max(limit / kPartOfLimit / sizeof(Slot), kLeast);
  double slots = std::min(
      pauseTime_ / 2 * (isRecorded ? kRecordedPerSecond : kPerSecond), kMost);
  return std::min(std::size_t(slots), room);
}

void Pacing::oldEnded(std::size_t used, std::size_t live) {
  used_ = used;
  live_ = live;
}

/// Costs are of the slower of this and what was known, which fades.
void Pacing::measurePause(const CollectionReport &report) {
  constexpr double kKept = 0.9;
  double seconds = double(report.processorNanoseconds) * 1e-9;
  auto note = [seconds](double &cost, std::size_t bytes) {
    if (bytes > kLeastSample)
      cost = std::max(cost * kKept, seconds / double(bytes));
  };
  switch (report.kind) {
  case CollectionKind::Full:
    return note(fullCost_, live_);
  case CollectionKind::Young:
    belief_ = 1;
    if (!report.hasClients && report.newBytes < capacity_ / 2)
      return; // It did not come for the nursery's sake.
    if (report.trace.movedBytes > kLeastSample)
      isCopyingMeasured_ = true;
    else
      copyingCost_ *= kKept;
    note(copyingCost_, report.trace.movedBytes);
    return note(report.hasClients ? clientCost_ : youngCost_,
                report.scannedBytes);
  case CollectionKind::Promotion:
  case CollectionKind::OldBegins:
    if (!isCopyingMeasured_) // Memory gets touched all the same.
      copyingCost_ *= kKept;
    return note(settlingCost_, report.newBytes);
  case CollectionKind::OldEnds:
  case CollectionKind::Group:
    return;
  }
}

/// As much as can be collected in a part of the pause time, and if all of it
/// survives, in a greater one.
std::size_t Pacing::mostNursery(double cost) const {
  double bytes =
      pauseTime_ * std::min(kPausePart / std::max(cost, settlingCost_),
                            kMostPausePart / std::max({copyingCost_, cost,
                                                       kLeastCopyingCost}));
  if (bytes > double(kMostNursery))
    return kMostNursery;
  return std::max(std::size_t(bytes), kLeastForPause);
}

/// Returns whether there was enough to tell what survives.
bool Pacing::measure(const CollectionReport &report) {
  const TraceCounts &counts = report.trace;
  if (counts.youngBytes < kLeastSample)
    return false;
  survival_ = double(counts.youngLive) / double(counts.youngBytes);
  if (report.kind == CollectionKind::Full || report.newBytes == 0 ||
      fixedNursery_ != 0)
    return true;
  double rate = double(counts.movedBytes) / double(report.newBytes);
  if (rate > kMuchSurvives)
    nursery_ *= 2;
  else if (rate < kLittleSurvives)
    nursery_ /= 2;
  nursery_ = std::clamp(nursery_, kLeastNursery, kMostNursery);
  return true;
}

void Pacing::collected(const CollectionReport &report, std::size_t limit,
                       Chain *chain) {
  if (report.kind == CollectionKind::Promotion ||
      report.kind == CollectionKind::OldBegins ||
      report.kind == CollectionKind::Group) {
    ++settled_;
  } else if (report.kind != CollectionKind::OldEnds && measure(report)) {
    settled_ = 0;
    mostSettled_ =
        settlesCheaper(limit) ? std::min(2 * mostSettled_, mostSettled()) : 1;
  }
  if (report.kind == CollectionKind::Full) {
    used_ = report.usedAfter;
    live_ = used_ - std::min(used_, report.trace.holeBytes);
  }
  if (chain != nullptr)
    sizeNursery(report.usedAfter, limit, *chain);
}

void Pacing::sizeNursery(std::size_t used, std::size_t limit, Chain &chain) {
  std::size_t room = target(limit) - std::min(target(limit), used);
  // What survives is copied, and there may be more of it than there was.
  if (!settlesCheaper(limit))
    room = std::size_t(double(room) / (1 + std::min(1.0, 2 * survival_)));
  std::size_t capacity = nursery_;
  if (fixedNursery_ == 0)
    capacity = std::min(std::clamp(room, kLeastNursery / 4, nursery_),
                        mostNursery(youngCost_));
  chain.generations[0].capacity = capacity_ = capacity;
  chain.ageingBytes = capacity / kAgeingPart;
}

// ---- Recycling ----

bool Pacing::wantsToRecycle(std::size_t used, std::size_t limit) const {
  return fixedNursery_ == 0 && settled_ < mostSettled_ &&
         settlesCheaper(limit) && !isRecyclingOver(used, 0, limit);
}

bool Pacing::isRecyclingOver(std::size_t used, std::size_t recycled,
                             std::size_t limit) const {
  std::size_t last = std::min(nursery_, target(limit) / kLeastPartOfTarget);
  std::size_t nurseries = mostSettled_ - std::min(settled_, mostSettled_);
  std::size_t most = std::max(nurseries * capacity_, used / kRecycledPart);
  return used + last > target(limit) || recycled > most;
}

void Pacing::recyclingEnded(std::size_t used, std::size_t limit, Chain &chain) {
  settled_ = mostSettled_;
  sizeNursery(used, limit, chain);
}

} // namespace mps
