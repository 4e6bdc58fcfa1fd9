// Roots that are areas of words, of which pages may be watched
// (arena/watched_pages.h): what is looked at, and when.
//
// Invariant R3: with the world stopped, a closed page leads to nothing that is
// young, nor, while groups are to be evacuated, to a candidate that is not
// held; and while an old collection marks, what a page that has not been shown
// held when that began is in the page or in its shadow.
#include "api/root_handle.h"

#include <algorithm>

namespace mps {

namespace {

using platform::kPageSize;

/// Fewer pages are scanned in less time than a fault takes.
constexpr std::size_t kLeastWatched = 16 * kPageSize;

Extent wholePagesOf(const void *base, const void *limit) {
  Address first = Address::of(base).alignedUp(kPageSize);
  Address end = Address::of(limit).alignedDown(kPageSize);
  return first < end ? Extent{first, end} : Extent{first, first};
}

/// The world may be stopped: to a sanitizer, a race.
[[gnu::no_sanitize("address", "thread")]] Word wordAt(Address address) {
  return *address.as<Word>();
}

template <typename Visit>
bool isOfNone(Extent page, const AreaScan &scan, Visit isOne) {
  for (Address each = page.base; each < page.limit; each += kWordSize)
    if (Word reference = scan.referenceIn(wordAt(each)))
      if (isOne(reference & ~abi::kTagMask))
        return false;
  return true;
}

} // namespace

// ---- Its beginning and end ----

/// Of pages, those that are quiet are closed, neighbours by one call of the
/// system.
template <typename IsQuiet>
void AreaRoot::closeQuiet(Extent pages, IsQuiet isQuiet) {
  Extent run = {pages.base, pages.base};
  for (Address page = pages.base; page < pages.limit; page += kPageSize) {
    if (isQuiet(Extent::of(page, kPageSize))) {
      run.limit = page + kPageSize;
      continue;
    }
    if (!run.isEmpty())
      watched->close(run);
    run = {page + kPageSize, page + kPageSize};
  }
  if (!run.isEmpty())
    watched->close(run);
}

/// All pages are open until the next collection closes them: other threads may
/// be filling them.
void AreaRoot::watch() {
  Extent pages = wholePagesOf(base, limit);
  if (pages.size() < kLeastWatched || rank == Rank::Weak || !scan.isOurs())
    return;
  Arena &owner = arena->arena();
  watched = owner.control().make<WatchedPages>(owner.protection(), pages);
  if (watched == nullptr || !watched->start())
    stopWatching();
}

void AreaRoot::stopWatching() {
  if (watched != nullptr)
    arena->arena().control().destroy(watched);
  watched = nullptr;
}

// ---- Collections ----

void AreaRoot::visit(Rank visited, RootVisitor &visitor) {
  if (visited != rank)
    return;
  if (watched == nullptr)
    return scan(visitor, base, limit);
  scan(visitor, base, watched->extent().base.as());
  if (visitor.wantsQuiet())
    visitAll(visitor);
  else
    visitOpen(visitor);
  scan(visitor, watched->extent().limit.as(), limit);
}

void AreaRoot::visitAll(RootVisitor &visitor) {
  WatchedPages::Lifted lifted(*watched);
  scan(visitor, watched->extent().base.as(), watched->extent().limit.as());
  if (rank != Rank::Exact || scan.scan != mps_scan_area)
    return;
  watched->forEachClosedRun([&](Extent run) {
    for (Address each = run.base; each < run.limit; each += kWordSize)
      visitor.quiet(Slot::at(each));
  });
}

void AreaRoot::visitOpen(RootVisitor &visitor) {
  watched->forEachOpenRun([&](Extent run) {
    scan(visitor, run.base.as(), run.limit.as());
    const ScanState &state = *visitor.scanState();
    closeQuiet(run, [&](Extent page) {
      return isOfNone(page, scan, [&](Word reference) {
        return reference - state.least < state.size &&
               visitor.becomesQuiet(Slot::at(Address::of(&reference)));
      });
    });
  });
}

void AreaRoot::settle() {
  if (watched != nullptr)
    watched->closeAll();
}

void AreaRoot::wait() {
  if (watched != nullptr)
    watched->wait();
}

void AreaRoot::stopWaiting() {
  if (watched != nullptr)
    watched->stopWaiting();
}

bool AreaRoot::showWaiting(unsigned &slots, RootVisitor &visitor) {
  WatchedPages::Contents page;
  for (; watched != nullptr && slots != 0;
       slots -= std::min(slots, unsigned(WatchedPages::kWords))) {
    if (!watched->takeWaiting(page))
      return true;
    for (Word &word : page.words) {
      word = scan.referenceIn(word);
      if (rank == Rank::Exact && word != 0)
        visitor.exact(Slot::at(Address::of(&word)));
    }
    if (rank == Rank::Ambiguous)
      visitor.ambiguous({Address::of(page.words),
                         Address::of(page.words + WatchedPages::kWords)});
  }
  return watched == nullptr;
}

} // namespace mps
