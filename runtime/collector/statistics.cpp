#include "collector/statistics.h"

namespace mps {

void Statistics::add(const CollectionReport &report) {
  if (report.kind == CollectionKind::Promotion)
    ++promotions;
  else if (report.kind != CollectionKind::OldEnds)
    ++collections;
  if (report.kind == CollectionKind::Full)
    ++fullCollections;
  movedObjects += report.trace.movedObjects;
  settledBytes += report.settledBytes;
  recycledBytes += report.recycledBytes;
  movedBytes += report.trace.movedBytes;
  pinnedObjects += report.trace.pinnedObjects;
  pinnedBytes += report.trace.pinnedBytes;
  keptObjects += report.trace.keptObjects;
  keptBytes += report.trace.keptBytes;
  preciseFrames += report.walk.preciseFrames;
  ambiguousWords += report.walk.ambiguousWords;
  totalPause += report.pauseNanoseconds;
  processorPause += report.processorNanoseconds;
  if (report.processorNanoseconds > longestProcessorPause)
    longestProcessorPause = report.processorNanoseconds;
  if (report.pauseNanoseconds > longestPause)
    longestPause = report.pauseNanoseconds;
}

void Statistics::addStop(std::uint64_t nanoseconds) {
  ++stops;
  totalStop += nanoseconds;
  if (nanoseconds > longestStop)
    longestStop = nanoseconds;
}

} // namespace mps
