// Scanning: until nothing is grey.
#include "trace/fix_inline.h"

#include "base/check.h"

namespace mps {

/// Slots on their way from being found to being fixed, while the memory that
/// they lead to is fetched into the cache (Cher, Hosking, Vitek, "Software
/// Prefetching for Mark-Sweep Garbage Collection", 2004: a short queue, first
/// in, first out).
class Tracer::SlotQueue {
public:
  explicit SlotQueue(Tracer &tracer) : tracer_(tracer) {}

  template <Armed armed> void push(Slot slot) {
    Ref ref = slot.load();
    if (!tracer_.mayBeWhite(ref)) {
      if (armed == Armed::Yes)
        tracer_.remember(slot);
      return;
    }
    __builtin_prefetch(ref.address().as());
    Entry oldest = entries_[next_];
    entries_[next_] = {slot, armed};
    next_ = (next_ + 1) % kLength;
    fix(oldest);
  }

  void flush() {
    for (unsigned i = 0; i < kLength; ++i) {
      fix(entries_[(next_ + i) % kLength]);
      entries_[(next_ + i) % kLength] = Entry();
    }
  }

private:
  static constexpr unsigned kLength = 16;
  struct Entry {
    Slot slot;
    Armed armed = Armed::No;
  };

  void fix(const Entry &entry) {
    if (entry.slot == Slot())
      return;
    if (entry.armed == Armed::Yes)
      tracer_.fixSlot<Armed::Yes>(entry.slot);
    else
      tracer_.fixSlot<Armed::No>(entry.slot);
  }

  Tracer &tracer_;
  Entry entries_[kLength];
  unsigned next_ = 0;
};

void Tracer::scan() {
  enter(Phase::Roots, Phase::Scan);
  scanRememberedSlots();
  forEachPool([&](Pool &pool) {
    if (!pool.options().hasBarrier && !pool.options().isLeaf)
      scanUncondemned(pool);
  });
  for (;;) {
    if (inPlace_.size() != 0) {
      scanInPlace();
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
  SlotQueue queue(*this);
  for (std::size_t i = 0; i < slots.size(); ++i) {
    if (i + kSlotsAhead < slots.size())
      __builtin_prefetch(slots[i + kSlotsAhead].address().as());
    LogTable::arm(slots[i]);
    queue.push<Armed::Yes>(slots[i]);
  }
  queue.flush();
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

template <Tracer::Armed armed>
void Tracer::scanDescribed(Segment &segment, Address limit) {
  SlotQueue queue(*this);
  Address object = segment.scanned;
  while (object < limit) {
    Word header = DescribedFormat::headerOf(object);
    if (DescribedFormat::isPadding(header)) [[unlikely]] {
      object += header >> 4;
      continue;
    }
    const auto &type = DescribedFormat::descriptorOf(header);
    DescribedFormat::forEachSlot(object, type,
                                 [&](Slot slot) { queue.push<armed>(slot); });
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

/// Scans objects that were left in place, depth first, until none is noted.
void Tracer::scanInPlace() {
  SlotQueue queue(*this);
  while (inPlace_.size() != 0) {
    Address object = inPlace_[inPlace_.size() - 1];
    inPlace_.truncate(inPlace_.size() - 1);
    Chunk &chunk = *arena_.chunkOf(object);
    std::uint8_t tag = chunk.tags[chunk.grainOf(object)];
    if (tag & kClientGrain) {
      scanClientObject(object);
      continue;
    }
    const auto &type =
        DescribedFormat::descriptorOf(DescribedFormat::headerOf(object));
    if (tag & kSettledGrain)
      DescribedFormat::forEachSlot(
          object, type, [&](Slot slot) { queue.push<Armed::Yes>(slot); });
    else
      DescribedFormat::forEachSlot(
          object, type, [&](Slot slot) { queue.push<Armed::No>(slot); });
    if (inPlace_.size() == 0)
      queue.flush();
  }
  queue.flush();
}

void Tracer::scanClientObject(Address object) {
  ClientFormat format(*arena_.segmentOf(object)->pool->options().format);
  MPS_CHECK(
      format.scan(scanState_, object, object + format.sizeOfAny(object)) == 0,
      "a client's scan function failed though every fix succeeded");
}

/// There was no memory to note every object that was left in place: scans all
/// of them again. A slot that is fixed already costs only time.
void Tracer::scanMarkedAgain() {
  inPlaceOverflowed_ = false;
  for (Segment *each = white_.first(); each != nullptr; each = each->next) {
    if (!(each->tag & (kStayingGrain | kAnchoredGrain)) ||
        each->tag & kLeafGrain)
      continue;
    Address object = each->chunk->nextMarked(each->extent.base, each->fill);
    while (object < each->fill) {
      if (!inPlace_.push(object))
        inPlaceOverflowed_ = true;
      scanInPlace();
      object = each->chunk->nextMarked(object + kWordSize, each->fill);
    }
  }
}

} // namespace mps
