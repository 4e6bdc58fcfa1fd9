#include "arena/chunk.h"

#include "arena/log_table.h"
#include "platform/memory.h"
#include "platform/populator.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace mps {

namespace {

/// Calls each(word, mask) for the words of a table that have the bits of
/// [first, end).
template <class Each>
void forEachWord(std::uint64_t *table, std::size_t first, std::size_t end,
                 Each each) {
  while (first < end) {
    std::size_t count = std::min(64 - first % 64, end - first);
    each(table[first / 64], ~std::uint64_t(0) >> (64 - count) << (first % 64));
    first += count;
  }
}

void setBits(std::uint64_t *table, std::size_t first, std::size_t end) {
  forEachWord(table, first, end,
              [](std::uint64_t &word, std::uint64_t mask) { word |= mask; });
}

void clearBits(std::uint64_t *table, std::size_t first, std::size_t end) {
  forEachWord(table, first, end,
              [](std::uint64_t &word, std::uint64_t mask) { word &= ~mask; });
}

std::size_t countBits(std::uint64_t *table, std::size_t first,
                      std::size_t end) {
  std::size_t count = 0;
  forEachWord(table, first, end, [&](std::uint64_t word, std::uint64_t mask) {
    count += std::popcount(word & mask);
  });
  return count;
}

/// How many bits are set side by side from `first` on; at most `most`.
std::size_t runFrom(const std::uint64_t *table, std::size_t first,
                    std::size_t most) {
  std::size_t run = 0;
  for (std::size_t bit = first; run < most; bit = first + run) {
    std::size_t ones = std::countr_one(table[bit / 64] >> (bit % 64));
    run += ones;
    if (ones < 64 - bit % 64)
      break;
  }
  return std::min(run, most);
}

/// The same before `end`.
std::size_t runBefore(const std::uint64_t *table, std::size_t end,
                      std::size_t most) {
  std::size_t run = 0;
  for (std::size_t bit = end - 1; run < most; bit = end - 1 - run) {
    std::size_t ones = std::countl_one(table[bit / 64] << (63 - bit % 64));
    run += ones;
    if (ones < bit % 64 + 1)
      break;
  }
  return std::min(run, most);
}

/// Of memory that is used, for each byte: a bit for each word in the table of
/// marks, and in that of the log.
constexpr std::size_t kBytesOfBits = 8 * kWordSize / 2;
/// For each grain: its segment, its tag, whether it is protected, its pages.
constexpr std::size_t kBytesOfGrain = sizeof(Segment *) + 3;
} // namespace

std::size_t Chunk::tableSize() const {
  std::size_t size = highest == Address() ? 0 : highest - extent.base;
  return size / kBytesOfBits + (size >> grainShift) * kBytesOfGrain;
}

bool Chunk::create(std::size_t size, unsigned shift) {
  grainShift = shift;
  extent = platform::reserve(size, platform::Pages::Huge);
  if (extent.isEmpty())
    return false;
  std::size_t markBytes = size / kWordSize / 8;
  std::size_t segmentBytes = grainCount() * sizeof(Segment *);
  std::size_t bitBytes = alignUp(grainCount(), 64) / 8;
  std::size_t tableBytes = alignUp(3 * markBytes + segmentBytes + 2 * bitBytes +
                                       2 * grainCount() + kWordSize,
                                   platform::kPageSize);
  tables = platform::reserve(tableBytes, platform::Pages::Small);
  if (tables.isEmpty() || !LogTable::cover(extent)) {
    destroy();
    return false;
  }
  highest = populated = extent.base;
  Address table = tables.base;
  auto take = [&](std::size_t bytes) {
    return std::exchange(table, table + bytes);
  };
  markBits = take(markBytes).as<std::uint64_t>();
  holeBits = take(markBytes).as<std::uint64_t>();
  greyBits = take(markBytes).as<std::uint64_t>();
  segments = take(segmentBytes).as<Segment *>();
  freeBits = take(bitBytes).as<std::uint64_t>();
  dirtyBits = take(bitBytes).as<std::uint64_t>();
  tags = take(grainCount()).as<std::uint8_t>();
  protectedGrains = take(grainCount()).as<std::uint8_t>();
  setBits(freeBits, 0, grainCount());
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
    std::size_t run = runFrom(freeBits, grain, count);
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
  clearBits(freeBits, first, first + count);
  std::fill_n(segments + first, count, &segment);
}

