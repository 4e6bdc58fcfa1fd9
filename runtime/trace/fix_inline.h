// Fixing, the collector's innermost code: inline in the scan loops.
//
//   1. tag bits, null, outside of the first chunk   nothing, or unusual
//   2. the grain's tag: not white                   nothing
//   3. white, and client format or anchored         unusual (fix.cpp)
//   4. its segment stays                            mark
//   5. the header has moved                         the new address
//   6. otherwise                                    copy
//
// Five loads for an object that is copied: tag, segment, header, descriptor,
// destination.
#ifndef MPS_TRACE_FIX_INLINE_H
#define MPS_TRACE_FIX_INLINE_H

#include "arena/log_table.h"
#include "trace/worker.h"

namespace mps {

/// Room at the worker's destination, or null.
inline Address Worker::take(Segment &segment, std::size_t size,
                            std::size_t alignment) {
  Destination &destination = destinationOf(segment);
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
  return to;
}

inline void Worker::count(const Segment &segment, std::size_t size) {
  copiedBytes[unsigned(segment.origin)] += size;
  ++counts.movedObjects;
}

/// False if another worker was faster; then `header` is what it wrote.
inline bool Worker::changeHeader(Address object, Word &header, Word to) {
  Word *word = object.as<Word>();
  if (isShared_)
    return __atomic_compare_exchange_n(word, &header, to, false,
                                       __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
  *word = to;
  return true;
}

/// Of an object with a forwarded header.
inline Ref Worker::whereNow(Address object, Word header) {
  return Ref::to(DescribedFormat::isKept(header)
                     ? object
                     : DescribedFormat::newAddress(header));
}

inline Ref Worker::copyDescribed(Segment &segment, Address object,
                                 Word header) {
  const auto &type = DescribedFormat::plainDescriptorOf(header);
  std::size_t size = DescribedFormat::sizeOf(object, type);
  std::size_t alignment = std::size_t(1)
                          << (type.flags >> abi::kAlignmentShift);
  Address to = take(segment, size, alignment);
  if (!to) [[unlikely]]
    return keep(segment, object, header);
  const Word *from = object.as<Word>();
  Word *target = to.as<Word>();
  target[0] = header;
  if (size <= 64)
    for (std::size_t i = 1; i < size / kWordSize; ++i)
      target[i] = from[i];
  else
    __builtin_memcpy(target + 1, from + 1, size - kWordSize);
  if (!changeHeader(object, header, DescribedFormat::forwardedTo(to)))
      [[unlikely]] {
    destinationOf(segment).alloc = to; // Nobody has seen the copy.
    return whereNow(object, header);
  }
  count(segment, size);
  return Ref::to(to);
}

inline Ref Worker::fix(Ref ref) {
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
  std::uint8_t tag = chunk->tagOf(grain);
  if (!(tag & kWhiteGrain))
    return ref;
  if (tag & (kClientGrain | kAnchoredGrain)) [[unlikely]]
    return fixUnusual(ref, *chunk, tag);
  if (ref.bits() & abi::kTagMask) [[unlikely]]
    return ref; // An immediate.
  if (tag & kStayingGrain)
    return fixStaying(ref, *chunk, tag);
  Word header = DescribedFormat::headerOf(ref.address());
  if (header & abi::kHeaderTagMask) {
    if (DescribedFormat::isForwarded(header)) [[likely]]
      return whereNow(ref.address(), header);
    return copyHashed(*chunk->segments[grain], ref.address(), header);
  }
  return copyDescribed(*chunk->segments[grain], ref.address(), header);
}

/// Of described objects: they need not even be looked at.
inline Ref Worker::fixStaying(Ref ref, Chunk &chunk, std::uint8_t tag) {
  if (chunk.mark(ref.address(), isShared_) && !(tag & kLeafGrain) &&
      !stack_.push(ref.address())) [[unlikely]]
    trace_->stackOverflowed = true;
  return ref;
}

/// Whether fixing it may do more than nothing: a guess on the safe side.
inline bool Worker::mayBeWhite(Ref ref) const {
  Chunk &chunk = *firstChunk_;
  if (!chunk.extent.contains(ref.address()))
    return bool(ref) && chunk.next != nullptr;
  return chunk.tagOf(chunk.grainOf(ref.address())) & kWhiteGrain;
}

template <Worker::Armed armed> inline void Worker::fixSlot(Slot slot) {
  Ref ref = slot.load();
  Ref fixed = fix(ref);
  if (fixed != ref)
    slot.store(fixed);
  if (armed == Armed::Yes)
    remember(slot);
}

inline void Worker::recordIfCandidate(Slot slot, std::uint8_t tag) {
  if (!trace_->isRecording ||
      (tag & (kCandidateGrain | kWhiteGrain)) != kCandidateGrain ||
      slot.load().bits() & abi::kTagMask)
    return;
  if (!recorded_.push(slot))
    hasLostSlots_ = true;
}

/// Whether a settled object's slot must be known. Records it if it leads to a
/// candidate.
[[gnu::always_inline]] inline bool Worker::leadsOutOfSettled(Slot slot) {
  Ref ref = slot.load();
  Chunk *chunk = firstChunk_;
  if (!chunk->extent.contains(ref.address())) [[unlikely]] {
    chunk = ref ? trace_->arena.chunkOf(ref.address()) : nullptr;
    if (chunk == nullptr)
      return false;
  }
  std::uint8_t tag = chunk->tagOf(chunk->grainOf(ref.address()));
  if ((tag & (kSettledGrain | kCandidateGrain)) == kSettledGrain) [[likely]]
    return false;
  if (tag == kFreeGrain || tag & kSettledGrain || ref.bits() & abi::kTagMask) {
    recordIfCandidate(slot, tag);
    return false;
  }
  return true;
}

/// Keeps invariant W1 for a slot of a settled object.
[[gnu::always_inline]] inline void Worker::remember(Slot slot) {
  if (leadsOutOfSettled(slot)) [[unlikely]]
    rememberLeadingOut(slot);
}

[[gnu::noinline]] inline void Worker::rememberLeadingOut(Slot slot) {
  if (isShared_)
    LogTable::disarmShared(slot);
  else
    LogTable::disarm(slot);
  if (!remembered_.push(slot))
    hasLostSlots_ = true;
}

} // namespace mps

#endif
