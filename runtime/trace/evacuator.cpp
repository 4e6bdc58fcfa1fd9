#include "trace/evacuator.h"

#include "base/check.h"
#include "platform/process.h"
#include "trace/sweep.h"

namespace mps {

namespace {

/// How far ahead recorded slots, and what they lead to, are fetched.
constexpr std::size_t kAhead = 16;
/// Slots or objects after which it looks whether it is to stop.
constexpr std::size_t kTogether = 64;

const std::atomic<unsigned> nobody{0};

Word *secondWordOf(Address object) { return (object + kWordSize).as<Word>(); }

/// Others may copy the same object, and one may be done and write to it.
void copyWords(Address to, Address from, std::size_t size) {
  for (std::size_t i = 0; i < size / kWordSize; ++i)
    __atomic_store_n(to.as<Word>() + i,
                     __atomic_load_n(from.as<Word>() + i, __ATOMIC_RELAXED),
                     __ATOMIC_RELAXED);
}

bool changeHeader(Address object, Word &header, Word to) {
  return __atomic_compare_exchange_n(object.as<Word>(), &header, to, false,
                                     __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

} // namespace

// ---- Beginning ----

void Evacuator::begin(Pool *pools, SegmentList group) {
  pools_ = pools;
  process_ = platform::processNumber();
  nextSlot_ = 0;
  movedObjects_ = movedBytes_ = keptObjects_ = 0;
  while (Segment *segment = group.pop()) {
    arena_.setTag(segment, segment->tag | kWhiteGrain);
    segment->isKept = false;
    group_.push(segment);
  }
  for (Pool *pool = pools; pool != nullptr; pool = pool->next) {
    std::size_t live = 0;
    for (Segment *each = group_.first(); each != nullptr; each = each->next)
      if (each->pool == pool)
        live += each->live != Segment::kUnknown ? each->live
                                                : each->objects().size();
    if (live != 0)
      reserve(*pool, live);
  }
  firstChunk_ = lastChunk_ = arena_.firstChunk();
  while (lastChunk_->next != nullptr)
    lastChunk_ = lastChunk_->next;
  isDrained_ = false;
  isActive_ = true;
}

/// As much of it as there is.
void Evacuator::reserve(Pool &pool, std::size_t bytes) {
  std::size_t size = arena_.segmentSize();
  std::size_t count = (bytes + bytes / 4) / size + kSpareSegments;
  for (std::size_t i = 0; i < count; ++i) {
    Segment *segment = nullptr;
    if (pool.newSegment(&segment, size, pool.chain().top()) != Result::Ok)
      return;
    if (!pool.evacuated.add(*segment))
      return pool.free(segment);
  }
}

// ---- Healing ----

/// Chunks that were added later have nothing white, and no copies.
Chunk *Evacuator::chunkOf(Address address) const {
  for (Chunk *chunk = firstChunk_;; chunk = chunk->next) {
    if (chunk->extent.contains(address))
      return chunk;
    if (chunk == lastChunk_)
      return nullptr;
  }
}

bool Evacuator::isWhite(Ref ref, Chunk *&chunk) const {
  chunk = chunkOf(ref.address());
  return chunk != nullptr && !(ref.bits() & abi::kTagMask) &&
         chunk->tagOf(chunk->grainOf(ref.address())) & kWhiteGrain;
}

/// Of an object with a forwarded header.
Ref Evacuator::whereNow(Address object, Word header) {
  return Ref::to(DescribedFormat::isKept(header)
                     ? object
                     : DescribedFormat::newAddress(header));
}

ScanState *Evacuator::Visitor::scanState() {
  state_.size = ~state_.least;
  state_.closure = &evacuator_;
  state_.fix = [](ScanState &state, Word *word) {
    static_cast<Evacuator *>(state.closure)->heal(Slot::at(Address::of(word)));
    return true;
  };
  return &state_;
}

void Evacuator::heal(Slot slot) {
  Ref ref = slot.load();
  Ref fixed = fix(ref);
  if (fixed != ref)
    slot.replace(ref, fixed);
}

Ref Evacuator::fix(Ref ref) {
  Chunk *chunk = nullptr;
  if (!isWhite(ref, chunk))
    return ref;
  Word header = DescribedFormat::headerOf(ref.address());
  if (DescribedFormat::isForwarded(header))
    return whereNow(ref.address(), header);
  return copy(*chunk->segments[chunk->grainOf(ref.address())], ref.address(),
              header);
}

Ref Evacuator::copy(Segment &segment, Address object, Word header) {
  const auto &type = DescribedFormat::descriptorOf(header);
  std::size_t size = DescribedFormat::sizeOf(object, header);
  std::size_t growth = DescribedFormat::growthOf(header);
  // If somebody has copied it, the length may be a link by now.
  std::atomic_thread_fence(std::memory_order_acquire);
  Word found = DescribedFormat::headerOf(object);
  if (found != header)
    return whereNow(object, found);
  std::size_t alignment = std::size_t(1)
                          << (type.flags >> abi::kAlignmentShift);
  std::size_t slack = alignment > kWordSize ? alignment - kWordSize : 0;
  auto &destination = segment.pool->evacuated;
  auto room = destination.take(size + growth + slack);
  if (!room.base) [[unlikely]]
    return keep(segment, object, header);
  Address to = room.base.alignedUp(alignment);
  *to.as<Word>() = DescribedFormat::headerOfCopy(header);
  copyWords(to + kWordSize, object + kWordSize, size - kWordSize);
  if (growth != 0)
    *(to + size).as<std::uint64_t>() = DescribedFormat::hashOf(object.bits());
  room.chunk->mark(to, true);
  if (!changeHeader(object, header, DescribedFormat::forwardedTo(to, header))) {
    room.chunk->unmark(to);
    destination.giveBack(room);
    return whereNow(object, header);
  }
  movedObjects_.fetch_add(1, std::memory_order_relaxed);
  movedBytes_.fetch_add(size, std::memory_order_relaxed);
  if (DescribedFormat::hasSlots(type))
    pushGrey(object);
  return Ref::to(to);
}

Ref Evacuator::keep(Segment &segment, Address object, Word header) {
  segment.chunk->mark(object, true);
  if (!changeHeader(object, header, DescribedFormat::kept(header))) {
    if (!DescribedFormat::isKept(header))
      segment.chunk->unmark(object);
    return whereNow(object, header);
  }
  __atomic_store_n(&segment.isKept, true, __ATOMIC_RELAXED);
  keptObjects_.fetch_add(1, std::memory_order_relaxed);
  return Ref::to(object);
}

// ---- Copies ----

void Evacuator::pushGrey(Address object) {
  Word first = grey_.load(std::memory_order_relaxed);
  do
    __atomic_store_n(secondWordOf(object), first, __ATOMIC_RELAXED);
  while (!grey_.compare_exchange_weak(first, object.bits(),
                                      std::memory_order_release,
                                      std::memory_order_relaxed));
}

/// Null if there is none.
Address Evacuator::popGrey() {
  if (!taken_)
    taken_ = Address::fromBits(grey_.exchange(0, std::memory_order_acquire));
  Address object = taken_;
  if (object)
    taken_ = Address::fromBits(
        __atomic_load_n(secondWordOf(object), __ATOMIC_RELAXED));
  return object;
}

/// Returns how many slots it has.
std::size_t Evacuator::scan(Address object) {
  const auto &type =
      DescribedFormat::descriptorOf(DescribedFormat::headerOf(object));
  std::size_t slots = 1;
  auto visit = [&](Slot slot) {
    ++slots;
    scanSlot(slot);
  };
  DescribedFormat::forEachSlot(object, type, visit);
  DescribedFormat::forEachWeakSlot(object, type, visit); // It was cleared.
  return slots;
}

/// Heals it, and records it if it leads to a candidate. What is stored to it
/// later is logged.
void Evacuator::scanSlot(Slot slot) {
  heal(slot);
  Ref ref = slot.load();
  Chunk *chunk = chunkOf(ref.address());
  if (chunk == nullptr || ref.bits() & abi::kTagMask)
    return;
  std::size_t grain = chunk->grainOf(ref.address());
  std::uint8_t tag = chunk->tagOf(grain);
  if (candidates_.isRecording() && tag & kCandidateGrain &&
      !(tag & kWhiteGrain))
    candidates_.record(slot, *chunk->segments[grain]);
}

bool Evacuator::step(std::size_t slots, const std::atomic<unsigned> &isWanted) {
  std::size_t done = 0;
  for (unsigned i = 1; done < slots; ++i) {
    if (i % kTogether == 0 && isWanted.load(std::memory_order_relaxed) != 0)
      break;
    if (nextSlot_ < slots_.size()) {
      if (nextSlot_ + 2 * kAhead < slots_.size()) {
        __builtin_prefetch(slots_[nextSlot_ + 2 * kAhead].address().as());
        __builtin_prefetch(slots_[nextSlot_ + kAhead].load().address().as());
      }
      heal(slots_[nextSlot_++]);
      ++done;
    } else if (Address object = popGrey()) {
      done +=
          scan(DescribedFormat::newAddress(DescribedFormat::headerOf(object)));
    } else {
      isDrained_.store(true, std::memory_order_relaxed);
      return false;
    }
  }
  return true;
}

// ---- Copies of managed memory ----

/// Any word may look like a reference: only slots are healed.
void Evacuator::healRange(Extent bytes) {
  Home home;
  for (Address each = bytes.base.alignedDown(kWordSize); each < bytes.limit;
       each += kWordSize) {
    Slot slot = Slot::at(each);
    Chunk *chunk = nullptr;
    if (!isWhite(slot.load(), chunk))
      continue;
    if (!home.contains(slot) && !findHome(slot, home))
      continue;
    if (DescribedFormat::isSlot(home.object, slot))
      heal(slot);
  }
}

/// Only settled objects have slots that lead to white ones.
bool Evacuator::findHome(Slot slot, Home &home) const {
  Chunk *chunk = chunkOf(slot.address());
  if (chunk == nullptr)
    return false;
  std::size_t grain = chunk->grainOf(slot.address());
  std::uint8_t tag = chunk->tagOf(grain);
  if (!(tag & kSettledGrain) || tag & kLeafGrain)
    return false;
  Segment &segment = *chunk->segments[grain];
  Address object = segment.extent.base;
  if (segment.isShared)
    object = chunk->lastMarked(object, slot.address());
  else if (!segment.isLarge)
    for (Address next = object; next <= slot.address();
         next += DescribedFormat::sizeOfAny(next))
      object = next;
  home = {object, DescribedFormat::sizeOfAny(object)};
  return !DescribedFormat::isPadding(
      DescribedFormat::withoutKept(DescribedFormat::headerOf(object)));
}

// ---- The end ----

void Evacuator::drain() {
  while (step(~std::size_t(0), nobody)) {
  }
}

/// Once more: a slot that is healed already costs only time.
void Evacuator::scanMarked(Segment &segment, Address limit) {
  if (segment.tag & kLeafGrain)
    return;
  Chunk &chunk = *segment.chunk;
  for (Address each = chunk.nextMarked(segment.extent.base, limit);
       each < limit; each = chunk.nextMarked(each + kWordSize, limit))
    scan(each);
}

void Evacuator::finish(TraceCounts &counts) {
  std::size_t kept = 0;
  moveGuardians();
  drain();
  while (kept != keptObjects_) { // Nobody has noted what leads out of them.
    kept = keptObjects_;
    for (Segment *each = group_.first(); each != nullptr; each = each->next)
      if (each->isKept)
        scanMarked(*each, each->fill);
    drain();
  }
  closeDestinations();
  while (Segment *segment = group_.pop())
    reclaim(*segment);
  counts.movedObjects += movedObjects_;
  counts.movedBytes += movedBytes_;
  counts.keptObjects += keptObjects_;
  slots_.clear();
  isActive_ = false;
}

/// They go with their blocks, which they keep this time.
void Evacuator::moveGuardians() {
  for (Segment *each = group_.first(); each != nullptr; each = each->next) {
    Guardian *guardian = each->guardians;
    each->guardians = nullptr;
    while (guardian != nullptr) {
      Guardian *following = guardian->next;
      guardian->block = fix(guardian->block);
      attach(*arena_.segmentOf(guardian->block.address()), *guardian);
      guardian = following;
    }
  }
}

void Evacuator::closeDestinations() {
  // In a child, other threads were perhaps between copying an object and
  // pushing it. What they were copying to is a gap.
  bool isChild = process_ != platform::processNumber();
  for (Pool *pool = pools_; pool != nullptr && isChild; pool = pool->next)
    pool->evacuated.forEach([&](Segment &segment) {
      scanMarked(segment, segment.extent.limit);
      drain();
    });
  for (Pool *pool = pools_; pool != nullptr; pool = pool->next)
    pool->evacuated.close([&](Segment &segment) {
      segment.live = 0;
      sweep(segment);
      if (segment.live == 0)
        return pool->free(&segment);
      pool->adopt(&segment);
    });
}

void Evacuator::reclaim(Segment &segment) {
  if (!segment.isKept)
    return segment.pool->free(&segment);
  segment.tag |= kAnchoredGrain; // Some headers say that they were kept.
  segment.live = 0;
  sweep(segment);
  arena_.setTag(&segment,
                segment.tag & std::uint8_t(~(kWhiteGrain | kAnchoredGrain)));
  segment.pool->adopt(&segment);
}

} // namespace mps
