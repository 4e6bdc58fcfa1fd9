// Fixing, the unusual cases: client formats, objects that stay in place, and
// memory that runs out.
#include "trace/fix_inline.h"

#include "base/check.h"

namespace mps {

void Worker::begin(Trace &trace, unsigned index) {
  trace_ = &trace;
  index_ = index;
  firstChunk_ = trace.firstChunk;
  isShared_ = false;
  hasLostSlots_ = false;
  remembered_.clear();
  recorded_.clear();
  finds_.clear();
  counts = {};
  for (std::size_t &bytes : copiedBytes)
    bytes = 0;
}

/// Makes room for `size` bytes at the destination. False if there is no memory;
/// then, until the next trace, there is none for anybody.
bool Worker::open(Segment &from, Destination &destination, std::size_t size) {
  if (destination.limit - destination.alloc >= size)
    return true;
  if (trace_->isOutOfMemory)
    return false;
  if (Segment *full = destination.segment) {
    full->fill = destination.alloc;
    // What is being scanned is scanned to its end by this worker.
    if (full->scanned < full->fill && full != scanning_ && isShared_ &&
        trace_->work.isWanted()) {
      trace_->work.give(*full);
    } else if (full->scanned < full->fill) {
      full->nextGrey = grey_;
      grey_ = full;
    }
    destination = {};
  }
  platform::Locked locked(trace_->lock);
  Pool &pool = *from.pool;
  Segment *segment = nullptr;
  std::size_t wanted = trace_->arena.segmentSize();
  if (pool.newSegment(&segment, size > wanted ? size : wanted,
                      from.nextGeneration) != Result::Ok) {
    trace_->isOutOfMemory = true;
    return false;
  }
  pool.adopt(segment);
  destination = {segment, segment->extent.base, segment->extent.limit};
  return true;
}

Ref Worker::fixUnusual(Ref ref, Chunk &chunk, std::uint8_t tag) {
  Segment &segment = *chunk.segments[chunk.grainOf(ref.address())];
  if (trace_->waiting != nullptr)
    trace_->waiting->found(ref);
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
    return whereNow(object, header);
  if (DescribedFormat::isUnusual(header))
    return copyHashed(segment, object, header);
  return copyDescribed(segment, object, header);
}

/// For a client's scan function. What it leads to is not white any more.
Ref Worker::fixAndSummarize(Ref ref) {
  Ref fixed = fix(ref);
  summarize(fixed);
  return fixed;
}

void Worker::summarize(Ref ref) {
  Chunk *chunk = firstChunk_;
  if (!chunk->extent.contains(ref.address())) [[unlikely]] {
    chunk = trace_->arena.chunkOf(ref.address());
    if (chunk == nullptr)
      return;
  }
  std::size_t grain = chunk->grainOf(ref.address());
  std::uint8_t tag = chunk->tagOf(grain);
  if (!(tag & kSettledGrain) && tag != kFreeGrain)
    summary_ |= std::uint16_t(1u << chunk->segments[grain]->generation);
}

void Worker::addToSummary(Segment &segment, Ref ref) {
  summary_ = 0;
  summarize(ref);
  segment.summary |= summary_;
}

/// An object that has an identity hash: its copy has a word for it.
Ref Worker::copyHashed(Segment &segment, Address object, Word header) {
  const auto &type = DescribedFormat::descriptorOf(header);
  std::size_t size = DescribedFormat::sizeOf(object, header);
  std::size_t growth = DescribedFormat::growthOf(header);
  std::size_t alignment = std::size_t(1)
                          << (type.flags >> abi::kAlignmentShift);
  Address to = take(segment, size + growth, alignment);
  if (!to)
    return keep(segment, object, header);
  __builtin_memcpy(to.as(), object.as(), size);
  *to.as<Word>() = DescribedFormat::headerOfCopy(header);
  if (growth != 0)
    *(to + size).as<std::uint64_t>() = DescribedFormat::hashOf(object.bits());
  Word found = header;
  if (!changeHeader(object, found, DescribedFormat::forwardedTo(to, header))) {
    destinationOf(segment).alloc = to; // Nobody has seen the copy.
    return whereNow(object, found);
  }
  count(segment, size);
  return Ref::to(to);
}

Ref Worker::fixClient(Ref ref, Segment &segment) {
  MPS_CHECK(!isShared_, "clients' objects are fixed by one worker, alone");
  ClientFormat format(*segment.pool->options().format);
  Address object = format.baseOf(ref);
  if (segment.chunk->isMarked(object))
    return ref;
  if (Address moved = format.newAddress(object))
    return format.refTo(moved);
  std::size_t size = format.sizeOfAny(object);
  Address to;
  if (!(segment.tag & kStayingGrain))
    to = take(segment, size, kWordSize);
  if (!to) {
    markInPlace(segment, object);
    return ref;
  }
  __builtin_memcpy(to.as(), object.as(), size);
  count(segment, size);
  format.forward(object, to);
  return format.refTo(to);
}

bool Worker::isYoung(Ref ref) const {
  const Chunk *chunk = trace_->arena.chunkOf(ref.address());
  if (chunk == nullptr || ref.bits() & abi::kTagMask)
    return false;
  std::uint8_t tag = chunk->tagOf(chunk->grainOf(ref.address()));
  return tag != kFreeGrain && !(tag & kSettledGrain);
}

void Worker::rememberIfYoung(Slot slot) { remember(slot); }

void Worker::recordIn(Segment &segment) {
  Address object = segment.extent.base;
  while (object < segment.fill) {
    Word header = DescribedFormat::headerOf(object);
    if (DescribedFormat::isPadding(header)) {
      object += DescribedFormat::sizeOfAny(object);
      continue;
    }
    const auto &type = DescribedFormat::descriptorOf(header);
    auto record = [&](Slot slot) {
      Ref ref = slot.load();
      Chunk *chunk = trace_->arena.chunkOf(ref.address());
      if (chunk != nullptr)
        recordIfCandidate(slot, chunk->tagOf(chunk->grainOf(ref.address())));
    };
    DescribedFormat::forEachSlot(object, type, record);
    DescribedFormat::forEachWeakSlot(object, type, record);
    object += DescribedFormat::sizeOf(object, header);
  }
}

/// There was no memory to copy it.
Ref Worker::keep(Segment &segment, Address object, Word header) {
  Word found = header;
  if (!changeHeader(object, found, DescribedFormat::kept(header)))
    return whereNow(object, found);
  markInPlace(segment, object);
  return Ref::to(object);
}

void Worker::markInPlace(Segment &segment, Address object) {
  if (!(segment.chunk->tagOf(segment.chunk->grainOf(object)) & kStayingGrain)) {
    platform::Locked locked(trace_->lock);
    if (!(segment.tag & kAnchoredGrain))
      leaveInPlace(segment, kAnchoredGrain);
  }
  segment.chunk->mark(object, isShared_);
  if (!segment.pool->options().isLeaf && !stack_.push(object))
    trace_->stackOverflowed = true;
}

/// The segment is kept, with what is marked in it, as part of its next
/// generation.
void Worker::leaveInPlace(Segment &segment, std::uint8_t how) {
  setGeneration(segment, segment.nextGeneration, how);
  segment.summary = 0; // Scanning its objects makes it anew.
  segment.isHidden = false;
}

void Worker::setGeneration(Segment &segment, unsigned generation,
                           std::uint8_t how) {
  Pool &pool = *segment.pool;
  segment.generation = std::uint8_t(generation);
  std::uint8_t tag = segment.tag | how;
  if (pool.isSettled(generation))
    tag |= kSettledGrain;
  if (pool.isArmed(generation))
    LogTable::arm(segment.extent);
  trace_->arena.setTag(&segment, tag);
}

} // namespace mps
