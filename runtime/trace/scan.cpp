// Scanning: until nothing is grey.
#include "trace/fix_inline.h"

#include "base/check.h"

namespace mps {

void Tracer::scan() {
  enter(Phase::Roots, Phase::Scan);
  scanRememberedSlots();
  forEachPool([&](Pool &pool) {
    if (!pool.options().hasBarrier && !pool.options().isLeaf)
      scanUncondemned(pool);
  });
  for (;;) {
    if (inPlace_.size() != 0) {
      Address object = inPlace_[inPlace_.size() - 1];
      inPlace_.truncate(inPlace_.size() - 1);
      scanObject(object);
    } else if (Segment *segment = grey_) {
      grey_ = segment->nextGrey;
      scanTo(*segment, segment->fill);
    } else {
      bool found = false;
      forEachPool([&](Pool &pool) { found |= scanDestinations(pool); });
      if (!found && !inPlaceOverflowed_)
        return;
      if (!found)
        scanMarkedAgain();
    }
  }
}

void Tracer::pushGrey(Segment &segment) {
  segment.nextGrey = grey_;
  grey_ = &segment;
}

/// In a full collection every settled object is scanned anyway.
void Tracer::scanRememberedSlots() {
  GrowingArray<Slot> &slots = writeLog_.takeAll();
  if (isFull_)
    return;
  for (Slot slot : slots) {
    LogTable::arm(slot);
    fixSlot<Armed::Yes>(slot);
  }
}

/// All objects of the pool that are not condemned are roots.
void Tracer::scanUncondemned(Pool &pool) {
  pool.forEachSegment([&](Segment *segment) {
    if (segment->tag & kWhiteGrain)
      return;
    Address limit = segment->fill;
    for (Destination &destination : pool.destinations)
      if (destination.segment == segment)
        limit = segment->scanned; // Behind it, objects are scanned as copied.
    Address after = segment->scanned;
    segment->scanned = segment->extent.base;
    scanTo(*segment, limit);
    if (after > segment->scanned)
      segment->scanned = after;
  });
}

/// Whether there was something to scan.
bool Tracer::scanDestinations(Pool &pool) {
  bool found = false;
  for (Destination &destination : pool.destinations)
    while (destination.segment != nullptr &&
           destination.segment->scanned < destination.alloc) {
      found = true;
      scanTo(*destination.segment, destination.alloc);
    }
  return found;
}

/// Scans objects from where the segment's scan has got to.
void Tracer::scanTo(Segment &segment, Address limit) {
  Pool &pool = *segment.pool;
  if (pool.options().isLeaf)
    segment.scanned = limit;
  else if (!pool.isDescribed())
    scanClient(segment, limit);
  else if (pool.isArmed(segment.generation))
    scanDescribed<Armed::Yes>(segment, limit);
  else
    scanDescribed<Armed::No>(segment, limit);
}

/// Slots on their way from being found to being fixed, while the memory that
/// they lead to is fetched into the cache (Cher, Hosking, Vitek, "Software
/// Prefetching for Mark-Sweep Garbage Collection", 2004: a short queue, first
/// in, first out).
template <Tracer::Armed armed> class Tracer::SlotQueue {
public:
  explicit SlotQueue(Tracer &tracer) : tracer_(tracer) {}

  void push(Slot slot) {
    Ref ref = slot.load();
    if (!tracer_.mayBeWhite(ref)) {
      if (armed == Armed::Yes)
        tracer_.remember(slot);
      return;
    }
    __builtin_prefetch(ref.address().as());
    Slot oldest = slots_[next_];
    slots_[next_] = slot;
    next_ = (next_ + 1) % kLength;
    if (oldest != Slot())
      tracer_.fixSlot<armed>(oldest);
  }

  void flush() {
    for (unsigned i = 0; i < kLength; ++i) {
      Slot slot = slots_[(next_ + i) % kLength];
      if (slot != Slot())
        tracer_.fixSlot<armed>(slot);
      slots_[(next_ + i) % kLength] = Slot();
    }
  }

private:
  static constexpr unsigned kLength = 16;

  Tracer &tracer_;
  Slot slots_[kLength];
  unsigned next_ = 0;
};

template <Tracer::Armed armed>
void Tracer::scanDescribed(Segment &segment, Address limit) {
  SlotQueue<armed> queue(*this);
  Address object = segment.scanned;
  while (object < limit) {
    Word header = DescribedFormat::headerOf(object);
    if (DescribedFormat::isPadding(header)) [[unlikely]] {
      object += header >> 4;
      continue;
    }
    const auto &type = DescribedFormat::descriptorOf(header);
    DescribedFormat::forEachSlot(object, type,
                                 [&](Slot slot) { queue.push(slot); });
    object += DescribedFormat::sizeOf(object, type);
  }
  queue.flush();
  segment.scanned = object;
}

void Tracer::scanClient(Segment &segment, Address limit) {
  Address base = segment.scanned;
  segment.scanned = limit;
  if (base == limit)
    return;
  ClientFormat format(*segment.pool->options().format);
  MPS_CHECK(format.scan(scanState_, base, limit) == 0,
            "a client's scan function failed though every fix succeeded");
}

/// Scans one object that was left in place.
void Tracer::scanObject(Address object) {
  Segment &segment = *arena_.segmentOf(object);
  Pool &pool = *segment.pool;
  if (!pool.isDescribed()) {
    ClientFormat format(*pool.options().format);
    MPS_CHECK(
        format.scan(scanState_, object, object + format.sizeOfAny(object)) == 0,
        "a client's scan function failed though every fix succeeded");
    return;
  }
  const auto &type =
      DescribedFormat::descriptorOf(DescribedFormat::headerOf(object));
  if (pool.isArmed(segment.generation))
    DescribedFormat::forEachSlot(object, type,
                                 [&](Slot slot) { fixSlot<Armed::Yes>(slot); });
  else
    DescribedFormat::forEachSlot(object, type,
                                 [&](Slot slot) { fixSlot<Armed::No>(slot); });
}

/// There was no memory to note every object that was left in place: scans all
/// of them again. A slot that is fixed already costs only time.
void Tracer::scanMarkedAgain() {
  inPlaceOverflowed_ = false;
  for (Segment *each = white_.first(); each != nullptr; each = each->next) {
    if (!each->hasPins || each->pool->options().isLeaf)
      continue;
    for (Address object = each->extent.base; object < each->fill;
         object += each->pool->sizeOfAny(object))
      if (each->chunk->isMarked(object))
        scanObject(object);
  }
}

} // namespace mps
