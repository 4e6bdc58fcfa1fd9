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

void SegmentMarker::begin(ScanState &state) {
  state_ = &state;
  first_ = nullptr;
  opened_.clear();
}

void SegmentMarker::protectAll() {
  arena_.protection().forEachToScan([this](Segment &each) {
    if (!each.pool->isProtected() || Protection::isProtected(each))
      return;
    each.summary = 0; // Nothing is young.
    if (!opened_.push(&each))
      pass(each);
  });
  close();
}

bool SegmentMarker::mark(Segment &segment, Ref ref) {
  Address object = ClientFormat(*segment.pool->options().format).baseOf(ref);
  if (!segment.chunk->mark(object))
    return false;
  if (segment.isPassed)
    return true;
  segment.chunk->setGrey(object);
  if (!segment.isGrey) {
    segment.isGrey = true;
    segment.nextGrey = first_;
    first_ = &segment;
  }
  return true;
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
  Chunk &chunk = *segment.chunk;
  Address object = chunk.takeGrey(segment.extent.base, segment.fill);
  while (object < segment.fill) {
    Address following = object + segment.pool->sizeOfAny(object);
    scanClient(*state_, segment, object, following);
    object = chunk.takeGrey(following, segment.fill);
  }
}

void SegmentMarker::close() {
  arena_.protection().protect(opened_);
  for (Segment *each : opened_)
    if (!Protection::isProtected(*each))
      pass(*each);
  opened_.clear();
}

void SegmentMarker::pass(Segment &segment) {
  if (segment.isPassed)
    return;
  segment.isPassed = true;
  segment.chunk->clearGrey(segment.extent);
  holes::forEachRun(segment, segment.extent.base, segment.fill,
                    [&](Address base, Address limit) {
                      scanClient(*state_, segment, base, limit);
                    });
}

void SegmentMarker::forget(Arena &arena, Segment &segment) {
  if (segment.isGrey)
    segment.chunk->clearGrey(segment.extent);
  segment.isGrey = segment.isPassed = false;
  if (segment.summary == Segment::kUnscanned)
    arena.protection().leadsNowhere(segment);
}

} // namespace mps
