// Scanning: until nothing is grey.
#include "trace/fix_inline.h"

#include "base/check.h"

namespace mps {

namespace {
/// Types whose objects have more than fixed slots.
constexpr std::uint32_t kUnusual = abi::kHasElements | abi::kWeakParts;
} // namespace

/// Slots on their way from being found to being fixed, while the memory that
/// they lead to is fetched into the cache (Cher, Hosking, Vitek, "Software
/// Prefetching for Mark-Sweep Garbage Collection", 2004: a short queue, first
/// in, first out).
class Worker::SlotQueue {
public:
  explicit SlotQueue(Worker &worker) : worker_(worker) {}

  template <Armed armed> [[gnu::always_inline]] void push(Slot slot) {
    Ref ref = slot.load();
    if (!worker_.mayBeWhite(ref)) {
      if (armed == Armed::Yes)
        worker_.remember(slot);
      return;
    }
    __builtin_prefetch(ref.address().as());
    Entry &entry = entries_[next_];
    Entry oldest = entry;
    entry.slot = slot;
    entry.armed = armed;
    next_ = (next_ + 1) % kLength;
    if (size_ == kLength) [[likely]]
      fix(oldest);
    else
      ++size_;
  }

  /// For DescribedFormat: the compiler does not inline into all its callers
  /// what every slot comes by.
  template <Armed armed> struct Pushing {
    SlotQueue &queue;
    [[gnu::always_inline]] void operator()(Slot slot) const {
      queue.push<armed>(slot);
    }
  };

  void flush() {
    for (; size_ != 0; --size_)
      fix(entries_[(next_ - size_) % kLength]);
  }

private:
  static constexpr unsigned kLength = 16;
  struct Entry {
    Slot slot;
    Armed armed;
  };

  [[gnu::always_inline]] void fix(const Entry &entry) {
    if (entry.armed == Armed::Yes)
      worker_.fixSlot<Armed::Yes>(entry.slot);
    else
      worker_.fixSlot<Armed::No>(entry.slot);
  }

