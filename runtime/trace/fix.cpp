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
  if (tag & kStayingGrain)
    return fixStaying(ref, chunk, tag);
  if (chunk.isMarked(object))
    return ref;
  Word header = DescribedFormat::headerOf(object);
  if (DescribedFormat::isForwarded(header))
    return Ref::to(DescribedFormat::newAddress(header));
  return copyDescribed(segment, object, header);
}

Ref Tracer::fixClient(Ref ref, Segment &segment) {
  ClientFormat format(*segment.pool->options().format);
  Address object = format.baseOf(ref);
  if (segment.chunk->isMarked(object))
    return ref;
  if (Address moved = format.newAddress(object))
    return format.refTo(moved);
  Address to;
  if (!(segment.tag & kStayingGrain))
    to = copy(segment, object, format.sizeOfAny(object), kWordSize);
  if (!to) {
    markInPlace(segment, object);
    return ref;
  }
  format.forward(object, to);
  return format.refTo(to);
}

/// An object that is pinned, or that there is no memory to copy.
void Tracer::markInPlace(Segment &segment, Address object) {
  if (!(segment.tag & (kStayingGrain | kAnchoredGrain)))
    leaveInPlace(segment, kAnchoredGrain);
  segment.chunk->mark(object);
  if (!segment.pool->options().isLeaf && !inPlace_.push(object))
    inPlaceOverflowed_ = true;
}

/// Nothing of the segment is copied.
void Tracer::stay(Segment &segment) { leaveInPlace(segment, kStayingGrain); }

/// The segment is kept, with what is marked in it, as part of its next
/// generation.
void Tracer::leaveInPlace(Segment &segment, std::uint8_t how) {
  setGeneration(
      segment, unsigned(segment.destination - segment.pool->destinations), how);
}

void Tracer::setGeneration(Segment &segment, unsigned generation,
                           std::uint8_t how) {
  Pool &pool = *segment.pool;
  segment.generation = std::uint8_t(generation);
  std::uint8_t tag = segment.tag | how;
  if (pool.options().hasBarrier && generation == pool.chain().top())
    tag |= kSettledGrain;
  arena_.setTag(&segment, tag);
  if (pool.isArmed(generation))
    LogTable::arm(segment.extent);
}

} // namespace mps
