// Reuse of what old collections have freed in place, in pools whose objects
// move and have a client's format.
//
// Sweeping makes padding of what is dead, and notes where it begins (hole
// bits). Where that is an eighth of a segment, it is offered: the next
// allocation point that looks for memory fills the holes of the segment one
// after the other. A hole that a point has got is `taken`, for as long as its
// owner has not asked again: a client that has reserved there may write to it
// even after a flip. Objects in holes are as old as the segment.
//
// In a segment of the marker's snapshot, what is new is marked before it is
// swept, as it has not been reached when marking began. The first store into it
// lets the marker look at all of the segment (arena/protection.h); so nothing
// else is needed.
// With the arena's lock. Not here: when holes are filled (collector/heap.cpp).
#include "pool/pool.h"

namespace mps {

namespace {
/// Of a segment: less than this is not worth the look.
constexpr std::size_t kLeastPart = 8;
/// Of a segment: what is larger gets fresh memory.
constexpr std::size_t kMostPart = 32;
} // namespace

bool Pool::hasTaken(const Buffer &buffer) {
  return buffer.segment != nullptr && buffer.segment->buffer == &buffer;
}

bool Pool::isInHole(const Buffer &buffer) const {
  return options_.isMoving && hasTaken(buffer);
}

void Pool::offer(Segment &segment) {
  std::size_t size = segment.extent.size();
  std::size_t holes = size - std::min(segment.live, size);
  if (isDescribed() || !options_.isMoving || segment.isLarge ||
      segment.isBuffered || segment.offered != 0 || !segment.hasHoles ||
      segment.generation != chain().top() || holes < size / kLeastPart)
    return;
  segment.offered = holes;
  arena_.addOffered(holes);
  reopen(segment);
}

void Pool::withdrawOffers() {
  if (!options_.isMoving)
    return;
  for (; open_ != nullptr; open_ = open_->nextOpen) {
    arena_.removeOffered(open_->offered);
    open_->offered = 0;
  }
}

/// The first from `from` on in which an object of this size has room.
bool Pool::takeHole(Buffer &buffer, Address from, std::size_t size) {
  Segment &segment = *buffer.segment;
  Chunk &chunk = *segment.chunk;
  Address hole = from, limit = segment.extent.limit;
  for (;;) {
    hole = chunk.nextSet(chunk.holeBits, hole, limit);
    if (hole >= limit)
      return false;
    std::size_t holeSize = sizeOfAny(hole);
    holes::remove(segment, hole);
    if (holeSize < size) {
      hole += holeSize;
      continue;
    }
    segment.taken = Extent::of(hole, holeSize);
    retiredBytes_ += holeSize;
    *buffer.point = {hole.bits(), hole.bits(), segment.taken.limit.bits()};
    return true;
  }
}

bool Pool::fillNextHole(Buffer &buffer, std::size_t size) {
  if (!isInHole(buffer))
    return false;
  buffer.isFlipped = false;
  if (extendInHole(buffer, size))
    return true;
  Segment &segment = *buffer.segment;
  Address from = segment.taken.limit;
  leaveHole(buffer);
  if (size > segment.extent.size() / kMostPart)
    return false;
  buffer.segment = &segment;
  segment.buffer = &buffer;
  segment.isBuffered = true;
  if (takeHole(buffer, from, size))
    return true;
  segment.buffer = nullptr;
  segment.isBuffered = false;
  buffer.segment = nullptr;
  return false;
}

/// A store into what is protected, if it is: the marker may want to see it.
void Pool::leaveHole(Buffer &buffer) {
  Segment &segment = *buffer.segment;
  Extent unused = holes::unusedOf(segment);
  if (arena_.isOfSnapshot(segment))
    markTaken(segment);
  if (!unused.isEmpty())
    padAny(unused.base, unused.size());
  retiredBytes_ -= unused.size();
  segment.taken = {};
  segment.buffer = nullptr;
  segment.isBuffered = false;
  buffer.segment = nullptr;
  *buffer.point = {0, 0, 0};
}

bool Pool::attachOffered(Buffer &buffer, std::size_t size) {
  if (!fillsHoles_ || open_ == nullptr ||
      size > arena_.segmentSize() / kMostPart)
    return false;
  retire(buffer);
  while (Segment *segment = open_) {
    open_ = segment->nextOpen;
    arena_.removeOffered(segment->offered);
    segment->offered = 0;
    segment->buffer = &buffer;
    segment->isBuffered = true;
    buffer.segment = segment;
    segment->live = Segment::kUnknown;
    if (takeHole(buffer, segment->extent.base, size)) {
      Protection::Observer *observer = arena_.protection().observer();
      if (observer == nullptr || !observer->isWatching())
        arena_.protection().unprotect(*segment);
      return true;
    }
    segment->buffer = nullptr;
    segment->isBuffered = false;
    buffer.segment = nullptr;
  }
  return false;
}

void Pool::noteSnapshot() {
  for (Buffer *each = buffers; each != nullptr; each = each->next)
    if (hasTaken(*each))
      each->segment->taken.base = each->objectsEnd();
  if (!options_.isMoving)
    open_ = nullptr;
}

void Pool::markTaken(Segment &segment) {
  if (segment.buffer == nullptr)
    return;
  Address object = segment.taken.base, end = segment.buffer->objectsEnd();
  for (; object < end; object += sizeOfAny(object))
    segment.chunk->mark(object, true);
  segment.taken.base = end;
}

void Pool::markTaken() {
  for (Buffer *each = buffers; each != nullptr; each = each->next)
    if (hasTaken(*each) && arena_.isOfSnapshot(*each->segment))
      markTaken(*each->segment);
}

void Pool::abandonTaken(Segment &segment) {
  Buffer &buffer = *segment.buffer;
  segment.taken = {};
  segment.buffer = nullptr;
  buffer.segment = nullptr;
  buffer.abandoned = &segment;
}

} // namespace mps
