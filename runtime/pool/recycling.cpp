// Recycling: allocation points fill what has died between the objects of
// settled segments, and what they allocate is settled from the start.
//
// So a full trace need not copy anything to make room: what it has left between
// marked objects is given out again, as in Blackburn, McKinley, "Immix: A
// Mark-Region Garbage Collector with Space Efficiency, Fast Collection, and
// Mutator Performance", 2008, but by the word and not by the line.
//
// Where a sweep finds a gap that is worth it, the padding's second word leads
// to the next such gap of the segment, or is null. A buffer takes all gaps of a
// segment, and gives out one after the other: that much the owner does alone.
//
// While it goes on nothing is young, nothing is logged, and no trace runs: it
// ends whenever the world is stopped (collector/heap_recycling.cpp). To begin
// and to end takes no time: segments with gaps are looked for as it goes on.
#include "pool/pool.h"

#include "pool/described_format.h"

#include <algorithm>

namespace mps {

namespace {

/// Gaps that are passed over for a small object.
constexpr unsigned kMostTried = 8;
/// Before it gets a new segment, for one refill: segments that are looked at
/// for gaps at a time, and those whose gaps are tried.
constexpr unsigned kMostLookedAt = 64, kMostTaken = 8;
/// The same if no segment can be had: it looks so many times. Some 100 us.
constexpr unsigned kMostRounds = 32;

Address &followingOf(Address gap) { return *(gap + kWordSize).as<Address>(); }

std::size_t sizeOfGap(Address gap) { return DescribedFormat::sizeOfAny(gap); }

bool hasTail(const Segment &segment) {
  return segment.extent.limit - segment.fill >= Pool::kLeastGap;
}

void push(Address &gaps, Extent gap) {
  DescribedFormat::pad(gap.base, gap.size());
  followingOf(gap.base) = gaps;
  gaps = gap.base;
}

} // namespace

void Pool::GapList::add(Extent gap) {
  if (gap.size() < least_)
    return;
  followingOf(gap.base) = Address();
  (last_ ? followingOf(last_) : first_) = gap.base;
  last_ = gap.base;
}

void Pool::startRecycling() {
  unsigned top = chain().top();
  for (auto &ofWorker : destinations)
    ofWorker[top] = {};
  unopened_ = segments[top].first();
}

void Pool::endRecycling() {
  unopened_ = nullptr;
  for (Buffer *each = buffers; each != nullptr; each = each->next)
    closeGap(*each);
}

/// The next segment that has any, or null if it takes long to find one.
Segment *Pool::nextWithGaps() {
  for (unsigned i = 0; i < kMostLookedAt && unopened_ != nullptr; ++i) {
    Segment *segment = unopened_;
    unopened_ = segment->next;
    if (!segment->isLarge && (segment->gaps || hasTail(*segment)))
      return segment;
  }
  return nullptr;
}

/// What of it has no objects becomes padding, or the first gap to be filled.
void Pool::leaveGap(Buffer &buffer) {
  if (buffer.gap.isEmpty())
    return;
  Address end = buffer.objectsEnd();
  buffer.countRecycled(end - buffer.gap.base);
  Extent rest = {end, buffer.gap.limit};
  if (rest.size() >= kLeastGap)
    push(buffer.gaps, rest);
  else if (!rest.isEmpty())
    DescribedFormat::pad(rest.base, rest.size());
  buffer.gap = {};
}

/// Gaps that are left wait for the next trace.
void Pool::closeGap(Buffer &buffer) {
  leaveGap(buffer);
  buffer.gaps = {};
  if (buffer.segment == nullptr)
    *buffer.point = {0, 0, 0};
}

/// Whoever wants to know of allocation often gets the rest of it later.
void Pool::useGap(Buffer &buffer, Extent gap, std::size_t size) {
  std::size_t step = __atomic_load_n(&step_, __ATOMIC_RELAXED);
  std::size_t wanted = alignUp(std::max(size, step), abi::kObjectAlignment);
  if (step < kStep && gap.size() >= wanted + kLeastGap) {
    push(buffer.gaps, {gap.base + wanted, gap.limit});
    gap.limit = gap.base + wanted;
  }
  buffer.gap = buffer.unclear = gap;
  Word base = gap.base.bits();
  buffer.point->init = buffer.point->alloc = base;
  __atomic_store_n(&buffer.point->limit, gap.limit.bits(), __ATOMIC_RELEASE);
}

bool Pool::giveGap(Buffer &buffer, std::size_t size) {
  Address gap = buffer.gaps;
  for (unsigned tried = 0; gap && tried < kMostTried; ++tried) {
    Extent found = Extent::of(gap, sizeOfGap(gap));
    gap = followingOf(gap);
    if (found.size() >= size) {
      buffer.gaps = gap;
      leaveGap(buffer);
      useGap(buffer, found, size);
      return true;
    }
    if (size > kMostInGaps)
      return false; // They are for others.
    buffer.gaps = gap;
  }
  return false;
}

/// All gaps of a segment, the one behind its objects first.
void Pool::takeGaps(Buffer &buffer, Segment &segment) {
  std::size_t live = segment.live != Segment::kUnknown
                         ? segment.live
                         : segment.fill - segment.extent.base;
  chain().recycledBytes += segment.extent.size() - live;
  buffer.gaps = segment.gaps;
  segment.gaps = {};
  if (hasTail(segment)) {
    push(buffer.gaps, {segment.fill, segment.extent.limit});
    segment.fill = segment.extent.limit;
  }
  segment.live = Segment::kUnknown;
}

/// Where memory is tight, each gap that the buffer has is tried before it gets
/// those of another segment in their place.
bool Pool::giveFromGaps(Buffer &buffer, std::size_t size) {
  bool isTight = __atomic_load_n(&leastGap_, __ATOMIC_RELAXED) < kLeastGap;
  for (unsigned i = 0; i < kMostTaken && size <= kMostInGaps; ++i) {
    while (isTight && buffer.gaps)
      if (giveGap(buffer, size))
        return true;
    Segment *found = nextWithGaps();
    if (found == nullptr)
      break;
    takeGaps(buffer, *found);
    if (giveGap(buffer, size))
      return true;
  }
  return false;
}

Result Pool::recycle(Buffer &buffer, std::size_t size) {
  if (giveGap(buffer, size) || giveFromGaps(buffer, size))
    return Result::Ok;
  Segment *segment = nullptr;
  std::size_t wanted = arena_.segmentSize();
  Result result =
      newSegment(&segment, size > wanted ? size : wanted, chain().top());
  if (result != Result::Ok) {
    for (unsigned i = 0; i < kMostRounds && unopened_ && size <= kMostInGaps;
         ++i)
      if (giveFromGaps(buffer, size))
        return Result::Ok;
    return result;
  }
  segment->fill = segment->extent.limit;
  adopt(segment);
  leaveGap(buffer);
  useGap(buffer, segment->extent, size);
  if (segment->isZero) // Whoever allocates there is the first to touch it.
    buffer.unclear = {};
  return Result::Ok;
}

} // namespace mps
