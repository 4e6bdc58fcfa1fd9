// A worker's part with what is not strong: weak parts of described objects,
// ephemerons, and clients' objects of weak rank. When each step comes is in
// ranks.cpp.
#include "trace/fix_inline.h"

#include "base/check.h"

namespace mps {

void WeakFinds::clear() {
  references.clear();
  ephemerons.clear();
  clientObjects.clear();
  remembered.clear();
}

Ref Worker::whereFound(Ref ref) const {
  Chunk *chunk = trace_->arena.chunkOf(ref.address());
  if (chunk == nullptr)
    return ref;
  std::size_t grain = chunk->grainOf(ref.address());
  std::uint8_t tag = chunk->tagOf(grain);
  if (!(tag & kWhiteGrain))
    return ref;
  if (tag & kClientGrain) {
    ClientFormat format(*chunk->segments[grain]->pool->options().format);
    Address object = format.baseOf(ref);
    if (chunk->isMarked(object))
      return ref;
    Address moved = format.newAddress(object);
    return moved ? format.refTo(moved) : Ref();
  }
  if (ref.bits() & abi::kTagMask || chunk->isMarked(ref.address()))
    return ref;
  if (tag & kStayingGrain)
    return {};
  Word header = DescribedFormat::headerOf(ref.address());
  return DescribedFormat::isForwarded(header) ? whereNow(ref.address(), header)
                                              : Ref();
}

/// The marker's thread may clear an ephemeron at the same time, of which the
/// value is young: it was stored before the key was found dead.
void Worker::fixStrongly(Slot slot) {
  Ref ref = slot.load();
  Ref fixed = fix(ref);
  if (fixed != ref)
    slot.replace(ref, fixed);
}

void Worker::fixWeakly(Slot slot) {
  Ref ref = slot.load();
  Ref now = whereFound(ref);
  if (now != ref)
    slot.store(now);
}

void Worker::fixWeaklyAndSummarize(Slot slot) {
  fixWeakly(slot);
  summarize(slot.load());
}

// ---- Described objects ----

/// Where there is no memory to gather it, it is strong.
void Worker::gather(Address object, const abi::TypeDescriptor &type) {
  bool isGathered =
      type.flags & abi::kWeak
          ? finds_.references.push(DescribedFormat::weakSlot(object))
          : finds_.ephemerons.push({DescribedFormat::keySlot(object),
                                    DescribedFormat::valueSlot(object),
                                    {}});
  if (isGathered)
    return;
  DescribedFormat::forEachWeakSlot(object, type,
                                   [this](Slot slot) { fixStrongly(slot); });
  rememberWeak(object, type);
}

void Worker::rememberWeak(Address object, const abi::TypeDescriptor &type) {
  const Chunk &chunk = *trace_->arena.chunkOf(object);
  if (!(chunk.tagOf(chunk.grainOf(object)) & kSettledGrain))
    return;
  bool isOut = false;
  DescribedFormat::forEachWeakSlot(
      object, type, [&](Slot slot) { isOut |= leadsOutOfSettled(slot); });
  if (!isOut)
    return;
  DescribedFormat::forEachWeakSlot(object, type, [this](Slot slot) {
    isShared_ ? LogTable::disarmShared(slot) : LogTable::disarm(slot);
  });
  if (!finds_.remembered.push(object))
    hasLostSlots_ = true;
}

// ---- Clients' objects ----

void Worker::scanClientObject(Address object) {
  Segment &segment = *trace_->arena.segmentOf(object);
  if (segment.rank != Rank::Weak || !finds_.clientObjects.push(object))
    scanClientNow(segment, object);
}

void Worker::scanClientNow(Segment &segment, Address object) {
  const PoolOptions &options = segment.pool->options();
  if (options.findDependent != nullptr)
    openDependent(options, object);
  ephemeronOwner_ = segment.rank == Rank::Ephemeron ? object : Address();
  scanClient(segment, object, object + segment.pool->sizeOfAny(object));
  ephemeronOwner_ = {};
}

/// What is stored to it has been found, but perhaps by nobody who has scanned
/// it.
void Worker::openDependent(const PoolOptions &options, Address object) {
  Address client = object + options.format->headerSize;
  Address dependent = Address::of(options.findDependent(client.as()));
  Segment *segment = trace_->arena.segmentOf(dependent);
  if (segment == nullptr)
    return;
  Protection &protection = trace_->arena.protection();
  Protection::Observer *observer = protection.observer();
  if (Protection::isProtected(*segment) && observer != nullptr)
    observer->beforeScanStores(*segment, dependent);
  protection.unprotect(*segment);
  segment->isWritten = true;
}

void Worker::scanEach(Segment &segment, Address limit) {
  const Pool &pool = *segment.pool;
  Address object = pool.nextObject(segment, segment.scanned);
  while (object < limit) {
    Address next = object + pool.sizeOfAny(object);
    scanClientNow(segment, object);
    object = pool.nextObject(segment, next);
  }
  segment.scanned = limit;
}

bool Worker::fixPair(Word *key, Word *value) {
  Slot keySlot = Slot::at(Address::of(key));
  Slot valueSlot = Slot::at(Address::of(value));
  bool isDead = *key != 0 && !whereFound(keySlot.load());
  if (isSplatting_ && isDead) {
    *key = *value = 0;
  } else if (isSplatting_) {
    fixWeaklyAndSummarize(keySlot);
    fixWeaklyAndSummarize(valueSlot);
  } else if (!ephemeronOwner_ || !isDead ||
             !finds_.ephemerons.push({keySlot, valueSlot, ephemeronOwner_})) {
    *key = fixAndSummarize(keySlot.load()).bits();
    *value = fixAndSummarize(valueSlot.load()).bits();
  }
  return true;
}

} // namespace mps
