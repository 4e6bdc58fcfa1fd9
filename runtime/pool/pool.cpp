#include "pool/pool.h"

#include "arena/log_table.h"
#include "base/check.h"
#include "platform/memory.h"
#include "pool/described_format.h"

#include <cstring>

namespace mps {

namespace {

void clear(Address from, Address to) { std::memset(from.as(), 0, to - from); }

/// Of what is larger than the cache, the system clears the pages that are used.
constexpr std::size_t kMostCleared = std::size_t(128) << 10;

void clearLarge(Extent extent) {
  if (extent.size() <= kMostCleared)
    clear(extent.base, extent.limit);
  else
    platform::discard(extent);
}

} // namespace

void Pool::add(Buffer &buffer) {
  buffer.pool = this;
  buffer.next = buffers;
  buffer.link = &buffers;
  if (buffers != nullptr)
    buffers->link = &buffer.next;
  buffers = &buffer;
}

void Pool::remove(Buffer &buffer) {
  retire(buffer);
  closeGap(buffer);
  retiredBytes_ += buffer.recycled;
  buffer.recycled = 0;
  if (buffer.abandoned != nullptr)
    buffer.abandoned->isBuffered = false;
  *buffer.link = buffer.next;
  if (buffer.next != nullptr)
    buffer.next->link = buffer.link;
  *buffer.point = {0, 0, 0};
}

void Pool::retire(Buffer &buffer) {
  Segment *segment = buffer.segment;
  if (!options_.isMoving)
    return giveBack(buffer);
  if (segment == nullptr)
    return;
  if (isInHole(buffer))
    return leaveHole(buffer);
  segment->fill = buffer.objectsEnd();
  segment->isBuffered = false;
  retiredBytes_ += segment->fill - segment->extent.base;
  buffer.segment = nullptr;
}

std::uint64_t Pool::allocatedBytes() const {
  std::uint64_t size = retiredBytes_;
  for (Buffer *each = buffers; each != nullptr; each = each->next) {
    size += __atomic_load_n(&each->recycled, __ATOMIC_RELAXED);
    if (each->segment != nullptr && !isInHole(*each))
      size += each->objectsEnd() - each->segment->extent.base;
  }
  return size;
}

Result Pool::newSegment(Segment **segmentOut, std::size_t size,
                        unsigned generation) {
  std::uint8_t tag = kUsedGrain;
  if (!isDescribed())
    tag |= kClientGrain;
  if (options_.isLeaf)
    tag |= kLeafGrain;
  if (isSettled(generation))
    tag |= kSettledGrain;
  Result result = arena_.allocate(segmentOut, size, this, generation, tag);
  if (result != Result::Ok)
    return result;
  segmentBytes_ += (*segmentOut)->extent.size();
  if (isArmed(generation))
    LogTable::arm((*segmentOut)->extent);
  if (generation < chain().count)
    chain().generations[generation].newBytes += (*segmentOut)->extent.size();
  else if (chain().isRecycling)
    chain().recycledBytes += (*segmentOut)->extent.size();
  return result;
}

void Pool::free(Segment *segment) {
  if (!options_.isMoving || segment->hasHoles)
    holes::clear(*segment);
  segmentBytes_ -= segment->extent.size();
  arena_.free(segment);
}

Address Pool::objectsEnd(const Segment &segment) const {
  for (Buffer *each = buffers; each != nullptr && options_.isMoving;
       each = each->next)
    if (each->segment == &segment && !isInHole(*each))
      return each->objectsEnd();
  return segment.fill;
}

void Pool::adopt(Segment *segment) {
  segments[segment->generation].push(segment);
}

/// Moves limit on within the buffer's segment.
bool Pool::extend(Buffer &buffer, std::size_t size) {
  Segment *segment = buffer.segment;
  if (segment == nullptr || isInHole(buffer))
    return false;
  Address alloc = Address::fromBits(buffer.point->alloc);
  if (segment->isLarge && alloc != segment->extent.base)
    return false; // It has its one object.
  if (segment->extent.limit - alloc < size)
    return false;
  Address limit = segment->isLarge ? alloc + size : segment->extent.limit;
  bool wantsClearing = isDescribed() && buffer.cleared < limit;
  std::size_t wanted = size > step_ ? size : step_;
  if ((wantsClearing || step_ < kStep) && limit - alloc > wanted)
    limit = alloc + wanted;
  if (isDescribed() && buffer.cleared < limit) {
    buffer.unclear = {buffer.cleared, limit};
    buffer.cleared = limit;
  }
  __atomic_store_n(&buffer.point->limit, limit.bits(), __ATOMIC_RELEASE);
  return true;
}

Result Pool::replaceSegment(Buffer &buffer, std::size_t size) {
  Segment *segment = nullptr;
  std::size_t wanted =
      options_.extendBy != 0 ? options_.extendBy : arena_.segmentSize();
  if (size > wanted)
    wanted = size;
  Result result = newSegment(&segment, wanted, 0);
  if (result != Result::Ok)
    return result;
  if (!buffer.countsAsNew) {
    chain().generations[0].newBytes -= segment->extent.size();
    buffer.uncounted += segment->extent.size();
  }
  retire(buffer);
  adopt(segment);
  segment->isBuffered = true;
  segment->isLarge = isLarge(size);
  buffer.segment = segment;
  buffer.cleared =
      segment->isZero ? segment->extent.limit : segment->extent.base;
  Word base = segment->extent.base.bits();
  *buffer.point = {base, base, 0};
  return Result::Ok;
}

void Pool::clearGiven(Buffer &buffer) {
  if (buffer.unclear.isEmpty())
    return;
  clear(buffer.unclear.base, buffer.unclear.limit);
  buffer.unclear = {};
}

Result Pool::give(Buffer &buffer, std::size_t size) {
  if (!options_.isMoving)
    return fillHole(buffer, size);
  if (chain().isRecycling)
    return recycle(buffer, size);
  if (buffer.abandoned != nullptr) {
    buffer.abandoned->isBuffered = false;
    buffer.abandoned = nullptr;
  }
  buffer.isFlipped = false;
  if (extend(buffer, size) || fillNextHole(buffer, size) ||
      attachOffered(buffer, size))
    return Result::Ok;
  Result result = replaceSegment(buffer, size);
  if (result == Result::Ok)
    MPS_CHECK(extend(buffer, size), "a new segment has room");
  return result;
}

Result Pool::allocateLarge(Address *objectOut, std::size_t size,
                           Contents contents, unsigned generation) {
  Segment *segment = nullptr;
  if (chain().isRecycling)
    generation = chain().top();
  Result result = newSegment(&segment, size, generation);
  if (result != Result::Ok)
    return result;
  if (contents == Contents::Zero && !segment->isZero)
    clearLarge(segment->extent);
  segment->isLarge = true;
  segment->fill = segment->extent.base + size;
  retiredBytes_ += size;
  adopt(segment);
  *objectOut = segment->extent.base;
  return Result::Ok;
}

std::size_t Pool::totalSize() const {
  std::size_t size = 0;
  for (const SegmentList &list : segments)
    for (Segment *each = list.first(); each != nullptr; each = each->next)
      size += each->extent.size();
  return size;
}

std::size_t Pool::freeSize() const {
  if (!options_.isMoving) {
    std::size_t size = 0;
    for (const SegmentList &list : segments)
      for (Segment *each = list.first(); each != nullptr; each = each->next)
        size += holes::sizeOfAll(*each);
    return size;
  }
  std::size_t used = 0;
  for (const SegmentList &list : segments)
    for (Segment *each = list.first(); each != nullptr; each = each->next)
      used += each->fill - each->extent.base;
  for (Buffer *buffer = buffers; buffer != nullptr; buffer = buffer->next)
    if (buffer->segment != nullptr && isInHole(*buffer))
      used -= holes::unusedOf(*buffer->segment).size();
    else if (buffer->segment != nullptr)
      used += buffer->objectsEnd() - buffer->segment->fill;
  return totalSize() - used;
}

void Pool::padAny(Address base, std::size_t size) const {
  if (isDescribed())
    DescribedFormat::pad(base, size);
  else
    ClientFormat(*options_.format).pad(base, size);
}

std::size_t Pool::sizeOfAny(Address base) const {
  if (isDescribed())
    return DescribedFormat::sizeOfAny(base);
  return ClientFormat(*options_.format).sizeOfAny(base);
}

/// A client's padding cannot be told from its objects; it does no harm.
bool Pool::isPadding(Address base) const {
  return isDescribed() &&
         DescribedFormat::isPadding(DescribedFormat::headerOf(base));
}

Ref Pool::referenceTo(Address base) const {
  return isDescribed() ? Ref::to(base)
                       : ClientFormat(*options_.format).refTo(base);
}

} // namespace mps
