// Segments of weak references and ephemerons, of clients' formats: hidden when
// marking begins, and cleared when it has ended.
#include "trace/segment_marker.h"

namespace mps {

/// Nothing is young, so they lead nowhere, whatever was stored to them before.
void SegmentMarker::hideAll(Pool &pool) {
  for (Segment *each = pool.segments[Pool::kSnapshot].first(); each != nullptr;
       each = each->next) {
    if (each->rank == Rank::Exact)
      continue;
    each->isHidden = true;
    arena_.protection().leadsNowhere(*each);
    if (!hidden_.push(each) ||
        (!Protection::isHidden(*each) && !opened_.push(each)))
      pass(*each);
  }
}

bool SegmentMarker::clearOne() {
  if (hidden_.size() == 0)
    return false;
  Segment &segment = *hidden_.pop();
  if (segment.isPassed)
    return true;
  arena_.protection().unprotect(segment);
  clear(segment);
  arena_.protection().protect(segment);
  return true;
}

/// It can be written to.
void SegmentMarker::clear(Segment &segment) {
  if (segment.isPassed || !segment.isHidden)
    return;
  segment.isPassed = true;
  segment.isHidden = false;
  ScanState &state =
      segment.rank == Rank::Weak ? states_->clearing : states_->clearingPairs;
  const Chunk &chunk = *segment.chunk;
  Address object = chunk.nextMarked(segment.extent.base, segment.fill);
  while (object < segment.fill) {
    Address following = object + segment.pool->sizeOfAny(object);
    scanObject(state, segment, object, following);
    object = chunk.nextMarked(following, segment.fill);
  }
  closeDependents();
}

} // namespace mps
