#include "arena/chunk.h"

#include "arena/log_table.h"
#include "platform/memory.h"

#include <bit>
#include <cstring>

namespace mps {

bool Chunk::create(std::size_t size, unsigned shift) {
  grainShift = shift;
  extent = platform::reserve(size, platform::Pages::Huge);
  if (extent.isEmpty())
    return false;
  std::size_t markBytes = size / kWordSize / 8;
  std::size_t segmentBytes = grainCount() * sizeof(Segment *);
  std::size_t tableBytes =
      alignUp(markBytes + segmentBytes + grainCount(), platform::kPageSize);
  tables = platform::reserve(tableBytes, platform::Pages::Small);
  if (tables.isEmpty() || !LogTable::cover(extent)) {
    destroy();
    return false;
  }
  markBits = tables.base.as<std::uint64_t>();
  segments = (tables.base + markBytes).as<Segment *>();
  tags = (tables.base + markBytes + segmentBytes).as<std::uint8_t>();
  return true;
}

void Chunk::destroy() {
  if (!tables.isEmpty()) {
    LogTable::disarm(extent);
    platform::unreserve(tables);
  }
  platform::unreserve(extent);
}

std::size_t Chunk::findFree(std::size_t count) {
  std::size_t total = grainCount();
  std::size_t grain = firstFree;
  bool sawFree = false;
  while (grain + count <= total) {
    std::size_t run = 0;
    while (run < count && tags[grain + run] == kFreeGrain)
      ++run;
    if (!sawFree && run != 0) {
      firstFree = grain;
      sawFree = true;
    }
    if (run == count)
      return grain;
    // Skip the grain that is in use, and all of its segment.
    Segment *segment = segments[grain + run];
    grain = grainOf(segment->extent.limit);
  }
  return total;
}

void Chunk::setTags(Extent grains, std::uint8_t tag) {
  std::memset(tags + grainOf(grains.base), tag, grains.size() >> grainShift);
}

void Chunk::setSegment(Extent grains, Segment *segment) {
  std::size_t first = grainOf(grains.base);
  std::size_t count = grains.size() >> grainShift;
  for (std::size_t i = 0; i < count; ++i)
    segments[first + i] = segment;
}

Address Chunk::nextMarked(Address from, Address limit) const {
  std::size_t word = (from - extent.base) / kWordSize;
  std::size_t end = (limit - extent.base) / kWordSize;
  if (word >= end)
    return limit;
  std::uint64_t bits = markBits[word / 64] >> (word % 64) << (word % 64);
  while (bits == 0) {
    word = (word / 64 + 1) * 64;
    if (word >= end)
      return limit;
    bits = markBits[word / 64];
  }
  word = word / 64 * 64 + std::countr_zero(bits);
  return word < end ? extent.base + word * kWordSize : limit;
}

void Chunk::clearMarks(Extent objects) {
  Word first = (objects.base - extent.base) / (64 * kWordSize);
  Word last = (objects.limit - extent.base) / (64 * kWordSize);
  std::memset(markBits + first, 0, (last - first) * sizeof(std::uint64_t));
}

} // namespace mps
