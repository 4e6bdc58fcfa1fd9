// A pool whose objects stay where they are, and whose allocation points fill
// the holes between them.
//
// An allocation point takes a whole hole; what it does not use is a hole again
// when it takes the next. Segments with holes are in a list, `open_`, from
// which points take them; a segment from which nothing that is wanted can be
// taken leaves the list until the next trace. A segment's objects are of one
// rank. What is of the marker's snapshot is not in the list until it has been
// swept.
#include "pool/holes.h"
#include "pool/pool.h"

#include "base/check.h"

namespace mps {

/// Gives back what the point has not used. It may be protected, or hidden: the
/// handler of the fault looks at the segment as one that is the point's still.
void Pool::giveBack(Buffer &buffer) {
  Segment *segment = buffer.segment;
  if (segment == nullptr)
    return;
  bool isOfSnapshot = arena_.isOfSnapshot(*segment);
  if (isOfSnapshot)
    markTaken(*segment);
  Extent rest = {buffer.objectsEnd(), segment->taken.limit};
  holes::add(*segment, rest);
  segment->buffer = nullptr;
  segment->isBuffered = false;
  segment->taken = {};
  buffer.segment = nullptr;
  *buffer.point = {0, 0, 0};
  if (!isOfSnapshot)
    reopen(*segment);
}

void Pool::reopen(Segment &segment) {
  segment.nextOpen = open_;
  open_ = &segment;
}

/// Moves limit on to the end of the hole.
bool Pool::extendInHole(Buffer &buffer, std::size_t size) {
  if (buffer.segment == nullptr)
    return false;
  Address alloc = Address::fromBits(buffer.point->alloc);
  Address limit = buffer.segment->taken.limit;
  if (limit - alloc < size)
    return false;
  __atomic_store_n(&buffer.point->limit, limit.bits(), __ATOMIC_RELEASE);
  return true;
}

void Pool::attach(Buffer &buffer, Segment &segment, Extent hole) {
  segment.buffer = &buffer;
  segment.isBuffered = true;
  segment.taken = hole;
  buffer.segment = &segment;
  *buffer.point = {hole.base.bits(), hole.base.bits(), 0};
  arena_.protection().unprotect(segment);
  if (segment.generation < chain().count)
    chain().generations[segment.generation].newBytes += hole.size();
}

/// A segment from which `size` bytes can be taken.
bool Pool::attachOpen(Buffer &buffer, std::size_t size) {
  constexpr unsigned kTried = 16;
  Segment **link = &open_;
  for (unsigned i = 0; i < kTried && *link != nullptr; ++i) {
    Segment *segment = *link;
    if (segment->rank != buffer.rank) {
      link = &segment->nextOpen;
      continue;
    }
    *link = segment->nextOpen;
    Extent hole = holes::take(*segment, size);
    if (hole.isEmpty())
      continue;
    attach(buffer, *segment, hole);
    return true;
  }
  return false;
}

Result Pool::fillHole(Buffer &buffer, std::size_t size) {
  buffer.isFlipped = false;
  if (extendInHole(buffer, size))
    return Result::Ok;
  giveBack(buffer);
  if (!attachOpen(buffer, size)) {
    Segment *segment = nullptr;
    std::size_t wanted = arena_.segmentSize();
    Result result = newSegment(&segment, size > wanted ? size : wanted,
                               options_.generation);
    if (result != Result::Ok)
      return result;
    if (options_.generation < chain().count)
      chain().generations[options_.generation].newBytes -=
          segment->extent.size();
    segment->rank = buffer.rank;
    holes::create(*segment);
    adopt(segment);
    attach(buffer, *segment, holes::take(*segment, size));
  }
  MPS_CHECK(extendInHole(buffer, size), "a hole that was taken has room");
  return Result::Ok;
}

void Pool::findOpen() {
  open_ = nullptr;
  forEachSegment([this](Segment *segment) {
    if (segment->buffer == nullptr && !arena_.isOfSnapshot(*segment))
      reopen(*segment);
  });
}

} // namespace mps
