#include "trace/sweep.h"

#include "base/check.h"
#include "pool/described_format.h"

#include <bit>

namespace mps {

namespace {

/// The marked objects of a segment, from the first to the last, while the
/// memory of those that come next is fetched into the cache.
class MarkedObjects {
public:
  MarkedObjects(const Chunk &chunk, Extent words)
      : limit_(words.limit), base_(words.base),
        word_(chunk.markWordOf(words.base)) {
    if (base_ < limit_)
      bits_ = *word_;
    for (unsigned i = 0; i < kAhead; ++i)
      fetch();
  }
  /// Null after the last.
  Address next() {
    Address object = queue_[first_];
    fetch();
    return object;
  }

private:
  static constexpr unsigned kAhead = 8;

  [[gnu::always_inline]] void fetch() {
    Address object = nextMarked();
    __builtin_prefetch(object.as());
    queue_[first_] = object;
    first_ = (first_ + 1) % kAhead;
  }
  Address nextMarked() {
    while (bits_ == 0) {
      if (std::size_t(limit_ - base_) <= Chunk::kMarksTogether)
        return {};
      base_ += Chunk::kMarksTogether;
      bits_ = *++word_;
    }
    Address object = base_ + std::countr_zero(bits_) * kWordSize;
    bits_ &= bits_ - 1;
    MPS_CHECK_HOT(object < limit_, "something is marked behind the objects");
    return object;
  }

  Address limit_;
  Address base_; ///< What the word of bits is about.
  const std::uint64_t *word_;
  std::uint64_t bits_ = 0; ///< Those of it that have not been returned.
  Address queue_[kAhead];
  unsigned first_ = 0;
};

/// Calls gap(base, limit) for what lies before each marked object, and may be
/// empty. Returns the end of the last.
template <typename Gap>
Address sweepMarked(Segment &segment, Swept &swept, Gap gap) {
  Address end = segment.extent.base;
  MarkedObjects objects(*segment.chunk, segment.objects());
  while (Address object = objects.next()) {
    gap(end, object);
    std::size_t size = segment.pool->sizeOfAny(object);
    ++swept.objects;
    segment.live += size;
    end = object + size;
  }
  swept.bytes = segment.live;
  return end;
}

/// What is not marked becomes holes, but for what a point has taken.
Swept sweepIntoHoles(Segment &segment) {
  Swept swept;
  Extent unused = segment.taken;
  if (segment.buffer != nullptr)
    unused.base = segment.buffer->objectsEnd();
  holes::clear(segment);
  auto addHole = [&](Address base, Address limit) {
    if (!unused.isEmpty() && base <= unused.base && unused.limit <= limit) {
      holes::add(segment, {base, unused.base});
      base = unused.limit;
    }
    holes::add(segment, {base, limit});
    swept.holeBytes += limit - base;
  };
  addHole(sweepMarked(segment, swept, addHole), segment.extent.limit);
  segment.whole = segment.extent.size();
  segment.chunk->clearMarks(segment.extent);
  return swept;
}

/// What is not marked becomes padding, each piece of which is noted as a hole;
/// but for what a point has taken.
Swept sweepIntoPadding(Segment &segment) {
  Pool &pool = *segment.pool;
  Swept swept;
  holes::clear(segment);
  segment.hasHoles = true;
  auto addHole = [&](Address base, Address limit) {
    holes::forEachRun(segment, base, limit, [&](Address from, Address to) {
      pool.padAny(from, to - from);
      holes::note(segment, from);
    });
  };
  Address gap = sweepMarked(segment, swept, addHole);
  segment.whole = segment.objects().size();
  if (segment.buffer != nullptr) {
    addHole(gap, segment.fill);
    segment.taken.base = segment.buffer->objectsEnd();
  } else if (segment.live == 0 || segment.isBuffered) {
    segment.fill = gap; // A client may write behind it.
  } else {
    segment.fill = segment.extent.limit;
    addHole(gap, segment.fill);
  }
  if (segment.live != 0)
    swept.holeBytes = segment.extent.size() - segment.live;
  segment.chunk->clearMarks(segment.extent);
  return swept;
}

} // namespace

Swept sweep(Segment &segment) {
  Pool &pool = *segment.pool;
  if (!pool.options().isMoving)
    return sweepIntoHoles(segment);
  if (!pool.isDescribed() && !segment.isLarge)
    return sweepIntoPadding(segment);
  Chunk &chunk = *segment.chunk;
  Swept swept;
  Extent marked = segment.objects();
  if (segment.isLarge && pool.isDescribed()) // It is one object.
    marked.limit = marked.base + Chunk::kMarksTogether;
  bool isDescribed = pool.isDescribed();
  bool mayBeKept = isDescribed && segment.tag & kAnchoredGrain;
  Address gap = segment.extent.base;
  Pool::GapList gaps(pool.leastGap());
  MarkedObjects objects(chunk, marked);
  while (Address object = objects.next()) {
    if (gap != object)
      pool.padAny(gap, object - gap);
    if (isDescribed)
      gaps.add({gap, object});
    if (mayBeKept)
      DescribedFormat::clearKept(object);
    std::size_t size =
        isDescribed
            ? DescribedFormat::sizeOf(object, DescribedFormat::headerOf(object))
            : pool.sizeOfAny(object);
    ++swept.objects;
    segment.live += size;
    gap = object + size;
  }
  segment.gaps = gaps.first();
  segment.whole = segment.objects().size();
  segment.fill = gap;
  swept.bytes = segment.live;
  if (segment.live != 0 && !segment.isLarge)
    swept.holeBytes = segment.extent.size() - segment.live;
  chunk.clearMarks(
      {marked.base, marked.limit.alignedUp(Chunk::kMarksTogether)});
  return swept;
}

} // namespace mps
