#include "trace/ephemerons.h"

#include <bit>

namespace mps {

namespace {
constexpr std::size_t kFirstBuckets = 1024;      ///< A power of two.
constexpr Word kMultiplier = 0x9e3779b97f4a7c15; ///< 2^64 / golden ratio.
} // namespace

WaitingEphemerons::Index &WaitingEphemerons::bucketOf(Ref key) {
  // Fibonacci hashing: the highest bits are the best.
  Word hash = key.bits() / kWordSize * kMultiplier;
  return buckets_[hash >> (std::countl_zero(buckets_.size()) + 1)];
}

/// What leads to the first entry of a key, or to kNone.
WaitingEphemerons::Index *WaitingEphemerons::find(Ref key) {
  Index *link = &bucketOf(key);
  for (++steps_; *link != kNone && entries_[*link].key != key; ++steps_)
    link = &entries_[*link].nextKey;
  return link;
}

/// Twice as many buckets. False if there is no memory for even one.
bool WaitingEphemerons::grow() {
  std::size_t wanted =
      buckets_.size() == 0 ? kFirstBuckets : 2 * buckets_.size();
  std::size_t before = buckets_.size();
  while (buckets_.size() < wanted)
    if (!buckets_.push(kNone)) {
      buckets_.truncate(before);
      return before != 0;
    }
  for (Index &bucket : buckets_)
    bucket = kNone;
  for (Index i = 0; i < entries_.size(); ++i)
    entries_[i].nextKey = kNone;
  for (Index i = 0; i < entries_.size(); ++i) {
    if (!entries_[i].isWaiting)
      continue;
    Index *link = find(entries_[i].key);
    if (*link == kNone) {
      *link = i;
      entries_[i].nextSame = kNone;
    } else {
      entries_[i].nextSame = entries_[*link].nextSame;
      entries_[*link].nextSame = i;
    }
  }
  return true;
}

bool WaitingEphemerons::add(const Ephemeron &ephemeron) {
  if (entries_.size() >= buckets_.size() && !grow())
    return false;
  Ref key = ephemeron.key.load();
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
  if (*link == kNone)
    return;
  Index first = *link;
  *link = entries_[first].nextKey;
  Index last = first;
  for (Index each = first; each != kNone; each = entries_[each].nextSame) {
    ++steps_;
    entries_[each].isWaiting = false;
    last = each;
  }
  entries_[last].nextSame = ready_;
  ready_ = first;
}

bool WaitingEphemerons::take(Ephemeron &out) {
  if (ready_ == kNone)
    return false;
  out = entries_[ready_].ephemeron;
  ready_ = entries_[ready_].nextSame;
  return true;
}

bool WaitingEphemerons::remove(Ephemeron &out) {
  while (entries_.size() != 0) {
    Entry entry = entries_.pop();
    if (entry.isWaiting) {
      out = entry.ephemeron;
      return true;
    }
  }
  clear();
  return false;
}

void WaitingEphemerons::clear() {
  entries_.clear();
  buckets_.clear();
  ready_ = kNone;
}

} // namespace mps
