// Fixing, the unusual cases: client formats, objects that stay in place, and
// memory that runs out.
#include "trace/fix_inline.h"

#include "base/check.h"

namespace mps {

/// Makes room for `size` bytes at the destination. False if there is no memory;
/// then, until the next trace, there is none for anybody.
bool Tracer::open(Segment &from, Destination &destination, std::size_t size) {
  if (destination.limit - destination.alloc >= size)
    return true;
  if (isOutOfMemory_)
    return false;
  Pool &pool = *from.pool;
  unsigned generation = unsigned(&destination - pool.destinations);
  Segment *segment = nullptr;
  std::size_t wanted = arena_.segmentSize();
  if (pool.newSegment(&segment, size > wanted ? size : wanted, generation) !=
      Result::Ok) {
    isOutOfMemory_ = true;
    return false;
  }
  if (Segment *full = destination.segment) {
    full->fill = destination.alloc;
    if (full->scanned < full->fill)
      pushGrey(*full);
  }
  pool.adopt(segment);
  destination = {segment, segment->extent.base, segment->extent.limit};
  return true;
}

Ref Tracer::fixUnusual(Ref ref, Chunk &chunk, std::uint8_t tag) {
  Segment &segment = *chunk.segments[chunk.grainOf(ref.address())];
  if (tag & kClientGrain)
    return fixClient(ref, segment);
  if (ref.bits() & abi::kTagMask)
    return ref;
  Address object = ref.address();
  if (chunk.isMarked(object))
    return ref;
  Word header = DescribedFormat::headerOf(object);
  if (DescribedFormat::isForwarded(header))
    return Ref::to(DescribedFormat::newAddress(header));
  if (!segment.stays)
    return copyDescribed(segment, object, header);
  keepInPlace(
      segment, object,
      DescribedFormat::sizeOf(object, DescribedFormat::descriptorOf(header)));
  return ref;
}

Ref Tracer::fixClient(Ref ref, Segment &segment) {
  ClientFormat format(*segment.pool->options().format);
  Address object = format.baseOf(ref);
  if (segment.chunk->isMarked(object))
    return ref;
  if (Address moved = format.newAddress(object))
    return format.refTo(moved);
  std::size_t size = format.sizeOfAny(object);
  Address to;
  if (!segment.stays)
    to = copy(segment, object, size, kWordSize);
  if (!to) {
    keepInPlace(segment, object, size);
    return ref;
  }
  format.forward(object, to);
  return format.refTo(to);
}

void Tracer::keepInPlace(Segment &segment, Address object, std::size_t size) {
  ++counts_.keptObjects;
  counts_.keptBytes += size;
  markInPlace(segment, object);
}

void Tracer::markInPlace(Segment &segment, Address object) {
  anchor(segment);
  segment.chunk->mark(object);
  if (!segment.pool->options().isLeaf && !inPlace_.push(object))
    inPlaceOverflowed_ = true;
}

/// The segment stays, with what is marked in it, as part of its next
/// generation.
void Tracer::anchor(Segment &segment) {
  if (segment.hasPins)
    return;
  segment.hasPins = true;
  Pool &pool = *segment.pool;
  auto generation = unsigned(segment.destination - pool.destinations);
  segment.generation = std::uint8_t(generation);
  std::uint8_t tag = segment.tag | kAnchoredGrain;
  if (pool.options().hasBarrier && generation == pool.chain().top())
    tag |= kSettledGrain;
  arena_.setTag(&segment, tag);
  if (pool.isArmed(generation))
    LogTable::arm(segment.extent);
}

} // namespace mps
