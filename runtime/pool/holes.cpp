#include "pool/holes.h"

namespace mps::holes {

namespace {

std::size_t wordOf(const Segment &segment, Address address) {
  return (address - segment.chunk->extent.base) / kWordSize;
}

bool begins(const Segment &segment, Address address) {
  std::size_t word = wordOf(segment, address);
  return segment.chunk->holeBits[word / 64] >> word % 64 & 1;
}

void flip(Segment &segment, Address address) {
  std::size_t word = wordOf(segment, address);
  segment.chunk->holeBits[word / 64] ^= std::uint64_t(1) << word % 64;
}

std::size_t sizeAt(Address hole) { return *hole.as<std::size_t>(); }

Address first(const Segment &segment, Address from) {
  return segment.chunk->nextSet(segment.chunk->holeBits, from,
                                segment.extent.limit);
}

template <typename Visit> void forEach(const Segment &segment, Visit visit) {
  Address hole = first(segment, segment.extent.base);
  while (hole < segment.extent.limit) {
    std::size_t size = sizeAt(hole);
    if (!visit(hole, size))
      return;
    hole = first(segment, hole + size);
  }
}

} // namespace

Extent unusedOf(const Segment &segment) {
  if (segment.buffer == nullptr)
    return {};
  return {segment.buffer->objectsEnd(), segment.taken.limit};
}

void create(Segment &segment) {
  clear(segment);
  add(segment, segment.extent);
  segment.fill = segment.extent.limit;
}

void clear(Segment &segment) {
  for (Address word = segment.extent.base; word < segment.extent.limit;
       word += Chunk::kMarksTogether)
    segment.chunk->holeBits[wordOf(segment, word) / 64] = 0;
}

void add(Segment &segment, Extent hole) {
  if (hole.isEmpty())
    return;
  *hole.base.as<std::size_t>() = hole.size();
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  flip(segment, hole.base);
}

void remove(Segment &segment, Address hole) { flip(segment, hole); }

void note(Segment &segment, Address hole) { flip(segment, hole); }

Extent take(Segment &segment, std::size_t size) {
  Extent found;
  forEach(segment, [&](Address hole, std::size_t holeSize) {
    if (holeSize < size)
      return true;
    found = Extent::of(hole, holeSize);
    flip(segment, hole);
    return false;
  });
  return found;
}

Address nextObject(const Segment &segment, Address address) {
  Extent unused = unusedOf(segment);
  while (address < segment.extent.limit) {
    if (address == unused.base && !unused.isEmpty())
      address = unused.limit;
    else if (begins(segment, address))
      address += sizeAt(address);
    else
      break;
  }
  return address;
}

std::size_t sizeOfAll(const Segment &segment) {
  std::size_t all = unusedOf(segment).size();
  forEach(segment, [&](Address, std::size_t size) {
    all += size;
    return true;
  });
  return all;
}

} // namespace mps::holes
