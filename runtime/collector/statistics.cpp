#include "collector/statistics.h"

namespace mps {

void Statistics::add(const CollectionReport &report) {
  ++collections;
  if (report.isFull)
    ++fullCollections;
  movedObjects += report.trace.movedObjects;
  movedBytes += report.trace.movedBytes;
  pinnedObjects += report.trace.pinnedObjects;
  pinnedBytes += report.trace.pinnedBytes;
  keptObjects += report.trace.keptObjects;
  keptBytes += report.trace.keptBytes;
  preciseFrames += report.walk.preciseFrames;
  ambiguousWords += report.walk.ambiguousWords;
  totalPause += report.pauseNanoseconds;
  if (report.pauseNanoseconds > longestPause)
    longestPause = report.pauseNanoseconds;
}

} // namespace mps
