#include "arena/chunk.h"

#include "arena/log_table.h"
#include "platform/memory.h"

#include <algorithm>
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
  std::size_t dirtyBytes = alignUp(grainCount(), 64) / 8;
  std::size_t tableBytes = alignUp(2 * markBytes + segmentBytes + dirtyBytes +
                                       2 * grainCount() + kWordSize,
                                   platform::kPageSize);
  tables = platform::reserve(tableBytes, platform::Pages::Small);
  if (tables.isEmpty() || !LogTable::cover(extent)) {
    destroy();
    return false;
  }
  highest = populated = extent.base;
  markBits = tables.base.as<std::uint64_t>();
  segments = (tables.base + markBytes).as<Segment *>();
  dirtyBits = (tables.base + markBytes + segmentBytes).as<std::uint64_t>();
  tags =
      (tables.base + markBytes + segmentBytes + dirtyBytes).as<std::uint8_t>();
  protectedGrains = tags + grainCount();
  holeBits = (tables.base +
              alignUp(markBytes + segmentBytes + dirtyBytes + 2 * grainCount(),
                      kWordSize))
                 .as<std::uint64_t>();
  return true;
}

void Chunk::destroy() {
  if (!tables.isEmpty()) {
    LogTable::disarm(extent);
    platform::unreserve(tables);
  }
  platform::unreserve(extent);
}

unsigned Chunk::classOf(std::size_t count) {
  if (count > kMostClass)
    count = kMostClass;
  if (count < 4)
    return unsigned(count);
  unsigned shift = unsigned(std::bit_width(count)) - 3;
  return 4 * shift + unsigned(count >> shift);
}

std::size_t Chunk::leastOf(unsigned lengthClass) {
  if (lengthClass < 4)
    return lengthClass;
  unsigned shift = lengthClass / 4 - 1;
  return std::size_t(4 + lengthClass % 4) << shift;
}

std::size_t Chunk::findFree(std::size_t count) {
  std::size_t total = grainCount();
  std::size_t grain = noneBefore_[classOf(count)];
  while (grain + count <= total) {
    std::size_t run = 0;
    while (run < count && tags[grain + run] == kFreeGrain)
      ++run;
    if (run == count)
      break;
    // Skip the grain that is in use, and all of its segment.
    grain = grainOf(segments[grain + run]->extent.limit);
  }
  for (unsigned i = classOf(count); i < kClasses; ++i)
    if (leastOf(i) >= count && noneBefore_[i] < grain)
      noneBefore_[i] = grain;
  return grain + count <= total ? grain : total;
}

void Chunk::setUsed(Segment &segment) {
  std::size_t first = grainOf(segment.extent.base);
  std::size_t count = segment.extent.size() >> grainShift;
  for (std::size_t i = 0; i < count; ++i)
    segments[first + i] = &segment;
}

void Chunk::setFree(Extent grains) {
  std::size_t first = grainOf(grains.base), end = grainOf(grains.limit);
  std::memset(tags + first, kFreeGrain, end - first);
  // With what is free on both sides, as far as it matters.
  std::size_t least = first > kMostClass ? first - kMostClass : 0;
  while (first > least && tags[first - 1] == kFreeGrain)
    --first;
  std::size_t most = std::min(grainCount(), first + kMostClass);
  while (end < most && tags[end] == kFreeGrain)
    ++end;
  for (unsigned i = 0; i <= classOf(end - first); ++i)
    noneBefore_[i] = std::min(noneBefore_[i], first);
}

void Chunk::setTags(Extent grains, std::uint8_t tag) {
  std::size_t first = grainOf(grains.base);
  for (std::size_t i = 0; i < grains.size() >> grainShift; ++i)
    __atomic_store_n(&tags[first + i], tag, __ATOMIC_RELAXED);
}

void Chunk::setDirty(Extent grains) {
  std::size_t first = grainOf(grains.base), end = grainOf(grains.limit);
  for (std::size_t i = first; i < end; ++i)
    dirtyBits[i / 64] |= std::uint64_t(1) << (i % 64);
  noneDirtyFrom_ = std::max(noneDirtyFrom_, end);
}

std::size_t Chunk::dirtySize(Extent grains) const {
  std::size_t first = grainOf(grains.base), end = grainOf(grains.limit);
  std::size_t count = 0;
  for (std::size_t i = first; i < end; ++i)
    count += isDirty(i);
  return count << grainShift;
}

std::size_t Chunk::takeDirty(Extent grains) {
  std::size_t size = dirtySize(grains);
  if (size != 0)
    for (std::size_t i = grainOf(grains.base); i < grainOf(grains.limit); ++i)
      dirtyBits[i / 64] &= ~(std::uint64_t(1) << (i % 64));
  return size;
}

Extent Chunk::takeHighestDirty(std::size_t most) {
  std::size_t end = noneDirtyFrom_;
  while (end > 0 && !isDirty(end - 1))
    end -= dirtyBits[(end - 1) / 64] == 0 ? (end - 1) % 64 + 1 : 1;
  std::size_t first = end;
  while (first > 0 && isDirty(first - 1) && (end - first) << grainShift < most)
    --first;
  noneDirtyFrom_ = first;
  Extent run = {extent.base + (first << grainShift),
                extent.base + (end << grainShift)};
  takeDirty(run);
  return run;
}

Extent Chunk::markPagesOf(Extent memory) const {
  constexpr std::size_t kMost = std::size_t(1) << 20;
  Address first = Address::of(markWordOf(memory.base));
  std::size_t size =
      std::min(memory.size(), kMost) / kMarksTogether * kWordSize;
  return {first.alignedDown(platform::kPageSize),
          (first + size).alignedUp(platform::kPageSize)};
}

Address Chunk::nextSet(const std::uint64_t *table, Address from,
                       Address limit) const {
  std::size_t word = (from - extent.base) / kWordSize;
  std::size_t end = (limit - extent.base) / kWordSize;
  if (word >= end)
    return limit;
  std::uint64_t bits = table[word / 64] >> (word % 64) << (word % 64);
  while (bits == 0) {
    word = (word / 64 + 1) * 64;
    if (word >= end)
      return limit;
    bits = table[word / 64];
  }
  word = word / 64 * 64 + std::countr_zero(bits);
  return word < end ? extent.base + word * kWordSize : limit;
}

Address Chunk::lastMarked(Address base, Address address) const {
  std::size_t first = (base - extent.base) / kWordSize;
  std::size_t word = (address - extent.base) / kWordSize;
  std::uint64_t bits = markBits[word / 64] << (63 - word % 64);
  while (bits == 0) {
    if (word / 64 <= first / 64)
      return {};
    word = word / 64 * 64 - 1;
    bits = markBits[word / 64];
  }
  word -= std::countl_zero(bits);
  return word >= first ? extent.base + word * kWordSize : Address();
}

void Chunk::clearMarks(Extent objects) {
  Word first = (objects.base - extent.base) / (64 * kWordSize);
  Word last = (objects.limit - extent.base) / (64 * kWordSize);
  std::memset(markBits + first, 0, (last - first) * sizeof(std::uint64_t));
}

} // namespace mps
