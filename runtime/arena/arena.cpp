#include "arena/arena.h"

#include "arena/log_table.h"
#include "base/check.h"

#include <algorithm>
#include <bit>

namespace mps {

namespace {
/// A chunk must have at least as many grains as a word has bits.
constexpr std::size_t kLeastGrains = 64;
/// How far ahead memory is populated: a part of what is in use, and at most so
/// much.
constexpr std::size_t kAheadPart = 2;
constexpr std::size_t kMostAhead = std::size_t(64) << 20;
/// The same where what is not populated comes in small pages: it pays to be far
/// ahead, and what is near is left.
constexpr std::size_t kMostAheadOfSmall = std::size_t(256) << 20;
constexpr std::size_t kLeastAheadOfSmall =
    platform::Populator::kNear + (std::size_t(16) << 20);
/// Segments that are kept of each kind, more than a cache holds: to give them
/// up takes some 50 us, and so does sorting them.
constexpr std::size_t kMostKept = 512;
} // namespace

Arena::Arena(const ArenaOptions &options) : options_(options) {
  if (options_.grainSize < platform::kPageSize)
    options_.grainSize = platform::kPageSize;
  // Small arenas use small segments, so that each pool and generation can
  // have one.
  segmentSize_ = kStandardSegment;
  std::size_t size = options_.size < options_.commitLimit
                         ? options_.size
                         : options_.commitLimit;
  while (segmentSize_ > options_.grainSize && segmentSize_ * 64 > size)
    segmentSize_ /= 2;
  segmentSize_ = alignUp(segmentSize_, options_.grainSize);
  populator_.setBeside(
      [](void *self, Extent memory) {
        static_cast<Arena *>(self)->populateTables(memory);
      },
      this);
  background_.add(populator_);
}

Arena::~Arena() {
  protection_.stop();
  background_.stop();
  while (chunks_ != nullptr) {
    Chunk *chunk = chunks_;
    chunks_ = chunk->next;
    if (options_.contracted != nullptr)
      options_.contracted(options_.closure, chunk->extent);
    chunk->destroy();
  }
}

Result Arena::initialise() {
  if (LogTable::base() == nullptr)
    return Result::Resource;
  return addChunk(options_.size);
}

Result Arena::addChunk(std::size_t size) {
  size = alignUp(size, options_.grainSize);
  if (size < kLeastGrains * options_.grainSize)
    size = kLeastGrains * options_.grainSize;
  Chunk *chunk = control_.make<Chunk>();
  if (chunk == nullptr)
    return Result::Memory;
  unsigned shift = std::countr_zero(options_.grainSize);
  if (!chunk->create(size, shift)) {
    control_.destroy(chunk);
    return Result::Resource;
  }
  // The first chunk stays the first: look-ups try it before the others.
  Chunk **link = &chunks_;
  while (*link != nullptr)
    link = &(*link)->next;
  __atomic_store_n(link, chunk, __ATOMIC_RELEASE); // Handlers of faults look.
  if (wantsSmallPages())
    adviseAhead(*chunk);
  if (options_.extended != nullptr)
    options_.extended(options_.closure, chunk->extent);
  return Result::Ok;
}

/// Of the limit, what spare memory may be.
std::size_t Arena::room() const {
  std::size_t used = inUse_ + fixedSize();
  return options_.commitLimit - std::min(options_.commitLimit, used);
}

std::size_t Arena::available() const {
  return room() - std::min(room(), reserve_);
}

std::size_t Arena::segmentLimit() const {
  if (options_.commitLimit == ~std::size_t(0))
    return options_.commitLimit;
  return options_.commitLimit - std::min(options_.commitLimit, fixedSize());
}

void Arena::setSideSize(std::size_t arrays) {
  sideSize_ = arrays;
  for (Chunk *chunk = chunks_; chunk != nullptr; chunk = chunk->next)
    sideSize_ += chunk->tableSize();
  keepToLimit(mostTrimmed_);
}

Result Arena::allocate(Segment **segmentOut, std::size_t size, Pool *pool,
                       unsigned generation, std::uint8_t tag) {
  if (size > ~std::size_t(0) / 2)
    return Result::Memory;
  size = alignUp(size, options_.grainSize);
  if (size > available())
    return Result::CommitLimit;
  Kept &kept = kept_[kindOf(tag)];
  bool inBlocks = kindOf(tag) == kProtectable && size == segmentSize_;
  if (inBlocks && kept.count == 0)
    carveBlock(kept);
  if (size != segmentSize_ || !reuse(kept, segmentOut)) {
    Result result = carve(segmentOut, size);
    if (result != Result::Ok)
      return result;
  }
  inUse_ += size;
  keepToLimit(std::max(mostTrimmed_, 2 * size));
  if (poison_)
    platform::unpoison((*segmentOut)->extent);
  assign(*segmentOut, pool, generation, tag);
  if (committed() > peakCommitted_)
    peakCommitted_ = committed();
  return Result::Ok;
}

/// Of a segment with such a tag: whether it may be write-protected.
Arena::Kind Arena::kindOf(std::uint8_t tag) {
  return (tag & (kClientGrain | kLeafGrain)) == kClientGrain ? kProtectable
                                                             : kOther;
}

Segment *Arena::Kept::pop() {
  count -= count != 0;
  return list.pop();
}

bool Arena::reuse(Kept &kept, Segment **segmentOut) {
  if (kept.count == 0)
    return false;
  // Poisoned memory is of most use if it is left so for long.
  Segment *segment = poison_ ? kept.list.popLast() : kept.list.pop();
  --kept.count;
  spareSize_ -= segmentSize_;
  *segmentOut = segment;
  return true;
}

/// Free grains side by side. Empty if no chunk has them.
Arena::FreeRun Arena::findFree(std::size_t size) const {
  for (Chunk *chunk = chunks_; chunk != nullptr; chunk = chunk->next) {
    std::size_t grain = chunk->findFree(size >> chunk->grainShift);
    if (grain != chunk->grainCount())
      return {
          chunk,
          Extent::of(chunk->extent.base + (grain << chunk->grainShift), size)};
  }
  return {};
}

/// Whether memory would have to be given back to the system to use the run.
bool Arena::exceedsLimit(const FreeRun &run) const {
  std::size_t fresh = run.grains.size() - run.chunk->dirtySize(run.grains);
  return fresh > room() - std::min(room(), spareSize_);
}

/// A segment of free grains, if possible of such that have memory behind them.
Result Arena::carve(Segment **segmentOut, std::size_t size) {
  FreeRun run = findFree(size);
  if ((run.chunk == nullptr || exceedsLimit(run)) && dissolveSpare())
    run = findFree(size);
  if (run.chunk == nullptr) {
    Result result = addChunk(std::max(size, options_.size));
    if (result != Result::Ok)
      return result;
    run = findFree(size);
    if (run.chunk == nullptr)
      return Result::Memory;
  }
  if (size + control_.growthFor<Segment>() > available())
    return Result::CommitLimit;
  *segmentOut = makeSegment(run);
  return *segmentOut != nullptr ? Result::Ok : Result::Memory;
}

Segment *Arena::makeSegment(const FreeRun &run) {
  Segment *segment = control_.make<Segment>();
  if (segment == nullptr)
    return nullptr;
  segment->extent = run.grains;
  segment->chunk = run.chunk;
  run.chunk->setUsed(*segment);
  std::size_t dirty = run.chunk->takeDirty(run.grains);
  spareSize_ -= dirty;
  segment->isZero = dirty == 0; // Fresh, or discarded.
  noteHighest(*run.chunk, run.grains.limit);
  return segment;
}

/// Kept segments side by side, where memory is plenty: what may be protected is
/// not mixed with what may not, or each segment would be a mapping of its own.
void Arena::carveBlock(Kept &kept) {
  constexpr std::size_t kBlock = 32, kPlenty = 64;
  std::size_t size = kBlock * segmentSize_;
  if (poison_ || available() / kPlenty < size)
    return;
  FreeRun run = findFree(size);
  if (run.chunk == nullptr || exceedsLimit(run))
    return;
  for (Address end = run.grains.limit; end > run.grains.base;) {
    Address base = end - segmentSize_;
    Segment *segment = makeSegment({run.chunk, {base, end}});
    if (segment == nullptr)
      return;
    keepSpare(segment, kept);
    end = base;
  }
}

void Arena::noteHighest(Chunk &chunk, Address limit) {
  if (limit <= chunk.highest)
    return;
  Extent fresh = {chunk.highest, limit};
  if (marksSoon_)
    platform::populateUnchanged(chunk.pagesOf(chunk.markBits, fresh));
  if (marksSoon_ && protection_.isStarted())
    platform::populateUnchanged(chunk.pagesOf(chunk.greyBits, fresh));
  chunk.highest = limit;
  if (populatesAhead_ && !poison_)
    populateAhead(chunk);
}

/// Nobody may populate what is inaccessible.
void Arena::setPoison(bool poison) {
  poison_ = poison;
  if (poison)
    populator_.forget();
}

void Arena::setFaultsSmall(bool does) {
  if (does == faultsSmall_)
    return;
  faultsSmall_ = does;
  for (Chunk *chunk = chunks_; chunk != nullptr; chunk = chunk->next)
    adviseAhead(*chunk);
}

void Arena::adviseAhead(Chunk &chunk) {
  adviseFrom(chunk, std::max(chunk.populated, chunk.highest));
}

void Arena::adviseFrom(Chunk &chunk, Address from) {
  from = from.alignedUp(platform::kHugePageSize);
  if (from < chunk.extent.limit)
    platform::advise({from, chunk.extent.limit}, wantsSmallPages()
                                                     ? platform::Pages::Small
                                                     : platform::Pages::Huge);
}

void Arena::startProtection() {
  if (protection_.isStarted())
    return;
  protection_.start();
  if (!protection_.isStarted())
    return;
  populator_.setPages(platform::Pages::Small);
  for (Chunk *chunk = chunks_; chunk != nullptr; chunk = chunk->next)
    adviseFrom(*chunk, chunk->highest);
}

/// What has been populated and not used yet is never more than what could still
/// be given out.
void Arena::populateAhead(Chunk &chunk) {
  populator_.passed(chunk.highest);
  std::size_t ahead = faultsSmall_
                          ? std::clamp(inUse_ / kAheadPart, kLeastAheadOfSmall,
                                       kMostAheadOfSmall)
                          : std::min(inUse_ / kAheadPart, kMostAhead);
  if (ahead < platform::kHugePageSize ||
      chunk.highest + ahead / 2 < chunk.populated)
    return;
  std::size_t room = committed() < options_.commitLimit
                         ? options_.commitLimit - committed()
                         : 0;
  Address from = std::max(chunk.populated, chunk.highest);
  Address to =
      std::min(chunk.highest + std::min(ahead, room), chunk.extent.limit)
          .alignedDown(platform::kHugePageSize);
  if (to <= from)
    return;
  chunk.populated = to;
  populator_.ask({from, to});
  if (background_.start())
    background_.wake();
}

/// Those that are looked at in pauses, as soon as the memory is in use. By the
/// background thread.
void Arena::populateTables(Extent memory) {
  Chunk *chunk = chunkOf(memory.base);
  if (chunk == nullptr || !marksSoon_.load(std::memory_order_relaxed))
    return;
  if (!populator_.isNear(memory.base))
    chunk->adviseMarks(memory);
  chunk->forEachTable(memory, protection_.isStarted(),
                      platform::populateUnchanged);
  LogTable::forEachTable(memory, platform::populateUnchanged);
}

void Arena::assign(Segment *segment, Pool *pool, unsigned generation,
                   std::uint8_t tag) {
  Extent extent = segment->extent;
  Chunk *chunk = segment->chunk;
  bool isZero = segment->isZero;
  *segment = Segment();
  segment->extent = extent;
  segment->chunk = chunk;
  segment->isZero = isZero;
  segment->pool = pool;
  segment->fill = segment->scanned = extent.base;
  segment->generation = std::uint8_t(generation);
  setTag(segment, tag);
}

void Arena::setTag(Segment *segment, std::uint8_t tag) {
  segment->tag = tag;
  segment->chunk->setTags(segment->extent,
                          tag & kSettledGrain ? tag | colour_ : tag);
}

void Arena::free(Segment *segment) {
  std::size_t size = segment->extent.size();
  inUse_ -= size;
  LogTable::disarm(segment->extent);
  protection_.unprotect(*segment);
  segment->pool = nullptr;
  if (poison_)
    platform::poison(segment->extent);
  if (size != segmentSize_ && poison_) {
    platform::discard(segment->extent);
    return forget(segment);
  }
  if (size != segmentSize_) {
    spareSize_ += size;
    return leaveDirty(segment);
  }
  segment->isZero = false;
  Kept &kept = kept_[kindOf(segment->tag)];
  if (kept.count < kMostKept || poison_)
    return keepSpare(segment, kept);
  spareSize_ += size;
  leaveDirty(segment);
}

/// Its tag is that of a used grain, which keeps the grains ours; its pool,
/// which is null, tells that it holds nothing.
void Arena::keepSpare(Segment *segment, Kept &kept) {
  setTag(segment, kUsedGrain);
  spareSize_ += segment->extent.size();
  kept.list.push(segment);
  ++kept.count;
}

/// Makes the grains of a segment free.
void Arena::forget(Segment *segment) {
  segment->chunk->setFree(segment->extent);
  control_.destroy(segment);
}

/// The same, of one whose memory is counted as spare.
void Arena::leaveDirty(Segment *segment) {
  segment->chunk->setDirty(segment->extent);
  forget(segment);
}

/// The kept segments become free grains, for segments of any size. False if
/// there is none.
bool Arena::dissolveSpare() {
  bool hasAny = false;
  for (Kept &kept : kept_)
    while (Segment *segment = kept.pop()) {
      leaveDirty(segment);
      hasAny = true;
    }
  return hasAny;
}

/// Free grains go first; then kept segments. Of both, those at the highest
/// addresses, so that what is in use gathers at the lowest.
void Arena::trimTo(std::size_t spareSize) {
  for (Chunk *chunk = chunks_; chunk != nullptr; chunk = chunk->next)
    while (spareSize_ > spareSize) {
      Extent run = chunk->takeHighestDirty(spareSize_ - spareSize);
      if (run.isEmpty())
        break;
      platform::discard(run);
      spareSize_ -= run.size();
    }
  for (Kept &kept : kept_) {
    if (spareSize_ <= spareSize)
      return;
    kept.list.sortDescending();
    while (spareSize_ > spareSize && kept.count != 0)
      spareSize_ -= releaseRun(kept, spareSize_ - spareSize);
    kept.list.reverse();
  }
}

/// Gives back the segments at the front of the list that are side by side, but
/// not many more than `most` bytes. Returns how many bytes.
std::size_t Arena::releaseRun(Kept &sorted, std::size_t most) {
  Segment *segment = sorted.pop();
  Extent run = segment->extent;
  forget(segment);
  while (run.size() < most && sorted.count != 0 &&
         sorted.list.first()->extent.limit == run.base) {
    segment = sorted.pop();
    run.base = segment->extent.base;
    forget(segment);
  }
  platform::discard(run);
  return run.size();
}

/// Gives spare memory back that is beyond the limit, but not many more than
/// `most` bytes.
void Arena::keepToLimit(std::size_t most) {
  if (spareSize_ > room())
    trimTo(std::max(room(), spareSize_ - std::min(spareSize_, most)));
}

void Arena::trim(std::size_t keep) {
  std::size_t fixed = inUse_ + fixedSize();
  double fraction = options_.spare;
  if (fraction >= 1.0)
    return;
  auto allowed = std::size_t(double(fixed) * fraction / (1.0 - fraction));
  if (fraction > 0)
    allowed = std::max(allowed, keep);
  if (spareSize_ <= allowed)
    return;
  if (spareSize_ - allowed > mostTrimmed_)
    trimStep();
  else
    trimTo(allowed);
}

/// There will be a next time.
void Arena::trimStep() {
  constexpr unsigned kSegments = 64, kRuns = 64;
  for (Kept &kept : kept_)
    for (unsigned i = 0; i < kSegments && kept.count != 0; ++i)
      leaveDirty(kept.pop());
  std::size_t left = mostTrimmed_;
  unsigned runs = 0;
  for (Chunk *chunk = chunks_; chunk != nullptr; chunk = chunk->next)
    while (left != 0 && runs++ < kRuns) {
      Extent run = chunk->takeHighestDirty(left);
      if (run.isEmpty())
        break;
      platform::discard(run);
      spareSize_ -= run.size();
      left -= std::min(left, run.size());
    }
}

void Arena::setSpare(double fraction) {
  options_.spare = fraction;
  trim(0);
}

Result Arena::setCommitLimit(std::size_t limit) {
  if (limit < inUse_ + fixedSize())
    return Result::Fail;
  options_.commitLimit = limit;
  if (committed() > limit)
    trimTo(limit - inUse_ - fixedSize());
  return Result::Ok;
}

Chunk *Arena::chunkOf(Address address) const {
  for (Chunk *chunk = __atomic_load_n(&chunks_, __ATOMIC_ACQUIRE); chunk;
       chunk = __atomic_load_n(&chunk->next, __ATOMIC_ACQUIRE))
    if (chunk->extent.contains(address))
      return chunk;
  return nullptr;
}

Extent Arena::span() const {
  Extent span = chunks_->extent;
  for (Chunk *chunk = chunks_->next; chunk != nullptr; chunk = chunk->next) {
    span.base = std::min(span.base, chunk->extent.base);
    span.limit = std::max(span.limit, chunk->extent.limit);
  }
  return span;
}

Segment *Arena::segmentOf(Address address) const {
  Chunk *chunk = chunkOf(address);
  if (chunk == nullptr)
    return nullptr;
  std::size_t grain = chunk->grainOf(address);
  if (chunk->tags[grain] == kFreeGrain)
    return nullptr;
  Segment *segment = chunk->segments[grain];
  return segment->pool != nullptr ? segment : nullptr;
}

std::size_t Arena::reserved() const {
  std::size_t size = 0;
  for (Chunk *chunk = chunks_; chunk != nullptr; chunk = chunk->next)
    size += chunk->extent.size();
  return size;
}

} // namespace mps
