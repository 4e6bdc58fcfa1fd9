// Fixing, the collector's innermost code: inline in the scan loops.
//
//   1. tag bits, null, outside of the first chunk   nothing, or unusual
//   2. the grain's tag: not white                   nothing
//   3. white, and its segment stays                 mark
//   4. white, and client format or anchored         unusual (fix.cpp)
//   5. the header has moved                         the new address
//   6. otherwise                                    copy
//
// Five loads for an object that is copied: tag, segment, header, descriptor,
// destination.
#ifndef MPS_TRACE_FIX_INLINE_H
#define MPS_TRACE_FIX_INLINE_H

#include "arena/log_table.h"
#include "pool/described_format.h"
#include "trace/tracer.h"

namespace mps {

inline Address Tracer::copy(Segment &segment, Address object, std::size_t size,
                            std::size_t alignment) {
  Destination &destination = *segment.destination;
  Address to = destination.alloc;
  if (alignment > kWordSize) [[unlikely]] {
    if (!open(segment, destination, size + alignment))
      return {};
    to = destination.alloc.alignedUp(alignment);
    if (to != destination.alloc)
      segment.pool->padAny(destination.alloc, to - destination.alloc);
  } else if (destination.limit - to < size) [[unlikely]] {
    if (!open(segment, destination, size))
      return {};
    to = destination.alloc;
  }
  destination.alloc = to + size;
  const Word *from = object.as<Word>();
  Word *target = to.as<Word>();
  if (size <= 64)
    for (std::size_t i = 0; i < size / kWordSize; ++i)
      target[i] = from[i];
  else
    __builtin_memcpy(target, from, size);
  segment.live += size;
  ++counts_.movedObjects;
  counts_.movedBytes += size;
  return to;
}

inline Ref Tracer::copyDescribed(Segment &segment, Address object,
                                 Word header) {
  const auto &type = DescribedFormat::descriptorOf(header);
  std::size_t size = DescribedFormat::sizeOf(object, type);
  std::size_t alignment = std::size_t(1)
                          << (type.flags >> abi::kAlignmentShift);
  Address to = copy(segment, object, size, alignment);
  if (!to) [[unlikely]] {
    markInPlace(segment, object);
    return Ref::to(object);
  }
  DescribedFormat::forward(object, to);
  return Ref::to(to);
}

inline Ref Tracer::fix(Ref ref) {
  Chunk *chunk = firstChunk_;
  if (!chunk->extent.contains(ref.address())) {
    if (!ref)
      return ref;
    for (chunk = chunk->next; chunk; chunk = chunk->next)
      if (chunk->extent.contains(ref.address()))
        break;
    if (chunk == nullptr)
      return ref;
  }
  std::size_t grain = chunk->grainOf(ref.address());
  std::uint8_t tag = chunk->tags[grain];
  if (!(tag & kWhiteGrain))
    return ref;
  if (tag & (kClientGrain | kAnchoredGrain)) [[unlikely]]
    return fixUnusual(ref, *chunk, tag);
  if (ref.bits() & abi::kTagMask) [[unlikely]]
    return ref; // An immediate.
  if (tag & kStayingGrain)
    return fixStaying(ref, *chunk, tag);
  Word header = DescribedFormat::headerOf(ref.address());
  if (DescribedFormat::isForwarded(header))
    return Ref::to(DescribedFormat::newAddress(header));
  return copyDescribed(*chunk->segments[grain], ref.address(), header);
}

/// Of described objects: they need not even be looked at.
inline Ref Tracer::fixStaying(Ref ref, Chunk &chunk, std::uint8_t tag) {
  if (chunk.mark(ref.address()) && !(tag & kLeafGrain) &&
      !inPlace_.push(ref.address())) [[unlikely]]
    inPlaceOverflowed_ = true;
  return ref;
}

/// Whether fixing it may do more than nothing: a guess on the safe side.
inline bool Tracer::mayBeWhite(Ref ref) const {
  Chunk &chunk = *firstChunk_;
  if (!chunk.extent.contains(ref.address()))
    return bool(ref) && chunk.next != nullptr;
  return chunk.tags[chunk.grainOf(ref.address())] & kWhiteGrain;
}

template <Tracer::Armed armed> inline void Tracer::fixSlot(Slot slot) {
  Ref ref = slot.load();
  Ref fixed = fix(ref);
  if (fixed != ref)
    slot.store(fixed);
  if (armed == Armed::Yes)
    remember(slot);
}

/// Keeps invariant W1 for a slot of a settled object.
inline void Tracer::remember(Slot slot) {
  Ref ref = slot.load();
  Chunk *chunk = firstChunk_;
  if (!chunk->extent.contains(ref.address())) [[unlikely]] {
    chunk = ref ? arena_.chunkOf(ref.address()) : nullptr;
    if (chunk == nullptr)
      return;
  }
  std::uint8_t tag = chunk->tags[chunk->grainOf(ref.address())];
  if (tag == kFreeGrain || tag & kSettledGrain || ref.bits() & abi::kTagMask)
    return;
  LogTable::disarm(slot);
  writeLog_.add(slot);
}

} // namespace mps

#endif
