#include "trace/candidates.h"

#include <algorithm>

namespace mps {

namespace {
/// Of a segment: more lives in it than is worth copying.
constexpr double kDensest = 0.8;
/// For so many bytes that live in it, one slot may lead to it: twice as many as
/// to nodes of a list that is linked both ways.
constexpr std::size_t kBytesForRecord = 2 * kWordSize;
/// A segment in which less lives is reckoned as one in which so much does.
constexpr std::size_t kLeastWeight = 4096;

/// What it adds to the pause in which it is evacuated.
std::size_t weightOf(const Segment &candidate) {
  return std::max(candidate.live, kLeastWeight);
}

/// The arena's lock covers hold(), but not record().
void keep(Segment &candidate) {
  __atomic_store_n(&candidate.isHeld, true, __ATOMIC_RELAXED);
}
} // namespace

bool Candidates::isSparse(const Segment &segment) {
  return !segment.isLarge &&
         double(segment.live) < kDensest * double(segment.extent.size());
}

void Candidates::add(Segment &segment) {
  Group *last = groups_.size() != 0 ? groups_.end() - 1 : nullptr;
  if (last == nullptr || last->weight + weightOf(segment) > groupSize_) {
    if (!groups_.push({}))
      return segment.pool->adopt(&segment);
    last = groups_.end() - 1;
  }
  last->weight += weightOf(segment);
  segment.group = std::uint32_t(groups_.size() - 1);
  segment.isHeld = false;
  segment.records = 0;
  arena_.setTag(&segment, segment.tag | kCandidateGrain);
  segment.pool->segments[Pool::kSparse].push(&segment);
}

std::uint8_t Candidates::tagAt(Address address) const {
  const Chunk *chunk = arena_.chunkOf(address);
  return chunk->tagOf(chunk->grainOf(address));
}

void Candidates::record(Slot slot, Segment &candidate) {
  if (candidate.group >= groups_.size() || candidate.group < firstGroup_)
    return; // It was one, and has been kept.
  if (candidate.records >= weightOf(candidate) / kBytesForRecord)
    return keep(candidate);
  ++candidate.records;
  Word record = slot.address().bits();
  if (tagAt(slot.address()) & kCandidateGrain)
    record |= kInCandidate;
  while (!lists_.push(groups_[candidate.group].records, record))
    if (!giveUpFirst() || candidate.group < firstGroup_)
      return;
}

/// For lack of memory. The last group is not given up without all of them.
bool Candidates::giveUpFirst() {
  if (groups() <= 1) {
    hasFailed_ = true;
    return false;
  }
  lists_.free(groups_[firstGroup_++].records);
  return true;
}

void Candidates::hold(Ref ref) {
  Segment *segment = isRecording_ && !(ref.bits() & abi::kTagMask)
                         ? arena_.segmentOf(ref.address())
                         : nullptr;
  if (segment != nullptr && segment->tag & kCandidateGrain)
    keep(*segment);
}

/// Else its object has moved, and the new one has been scanned.
bool Candidates::isGood(Word record) const {
  Slot slot = Slot::at(Address::fromBits(record & ~kInCandidate));
  return !(record & kInCandidate) || tagAt(slot.address()) & kCandidateGrain;
}

SegmentList Candidates::takeLast(Pool *pools,
                                 FunctionRef<bool(const Segment &)> isKept,
                                 FunctionRef<void(Slot)> visit) {
  SegmentList taken;
  for (Pool *pool = pools; pool != nullptr; pool = pool->next) {
    SegmentList &candidates = pool->segments[Pool::kSparse];
    while (!candidates.isEmpty() && isOfLast(*candidates.first())) {
      Segment *segment = candidates.pop();
      if (isKept(*segment)) { // As a candidate: its slots' records are good.
        pool->segments[Pool::kSnapshot].push(segment);
        segment->group = kNoGroup;
        continue;
      }
      arena_.setTag(segment, segment->tag & std::uint8_t(~kCandidateGrain));
      segment->chunk->clearMarks(segment->extent);
      taken.push(segment);
    }
  }
  Group group = groups_.pop();
  SlotLists::forEach(group.records, [&](Word record) {
    if (isGood(record))
      visit(Slot::at(Address::fromBits(record & ~kInCandidate)));
  });
  lists_.free(group.records);
  return taken;
}

/// It is in no list. Its colour stays.
void Candidates::release(Segment &segment, To to) {
  constexpr auto kOthers = std::uint8_t(~kCandidateGrain);
  segment.tag &= kOthers;
  Chunk &chunk = *segment.chunk;
  chunk.setTags(segment.extent,
                chunk.tagOf(chunk.grainOf(segment.extent.base)) & kOthers);
  unsigned list = to == To::Snapshot ? Pool::kSnapshot : segment.generation;
  segment.pool->segments[list].push(&segment);
}

void Candidates::dissolve(Pool *pools, To to) {
  for (Pool *pool = pools; pool != nullptr; pool = pool->next)
    while (Segment *segment = pool->segments[Pool::kSparse].pop())
      release(*segment, to);
  groups_.clear();
  firstGroup_ = 0;
  lists_.clear();
  noted_.clear();
  isRecording_ = false;
  hasFailed_ = false;
}

bool Candidates::dissolveLast(Pool *pools) {
  if (groups() == 0)
    return false;
  for (Pool *pool = pools; pool != nullptr; pool = pool->next) {
    SegmentList &candidates = pool->segments[Pool::kSparse];
    while (!candidates.isEmpty() && isOfLast(*candidates.first()))
      release(*candidates.pop(), To::Generations);
  }
  groups_.pop();
  return true;
}

} // namespace mps
