#include "collector/protection_ahead.h"

#include "platform/clock.h"

#include <algorithm>

namespace mps {

bool ProtectionAhead::step(std::uint64_t nanoseconds) {
  std::uint64_t start = platform::nanoseconds();
  ++steps_;
  while (protectSome())
    if (platform::nanoseconds() - start > nanoseconds)
      return false;
  bool isDone = steps_ == 1 || ++passes_ == kMostPasses;
  steps_ = 0;
  if (isDone)
    passes_ = 0;
  return isDone;
}

/// Where copies go to stays open. What is weak will be hidden.
bool ProtectionAhead::isDirty(const Segment &segment) {
  Pool *pool = segment.pool;
  return pool != nullptr && pool->isProtected() &&
         segment.generation == pool->chain().top() &&
         pool->destinations[0][segment.generation].segment != &segment;
}

namespace {

/// So that it is at hand.
void readPages(Extent pages) {
  for (Address each = pages.base; each < pages.limit;
       each += platform::kPageSize)
    (void)__atomic_load_n(each.as<const volatile Word>(), __ATOMIC_RELAXED);
}

} // namespace

/// Those of the grains from the one that it has come to.
void ProtectionAhead::readTables(std::size_t last) {
  Address base = chunk_->extent.base;
  Extent memory = {base + (grain_ << chunk_->grainShift),
                   base + (last << chunk_->grainShift)};
  chunk_->forEachTable(memory, true, readPages);
  read_ += last - grain_;
}

/// False at the end of a pass. What the segments lead to is not known: their
/// summaries are all there can be.
bool ProtectionAhead::protectSome() {
  if (chunk_ == nullptr) {
    chunk_ = arena_.firstChunk();
    grain_ = 0;
  }
  segments_.clear();
  std::size_t end = chunk_->grainOf(chunk_->highest);
  std::size_t window = std::max(kWindow >> chunk_->grainShift, std::size_t(1));
  std::size_t entered = grain_ % window;
  std::size_t last = std::min(end, grain_ - entered + window);
  if (passes_ == 0 && entered == 0)
    readTables(last);
  auto find = [&](std::size_t from) {
    return Protection::next(*chunk_, from, last, Protection::Which::NotReady);
  };
  grain_ = find(grain_);
  while (grain_ < last && segments_.size() < kTogether) {
    ++lookedAt_;
    Segment *segment = chunk_->segments[grain_];
    grain_ = find(chunk_->grainOf(segment->extent.limit));
    if (!isDirty(*segment) || !segments_.push(segment))
      continue;
    segment->summary = Segment::kUnscanned;
    segment->isHidden = segment->rank != Rank::Exact;
  }
  arena_.protection().protect(segments_);
  if (grain_ < end)
    return true;
  chunk_ = chunk_->next;
  grain_ = 0;
  return chunk_ != nullptr;
}

} // namespace mps
