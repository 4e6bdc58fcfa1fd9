#include "trace/evacuation.h"

#include "arena/chunk.h"

#include <algorithm>

namespace mps {

namespace {

double densityOf(const Segment &segment) {
  return double(segment.expected) / double(segment.extent.size());
}

} // namespace

bool chooseStaying(const SegmentList &white, const Evacuation &evacuation,
                   FunctionRef<void(Segment &)> stay) {
  if (evacuation.isOfEverything())
    return false;
  GrowingArray<Segment *> candidates;
  for (Segment *each = white.first(); each != nullptr; each = each->next)
    if (!(each->tag & kStayingGrain) && !candidates.push(each))
      stay(*each);
  std::sort(candidates.begin(), candidates.end(), [](Segment *a, Segment *b) {
    return densityOf(*a) < densityOf(*b);
  });
  std::size_t budget = evacuation.budget;
  bool isShort = false;
  for (Segment *each : candidates) {
    bool isDense = densityOf(*each) > evacuation.densest;
    if (!isDense && each->expected <= budget) {
      budget -= each->expected;
      continue;
    }
    isShort |= !isDense;
    stay(*each);
  }
  return isShort;
}

} // namespace mps
