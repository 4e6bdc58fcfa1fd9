// What a heap's collections did.
#ifndef MPS_COLLECTOR_STATISTICS_H
#define MPS_COLLECTOR_STATISTICS_H

#include "pool/chain.h"
#include "stack/walker.h"
#include "trace/tracer.h"

namespace mps {

enum class CollectionKind : std::uint8_t {
  Promotion, ///< The nursery settled where it was; nothing was traced.
  Young,
  Full,
  OldBegins, ///< A promotion, and the snapshot of an old collection.
  OldEnds,   ///< The marking of an old collection has ended.
  Group,     ///< A promotion, and the evacuation of sparse segments.
};

/// Of one collection, for listeners.
struct CollectionReport {
  const char *cause = "";
  std::uint64_t number = 0;
  CollectionKind kind = CollectionKind::Young;
  TraceCounts trace;
  WalkCounts walk;
  std::size_t newBytes = 0; ///< Of segments that compiled code's nursery got.
  /// That a young collection has to do with: all that is new, and what is
  /// dirty.
  std::size_t scannedBytes = 0;
  bool hasClients = false; ///< There are pools with protection.
  std::size_t settledBytes = 0;
  /// Given out before it, of gaps between settled objects and of new segments.
  std::size_t recycledBytes = 0;
  std::uint64_t pauseNanoseconds = 0;
  /// Of the thread that collects; less than the pause where it lost its
  /// processor or waited for other threads.
  std::uint64_t processorNanoseconds = 0;
  std::size_t usedBefore = 0, usedAfter = 0; ///< Bytes of segments.
};

/// Since the heap was made.
struct Statistics {
  std::uint64_t collections = 0;
  std::uint64_t fullCollections = 0;
  std::uint64_t oldCollections = 0; ///< Of those, while the program ran.
  std::uint64_t promotions = 0;     ///< Not counted as collections.
  /// By generation: how many collections condemned it.
  std::uint64_t collectionsOf[kMostGenerations + 1] = {};
  std::uint64_t movedObjects = 0, movedBytes = 0;
  std::uint64_t settledBytes = 0; ///< Of segments, by promotion.
  std::uint64_t recycledBytes = 0; ///< Until the last collection.
  std::uint64_t pinnedObjects = 0, pinnedBytes = 0;
  std::uint64_t keptObjects = 0, keptBytes = 0;
  std::uint64_t preciseFrames = 0, ambiguousWords = 0;
  std::uint64_t longestPause = 0, totalPause = 0; ///< Nanoseconds.
  std::uint64_t longestProcessorPause = 0, processorPause = 0;
  /// From the request to stop until all threads had.
  std::uint64_t longestStop = 0, totalStop = 0, stops = 0;

  void addStop(std::uint64_t nanoseconds);
  void add(const CollectionReport &report);
};

} // namespace mps

#endif
