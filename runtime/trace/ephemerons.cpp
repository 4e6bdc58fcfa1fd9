#include "trace/ephemerons.h"

#include <bit>

namespace mps {

namespace {
constexpr std::size_t kFirstBuckets = 1024;      ///< A power of two.
constexpr Word kMultiplier = 0x9e3779b97f4a7c15; ///< 2^64 / golden ratio.
} // namespace

/// Fibonacci hashing, twice: of the product, the highest bits are the best, and
/// the table needs them to be the lowest.
std::size_t WaitingEphemerons::hashOf(Ref key) {
  Word hash = key.bits() / kWordSize * kMultiplier;
  hash = (hash ^ hash >> 32) * kMultiplier;
  return hash >> 32;
}

/// Of buckets of which the first so many have been split already, as there are
/// more than a power of two.
WaitingEphemerons::Index &WaitingEphemerons::bucketOf(Ref key) {
  std::size_t half = std::bit_floor(buckets_.size());
  std::size_t bucket = hashOf(key) & (2 * half - 1);
  return buckets_[bucket < buckets_.size() ? bucket : bucket - half];
}

/// What leads to the first entry of a key, or to kNone.
WaitingEphemerons::Index *WaitingEphemerons::find(Ref key) {
  Index *link = &bucketOf(key);
  for (++steps_; *link != kNone && entries_[*link].key != key; ++steps_)
    link = &entries_[*link].nextKey;
  return link;
}

/// One more bucket, into which one of the others is split. False if there is no
/// memory for even one.
bool WaitingEphemerons::grow() {
  std::size_t before = buckets_.size();
  if (before == 0) {
    while (buckets_.size() < kFirstBuckets && buckets_.push(kNone)) {
    }
    buckets_.truncate(std::bit_floor(buckets_.size()));
    return buckets_.size() != 0;
  }
  if (!buckets_.push(kNone))
    return true;
  std::size_t half = std::bit_floor(before);
  Index *from = &buckets_[before - half], *to = &buckets_[before];
  while (*from != kNone) {
    ++steps_;
    Entry &first = entries_[*from];
    if ((hashOf(first.key) & (2 * half - 1)) == before) {
      *to = *from;
      to = &first.nextKey;
      *from = first.nextKey;
      first.nextKey = kNone;
    } else {
      from = &first.nextKey;
    }
  }
  return true;
}

bool WaitingEphemerons::add(const Ephemeron &ephemeron, Ref key) {
  if (entries_.size() >= buckets_.size() && !grow())
    return false;
  auto index = Index(entries_.size());
  if (index == kNone || !entries_.push({ephemeron, key, true, kNone, kNone}))
    return false;
  Index *first = find(key);
  if (*first == kNone) {
    *first = index;
  } else {
    entries_[index].nextSame = entries_[*first].nextSame;
    entries_[*first].nextSame = index;
  }
  return true;
}

void WaitingEphemerons::found(Ref object) {
  Index *link = find(object);
  Index first = *link;
  if (first == kNone)
    return;
  *link = entries_[first].nextKey;
  entries_[first].nextKey = ready_;
  ready_ = first;
}

bool WaitingEphemerons::take(Ephemeron &out) {
  if (ready_ == kNone)
    return false;
  ++steps_;
  Entry &taken = entries_[ready_];
  out = taken.ephemeron;
  taken.isWaiting = false;
  ready_ = taken.nextKey;
  if (taken.nextSame != kNone) {
    entries_[taken.nextSame].nextKey = ready_;
    ready_ = taken.nextSame;
  }
  return true;
}

bool WaitingEphemerons::remove(Ephemeron &out, bool &wasWaiting) {
  if (entries_.size() == 0) {
    clear();
    return false;
  }
  Entry entry = entries_.pop();
  out = entry.ephemeron;
  wasWaiting = entry.isWaiting;
  return true;
}

void WaitingEphemerons::clear() {
  entries_.clear();
  buckets_.clear();
  ready_ = kNone;
}

} // namespace mps
