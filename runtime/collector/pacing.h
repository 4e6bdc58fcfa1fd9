// When to collect, and what.
//
// Young: a chain's generation is due when it has got its capacity of new bytes.
// The nursery of the compiled chain is sized from what is measured. Copying a
// byte costs as much as some ten bytes of allocation gain by staying in the
// cache (docs/performance.md): so the nursery doubles while more than
// kMuchSurvives of it does, and halves while less than kLittleSurvives does.
//
// Full: when the heap has grown to a threshold, set after each full collection
//
//   least of   growth * live            (but at least kLeastThreshold)
//              limit - live - nursery   room to copy what lives; before the
//                                       first, all may live
//
// or when a segment cannot be had.
#ifndef MPS_COLLECTOR_PACING_H
#define MPS_COLLECTOR_PACING_H

#include "collector/statistics.h"

namespace mps {

class Pacing {
public:
  static constexpr std::size_t kLeastNursery = std::size_t(1) << 20;
  static constexpr std::size_t kFirstNursery = std::size_t(4) << 20;
  static constexpr std::size_t kMostNursery = std::size_t(128) << 20;

  static void setNursery(Chain &chain, std::size_t capacity);
  /// Sets the capacity of a chain whose nursery is sized by measurement, at
  /// most a part of what the limit leaves free.
  void resizeNursery(Chain &chain, const TraceCounts &counts,
                     std::size_t condemnedNew, std::size_t limit) const;

  /// The part of a limit that is kept back for collections that begin when
  /// memory has run out.
  static constexpr std::size_t kReservedPart = 16;

  /// To be told after each collection, with bytes of segments in use.
  void collected(bool wasFull, std::size_t used, std::size_t limit,
                 std::size_t nursery);
  /// Whether everything should be collected, with so many bytes in use outside
  /// of nurseries.
  bool isFullDue(std::size_t old) const { return old > threshold_; }

private:
  static constexpr std::size_t kLeastThreshold = std::size_t(64) << 20;
  static constexpr std::size_t kGrowth = 3;

  std::size_t live_ = 0; ///< After the last full collection.
  std::size_t threshold_ = kLeastThreshold;
};

} // namespace mps

#endif
