#include "arena/watched_pages.h"

#include "base/check.h"

#include <algorithm>

namespace mps {

namespace {

using platform::kPageSize;

/// Where mappings are short, a store opens all that is as near as this.
constexpr std::size_t kNear = 64;
/// More runs than this are closed together with what is between them.
constexpr unsigned kMostRuns = 8;

[[gnu::no_sanitize("address", "thread")]] void copyPage(Address from,
                                                        Address to) {
  for (std::size_t i = 0; i < WatchedPages::kWords; ++i)
    to.as<Word>()[i] = from.as<const volatile Word>()[i];
}

void makeWritable(Extent pages) {
  bool done = platform::makeWritable(pages);
  MPS_CHECK(done, "the system refuses to make a root's memory writable");
}

} // namespace

bool WatchedPages::start() {
  std::size_t states = alignUp(count(), kPageSize);
  memory_ = platform::reserve(states + extent_.size(), platform::Pages::Small);
  if (memory_.isEmpty())
    return false;
  states_ = memory_.base.as<std::uint8_t>();
  shadow_ = {memory_.base + states, memory_.limit};
  openPages_ = count();
  if (protection_.watch(*this))
    return true;
  platform::unreserve(memory_);
  memory_ = {};
  return false;
}

void WatchedPages::stop() {
  if (memory_.isEmpty())
    return;
  protection_.unwatch(*this);
  platform::unreserve(memory_);
  memory_ = {};
}

// ---- Opening and closing ----

/// By how much the boundaries become more if pages that are open are closed.
int WatchedPages::boundariesAround(std::size_t first, std::size_t end) const {
  bool left = first > 0 && isClosed(first - 1);
  bool right = end < count() && isClosed(end);
  return (left ? -1 : 1) + (right ? -1 : 1);
}

void WatchedPages::close(Extent run) {
  platform::Locked locked(protection_.lock_);
  std::size_t first = pageOf(run.base), end = pageOf(run.limit);
  int more = boundariesAround(first, end);
  if (!Protection::mayAdd(more) || !platform::makeReadOnly(run))
    return;
  Protection::addBoundaries(more);
  for (std::size_t i = first; i < end; ++i)
    states_[i] |= kClosed;
  openPages_ -= end - first;
  protection_.addOpen(-std::ptrdiff_t(run.size()));
}

/// By one call of the system, if there are many runs.
void WatchedPages::closeAll() {
  if (openPages_ == 0)
    return;
  unsigned runs = 0;
  forEachOpenRun([&](Extent) { ++runs; });
  if (runs <= kMostRuns)
    return forEachOpenRun([this](Extent run) { close(run); });
  platform::Locked locked(protection_.lock_);
  int before = 0;
  forEachClosedRun([&](Extent) { before += 2; });
  if (!platform::makeReadOnly(extent_))
    return;
  Protection::addBoundaries(2 - before);
  for (std::size_t i = 0; i < count(); ++i)
    states_[i] |= kClosed;
  protection_.addOpen(-std::ptrdiff_t(openSize()));
  openPages_ = 0;
}

/// What is closed of them. With the lock.
void WatchedPages::open(std::size_t first, std::size_t end) {
  for (std::size_t i = first; i < end;) {
    if (!isClosed(i)) {
      ++i;
      continue;
    }
    std::size_t begin = i;
    for (; i < end && isClosed(i); ++i)
      if ((states_[i] & (kWaiting | kCopied)) == kWaiting) {
        copyPage(pages(i, i).base, shadowOf(i));
        states_[i] |= kCopied;
        ++copiedPages_;
        protection_.shadowSize_ += kPageSize;
      }
    Extent run = pages(begin, i);
    makeWritable(run);
    for (std::size_t each = begin; each < i; ++each)
      states_[each] &= std::uint8_t(~kClosed);
    Protection::addBoundaries(-boundariesAround(begin, i));
    openPages_ += i - begin;
    protection_.addOpen(std::ptrdiff_t(run.size()));
  }
}

/// A page that is open has been opened by another thread just now.
bool WatchedPages::mend(Address address) {
  if (!extent_.contains(address))
    return false;
  std::size_t page = pageOf(address);
  if (!isClosed(page))
    return true;
  if (Protection::mayAdd(0))
    open(page, page + 1);
  else
    open(page / kNear * kNear, std::min((page / kNear + 1) * kNear, count()));
  return true;
}

void WatchedPages::lift() { makeWritable(extent_); }

void WatchedPages::putBack() {
  forEachClosedRun([](Extent run) {
    bool done = platform::makeReadOnly(run);
    MPS_CHECK(done, "the system refuses to protect a root's memory again");
  });
}

// ---- What they held ----

void WatchedPages::wait() {
  platform::Locked locked(protection_.lock_);
  dropShadow();
  for (std::size_t i = 0; i < count(); ++i)
    states_[i] = states_[i] & kClosed ? kClosed | kWaiting : 0;
  next_ = 0;
}

void WatchedPages::stopWaiting() {
  platform::Locked locked(protection_.lock_);
  dropShadow();
  for (std::size_t i = 0; i < count(); ++i)
    states_[i] &= kClosed;
  next_ = count();
}

bool WatchedPages::takeWaiting(Contents &contents) {
  platform::Locked locked(protection_.lock_);
  while (next_ < count() && !(states_[next_] & kWaiting))
    ++next_;
  if (next_ == count()) {
    dropShadow();
    return false;
  }
  bool isCopied = states_[next_] & kCopied;
  copyPage(isCopied ? shadowOf(next_) : pages(next_, next_).base,
           Address::of(&contents));
  states_[next_] &= std::uint8_t(~(kWaiting | kCopied));
  ++next_;
  return true;
}

void WatchedPages::dropShadow() {
  if (copiedPages_ == 0)
    return;
  platform::discard(shadow_);
  protection_.shadowSize_ -= copiedPages_ * kPageSize;
  copiedPages_ = 0;
}

// ---- The protection's part ----

void Protection::unwatch(WatchedPages &pages) {
  platform::Locked locked(lock_);
  pages.open(0, pages.count());
  pages.dropShadow();
  addOpen(-std::ptrdiff_t(pages.openSize()));
  WatchedPages *each = watched_.load(std::memory_order_relaxed);
  if (each == &pages)
    watched_.store(pages.nextWatched_, std::memory_order_release);
  for (; each != nullptr; each = each->nextWatched_)
    if (each->nextWatched_ == &pages)
      each->nextWatched_ = pages.nextWatched_;
}

bool Protection::mendWatched(Address address) {
  WatchedPages *each = watched_.load(std::memory_order_relaxed);
  while (each != nullptr && !each->mend(address))
    each = each->nextWatched_;
  return each != nullptr;
}

} // namespace mps