void Chunk::setFree(Extent grains) {
  std::size_t first = grainOf(grains.base), end = grainOf(grains.limit);
  std::memset(tags + first, kFreeGrain, end - first);
  setBits(freeBits, first, end);
  // With what is free on both sides, as far as it matters.
  first -= runBefore(freeBits, first, std::min(first, kMostClass));
  end += runFrom(freeBits, end, std::min(grainCount() - end, kMostClass));
  for (unsigned i = 0; i <= classOf(end - first); ++i)
    noneBefore_[i] = std::min(noneBefore_[i], first);
}

void Chunk::setTags(Extent grains, std::uint8_t tag) {
  std::size_t first = grainOf(grains.base);
  for (std::size_t i = 0; i < grains.size() >> grainShift; ++i)
    __atomic_store_n(&tags[first + i], tag, __ATOMIC_RELAXED);
}

void Chunk::setDirty(Extent grains) {
  std::size_t end = grainOf(grains.limit);
  setBits(dirtyBits, grainOf(grains.base), end);
  noneDirtyFrom_ = std::max(noneDirtyFrom_, end);
}

std::size_t Chunk::dirtySize(Extent grains) const {
  return countBits(dirtyBits, grainOf(grains.base), grainOf(grains.limit))
         << grainShift;
}

std::size_t Chunk::takeDirty(Extent grains) {
  std::size_t size = dirtySize(grains);
  if (size != 0)
    clearBits(dirtyBits, grainOf(grains.base), grainOf(grains.limit));
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

Extent Chunk::pagesOf(const std::uint64_t *table, Extent memory) const {
  constexpr std::size_t kMost = std::size_t(1) << 20;
  Address first =
      Address::of(table + (memory.base - extent.base) / kMarksTogether);
  std::size_t size =
      std::min(memory.size(), kMost) / kMarksTogether * kWordSize;
  return {first.alignedDown(platform::kPageSize),
          (first + size).alignedUp(platform::kPageSize)};
}

void Chunk::forEachTable(Extent memory, bool hasClients,
                         void (*visit)(Extent)) const {
  auto visitPart = [&](const void *table, std::size_t granule) {
    Address base = Address::of(table) + (memory.base - extent.base) / granule;
    Address limit = Address::of(table) + (memory.limit - extent.base) / granule;
    visit({base.alignedDown(platform::kPageSize),
           limit.alignedUp(platform::kPageSize)});
  };
  std::size_t grain = std::size_t(1) << grainShift;
  visitPart(markBits, 8 * kWordSize);
  visitPart(segments, grain / sizeof(Segment *));
  visitPart(tags, grain);
  if (!hasClients)
    return;
  visitPart(holeBits, 8 * kWordSize);
  visitPart(greyBits, 8 * kWordSize);
  visitPart(protectedGrains, grain);
}

/// A huge page has the marks of 128 MiB: the first ones are small. Nor is one
/// used that has marks of what is before the memory: a mutator may touch that
/// first. It is touched here, as soon as what it begins with is not far.
void Chunk::adviseMarks(Extent memory) {
  constexpr std::size_t kSize = platform::kHugePageSize;
  Address first = Address::of(markBits).alignedUp(kSize) + kSize;
  Address end = Address::of(holeBits).alignedDown(kSize);
  Address from =
      std::max({hugeMarks, first,
                Address::of(markWordOf(memory.base)).alignedUp(kSize)});
  Address last =
      std::min(memory.limit + platform::Populator::kNear - 1, extent.limit - 1);
  Address to =
      std::min(Address::of(markWordOf(last) + 1).alignedUp(kSize), end);
  if (from >= to)
    return;
  platform::advise({from, to}, platform::Pages::Huge);
  for (Address each = from; each < to; each += kSize)
    platform::populateUnchanged(Extent::of(each, platform::kPageSize));
  hugeMarks = to;
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

Address Chunk::takeGrey(Address from, Address limit) {
  Address object = nextSet(greyBits, from, limit);
  std::size_t word = (object - extent.base) / kWordSize;
  if (object < limit)
    greyBits[word / 64] &= ~(std::uint64_t(1) << (word % 64));
  return object;
}

void Chunk::clearGrey(Extent objects) {
  Word first = (objects.base - extent.base) / kMarksTogether;
  Word last = (objects.limit - extent.base) / kMarksTogether;
  std::memset(greyBits + first, 0, (last - first) * sizeof(std::uint64_t));
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