  Worker &worker_;
  Entry entries_[kLength]; // The last size_ before next_.
  unsigned next_ = 0, size_ = 0;
};

void Worker::scan() {
  isShared_ = trace_->isShared;
  SharedWork &work = trace_->work;
  if (index_ != 0 && !work.join())
    return;
  scanSlots();
  Segment *taken = nullptr;
  do {
    if (taken != nullptr)
      scanTo(*taken, taken->fill);
    scanOwn();
  } while (work.take(stack_, taken));
  isShared_ = false;
}

void Worker::scanOwn() {
  for (;;) {
    if (stack_.size() != 0) {
      scanInPlace();
    } else if (Segment *segment = grey_) {
      grey_ = segment->nextGrey;
      scanTo(*segment, segment->fill);
    } else if (!scanDestinations()) {
      return;
    }
    share();
  }
}

/// Passes on what somebody else could do meanwhile.
void Worker::share() {
  if (!isShared_ || !trace_->work.isWanted())
    return;
  if (grey_ != nullptr && (grey_->nextGrey != nullptr || stack_.size() != 0)) {
    Segment *segment = grey_;
    grey_ = segment->nextGrey;
    trace_->work.give(*segment);
  } else if (stack_.size() >= SharedWork::kLeastGiven) {
    trace_->work.giveFrom(stack_);
  }
}

/// What was remembered, as far as others leave it.
void Worker::scanSlots() {
  SlotQueue queue(*this);
  for (;;) {
    auto [begin, end] = trace_->work.takeSlots();
    if (begin == end)
      break;
    for (const Slot *each = begin; each != end; ++each) {
      if (each + kSlotsAhead < end) {
        __builtin_prefetch(each[kSlotsAhead].address().as());
        LogTable::prefetch(each[kSlotsAhead]);
      }
      if (isShared_)
        LogTable::armShared(*each);
      else
        LogTable::arm(*each);
      queue.push<Armed::Yes>(*each);
    }
  }
  queue.flush();
}

/// Scans objects that are no copies, from the segment's base.
void Worker::scanWhole(Segment &segment, Address limit) {
  Address after = segment.scanned;
  segment.scanned = segment.extent.base;
  segment.summary = 0;
  scanTo(segment, limit);
  if (after > segment.scanned)
    segment.scanned = after;
}

void Worker::scanLiving(Segment &segment, Address limit) {
  const Chunk &chunk = *segment.chunk;
  segment.summary = 0;
  scanning_ = &segment;
  bool isMoving = segment.pool->options().isMoving;
  Address object = chunk.nextMarked(segment.extent.base, limit);
  while (object < limit) {
    Address end = object;
    do
      end += segment.pool->sizeOfAny(end);
    while (isMoving && end < limit && chunk.isMarked(end));
    if (isMoving)
      scanClient(segment, object, end);
    else
      scanClientNow(segment, object);
    object = chunk.nextMarked(end, limit);
  }
  segment.scanned = limit;
  scanning_ = nullptr;
}

/// Whether there was something to scan.
bool Worker::scanDestinations() {
  bool found = false;
  for (Pool *pool = trace_->pools; pool != nullptr; pool = pool->next)
    for (Destination &destination : pool->destinations[index_])
      while (destination.segment != nullptr &&
             destination.segment->scanned < destination.alloc) {
        found = true;
        scanTo(*destination.segment, destination.alloc);
      }
  return found;
}

/// Scans objects from where the segment's scan has got to.
void Worker::scanTo(Segment &segment, Address limit) {
  Pool &pool = *segment.pool;
  scanning_ = &segment;
  if (pool.options().isLeaf)
    segment.scanned = limit;
  else if (!pool.isDescribed())
    scanClient(segment, limit);
  else if (pool.isArmed(segment.generation))
    scanDescribed<Armed::Yes>(segment, limit);
  else
    scanDescribed<Armed::No>(segment, limit);
  scanning_ = nullptr;
}

template <Worker::Armed armed>
void Worker::scanDescribed(Segment &segment, Address limit) {
  SlotQueue queue(*this);
  Address object = segment.scanned;
  while (object < limit) {
    Word header = DescribedFormat::headerOf(object);
    std::size_t hashWord = 0;
    if (DescribedFormat::isUnusual(header)) [[unlikely]] {
      if (DescribedFormat::isPadding(header)) {
        object += header >> 4;
        continue;
      }
      hashWord = header & abi::kHashMovedTag;
      header &= ~abi::kHeaderTagMask;
    }
    const auto &type = DescribedFormat::plainDescriptorOf(header);
    DescribedFormat::forEachFixedSlot(object, type,
                                      SlotQueue::Pushing<armed>{queue});
    if (!(type.flags & kUnusual)) [[likely]] {
      object += type.fixedSize + hashWord;
      continue;
    }
    if (DescribedFormat::hasWeakPart(type))
      gather(object, type);
    if (type.elementMap != 0)
      DescribedFormat::forEachInElements(
          object, type, 0, DescribedFormat::lengthOf(object, type),
          SlotQueue::Pushing<armed>{queue});
    object += DescribedFormat::sizeOf(object, type) + hashWord;
  }
  queue.flush();
  segment.scanned = object;
}

void Worker::scanClient(Segment &segment, Address limit) {
  Address base = segment.scanned;
  segment.scanned = limit;
  if (base == limit)
    return;
  if (segment.pool->options().isMoving)
    return holes::forEachRun(
        segment, base, limit,
        [&](Address from, Address to) { scanClient(segment, from, to); });
  segment.scanned = base;
  scanEach(segment, limit);
}

void Worker::scanClient(Segment &segment, Address base, Address limit) {
  ClientFormat format(*segment.pool->options().format);
  summary_ = 0;
  MPS_CHECK(format.scan(scanState, base, limit) == 0,
            "a client's scan function failed though every fix succeeded");
  segment.summary |= summary_;
}

/// Scans objects that were left in place, depth first, until none is noted.
void Worker::scanInPlace() {
  SlotQueue queue(*this);
  for (unsigned step = 1; stack_.size() != 0; ++step) {
    Address object = stack_[stack_.size() - 1];
    stack_.truncate(stack_.size() - 1);
    if (isShared_ && step % kStepsAlone == 0 && trace_->work.isWanted() &&
        stack_.size() >= SharedWork::kLeastGiven)
      trace_->work.giveFrom(stack_);
    Chunk &chunk = firstChunk_->extent.contains(object)
                       ? *firstChunk_
                       : *trace_->arena.chunkOf(object);
    std::uint8_t tag = chunk.tagOf(chunk.grainOf(object));
    if (tag & kClientGrain) {
      scanClientObject(object);
      continue;
    }
    if (tag & kSettledGrain)
      scanMarked<Armed::Yes>(queue, object);
    else
      scanMarked<Armed::No>(queue, object);
    if (stack_.size() == 0)
      queue.flush();
  }
}

template <Worker::Armed armed>
[[gnu::always_inline]] inline void Worker::scanMarked(SlotQueue &queue,
                                                      Address object) {
  const auto &type =
      DescribedFormat::descriptorOf(DescribedFormat::headerOf(object));
  if (type.flags & kUnusual)
    return scanUnusual<armed>(queue, object, type);
  DescribedFormat::forEachFixedSlot(object, type,
                                    SlotQueue::Pushing<armed>{queue});
}

/// One array may lead to more than all else: others get a part of what it
/// leads to before it has been scanned.
template <Worker::Armed armed>
[[gnu::noinline]] void Worker::scanUnusual(SlotQueue &queue, Address object,
                                           const abi::TypeDescriptor &type) {
  if (DescribedFormat::hasWeakPart(type))
    gather(object, type);
  unsigned seen = 0;
  DescribedFormat::forEachSlot(object, type, [&](Slot slot) {
    queue.push<armed>(slot);
    if (++seen % kElementsAlone == 0)
      share();
  });
}

} // namespace mps
