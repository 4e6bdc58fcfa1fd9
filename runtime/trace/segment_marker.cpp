#include "trace/segment_marker.h"

#include "base/check.h"

namespace mps {

namespace {

void scanClient(ScanState &state, const Segment &segment, Address base,
                Address limit) {
  if (base == limit)
    return;
  ClientFormat format(*segment.pool->options().format);
  MPS_CHECK(format.scan(state, base, limit) == 0,
            "a client's scan function failed though every fix succeeded");
}

} // namespace

void SegmentMarker::begin(ClientStates &states) {
  states_ = &states;
  isClearing_ = false;
  first_ = nullptr;
  opened_.clear();
  dependents_.clear();
  hidden_.clear();
}

void SegmentMarker::protectAll(Pool *pools) {
  for (Pool *pool = pools; pool != nullptr; pool = pool->next)
    if (pool->isProtected() && !pool->options().isMoving)
      hideAll(*pool);
  arena_.protection().forEach(Protection::Which::Open, [this](Segment &each) {
    if (!each.pool->isProtected() || each.rank != Rank::Exact)
      return;
    each.summary = 0; // Nothing is young.
    if (!opened_.push(&each))
      pass(each);
  });
  close();
}

void SegmentMarker::makeGrey(Segment &segment, Address object) {
  if (segment.isPassed || segment.rank == Rank::Weak)
    return;
  segment.chunk->setGrey(object);
  if (segment.isGrey)
    return;
  segment.isGrey = true;
  segment.nextGrey = first_;
  first_ = &segment;
}

void SegmentMarker::open(Segment &segment) {
  if (!Protection::isProtected(segment))
    return;
  arena_.protection().unprotect(segment);
  if (!opened_.push(&segment))
    pass(segment);
}

void SegmentMarker::step() {
  Segment &segment = *first_;
  first_ = segment.nextGrey;
  segment.isGrey = false;
  if (segment.isPassed)
    return;
  open(segment);
  ScanState &state =
      segment.rank == Rank::Exact ? states_->grey : states_->greyPairs;
  Chunk &chunk = *segment.chunk;
  Address object = chunk.takeGrey(segment.extent.base, segment.fill);
  while (object < segment.fill) {
    Address following = object + segment.pool->sizeOfAny(object);
    scanObject(state, segment, object, following);
    object = chunk.takeGrey(following, segment.fill);
  }
}

void SegmentMarker::close() {
  closeDependents();
  arena_.protection().protect(opened_);
  for (Segment *each : opened_)
    if (!Protection::isAsWanted(*each))
      pass(*each);
  opened_.clear();
}

void SegmentMarker::pass(Segment &segment) {
  if (segment.isPassed || isClearing_)
    return;
  scanAll(segment);
  closeDependents();
}

/// It is passed then.
void SegmentMarker::scanAll(Segment &segment) {
  segment.isPassed = true;
  segment.isHidden = false;
  arena_.protection().unprotect(segment);
  segment.chunk->clearGrey(segment.extent);
  if (segment.pool->options().isMoving)
    return holes::forEachRun(segment, segment.extent.base, segment.fill,
                             [&](Address base, Address limit) {
                               scanClient(states_->passed, segment, base,
                                          limit);
                             });
  const Pool &pool = *segment.pool;
  ScanState &state =
      segment.rank == Rank::Exact ? states_->passed : states_->seen;
  Address object = pool.nextObject(segment, segment.extent.base);
  while (object < segment.fill) {
    Address following = object + pool.sizeOfAny(object);
    scanObject(state, segment, object, following);
    object = pool.nextObject(segment, following);
  }
}

// ---- Objects with dependent ones ----

void SegmentMarker::scanObject(ScanState &state, Segment &segment,
                               Address object, Address limit) {
  const PoolOptions &options = segment.pool->options();
  if (options.findDependent != nullptr)
    openDependent(options, object);
  scanClient(state, segment, object, limit);
}

/// What the scan function stores there has been found, and may be young.
void SegmentMarker::openDependent(const PoolOptions &options, Address object) {
  Address client = object + options.format->headerSize;
  Address dependent = Address::of(options.findDependent(client.as()));
  Segment *segment = arena_.segmentOf(dependent);
  if (segment == nullptr || !Protection::isProtected(*segment))
    return;
  show(*segment, dependent);
  arena_.protection().unprotect(*segment);
  if (!arena_.isOfSnapshot(*segment))
    return;
  segment->summary = Segment::kAnywhere;
  if (!dependents_.push(segment))
    pass(*segment);
}

/// Each word of such an object is a reference, or tells by its lowest bits that
/// it is none: so the documented interface asks of clients. To call a scan
/// function could lead from one dependent object to the next. What is hidden
/// nobody has loaded, and so nobody but a weak reference can lose it.
void SegmentMarker::show(const Segment &segment, Address dependent) {
  if (isClearing_ || !arena_.isOfSnapshot(segment) || segment.isPassed ||
      segment.rank != Rank::Exact || segment.pool->options().isLeaf)
    return;
  const Pool &pool = *segment.pool;
  Address base =
      ClientFormat(*pool.options().format).baseOf(Ref::to(dependent));
  Address limit = base + pool.sizeOfAny(base);
  ScanState &state = states_->passed;
  for (Address each = dependent; each < limit; each += kWordSize) {
    Word word = *each.as<Word>();
    if (word - state.least < state.size && isAligned(word, kWordSize))
      state.fix(state, &word);
  }
}

/// To pass one may open others.
void SegmentMarker::closeDependents() {
  while (dependents_.size() != 0) {
    Segment &segment = *dependents_.pop();
    arena_.protection().protect(segment);
    if (!Protection::isAsWanted(segment) && !segment.isPassed && !isClearing_)
      scanAll(segment);
  }
}

void SegmentMarker::forget(Arena &arena, Segment &segment) {
  if (segment.isGrey)
    segment.chunk->clearGrey(segment.extent);
  segment.isGrey = segment.isPassed = false;
  if (segment.isHidden)
    arena.protection().unprotect(segment);
  segment.isHidden = false;
  if (segment.summary == Segment::kUnscanned)
    arena.protection().leadsNowhere(segment);
}

} // namespace mps
