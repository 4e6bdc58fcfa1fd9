// When to collect, and what.
//
// The nursery of the compiled chain is sized from what is measured: copying a
// byte costs as much as some ten bytes of allocation gain by staying in the
// cache (docs/performance.md), so it doubles while more than kMuchSurvives of
// it does, and halves while less than kLittleSurvives does; but it gets no more
// than what is left of the heap's target (Appel, "Simple Generational Garbage
// Collection and Fast Allocation", 1989).
//
// The target is the size at which everything is collected:
//
//   least of   growth * live            (live being at least kLeastLive)
//              limit - limit / 8        room to evacuate what is sparse
//
// When the nursery is full, the cheapest of three is done. A young collection
// traces s bytes of the nursery to free 1 - s of it, s being what survived of
// the last, and scans d bytes of clients' segments that have been stored to; a
// full one traces what lives to free the rest of the target. Where
// a full one frees more for its trace, nothing is traced now: the nursery
// settles where it is, and the next nursery begins. From time to time it is
// collected all the same, to measure s.
//
// A full collection comes when, after the cheaper of the other two, the target
// would leave no nursery worth its name; or when a segment cannot be had.
#ifndef MPS_COLLECTOR_PACING_H
#define MPS_COLLECTOR_PACING_H

#include "collector/statistics.h"

namespace mps {

class Pacing {
public:
  static constexpr std::size_t kLeastNursery = std::size_t(1) << 20;
  static constexpr std::size_t kFirstNursery = std::size_t(4) << 20;
  static constexpr std::size_t kMostNursery = std::size_t(128) << 20;
  /// The part of a limit that is kept back for collections that begin when
  /// memory has run out.
  static constexpr std::size_t kReservedPart = 16;
  static constexpr std::size_t kLeastLive = std::size_t(21) << 20;

  /// A nursery of this size, or, if it is 0, one that is sized by measurement.
  void setNursery(std::size_t fixed);
  void setGrowth(double growth) { growth_ = growth; }
  /// In seconds. A full collection that would take longer is done while the
  /// program runs, if it can be; nurseries get as much as can be collected in
  /// a quarter of it, and no more than could be copied in 0.7 of it: then a
  /// program that begins to keep what it makes is held up no longer than
  /// others.
  void setPauseTime(double seconds) { pauseTime_ = seconds; }

  /// What to do now that nurseries are full that got `nursery` of the `used`
  /// bytes of segments. Promotion comes only if `maySettle`. A young collection
  /// would have to scan `dirty` bytes of clients' segments.
  CollectionKind next(std::size_t used, std::size_t nursery, std::size_t limit,
                      bool maySettle, std::size_t dirty = 0);
  /// Whether a full collection is expected to take longer than the pause time.
  bool isFullTooLong(std::size_t used) const;
  /// Whether a young collection, of so many bytes and with clients' formats, is
  /// expected to take longer than half of the pause time; the more often the
  /// answer was yes, up to all of it: what was measured may have been chance.
  bool isYoungTooLong(std::size_t bytes);
  /// For nurseries of clients' formats: as much as can be collected in a part
  /// of the pause time.
  std::size_t mostClientNursery() const { return mostNursery(clientCost_); }
  /// For a heap that nothing is known of.
  std::size_t firstNursery(std::size_t limit) const;
  /// Whether to begin a collection of what is old that goes on while the
  /// program runs: half of the room that the last one left is used.
  bool isTimeToBegin(std::size_t used, std::size_t limit) const;
  /// Whether there are as many as are wanted at all.
  bool isPastTarget(std::size_t used, std::size_t limit) const {
    return used > target(limit);
  }
  /// Whether so much lives that there is little else than gaps between it.
  bool isTight(std::size_t limit) const {
    constexpr double kTight = 0.7;
    return double(live_) > kTight * double(limit);
  }
  /// How many bytes it may last: to the target; or, where that has been passed,
  /// a little beyond.
  std::size_t headroom(std::size_t used, std::size_t limit) const;
  /// How many living bytes of sparse segments can be evacuated in that time.
  std::size_t evacuatedIn(double seconds) const;
  /// To be told how long a group took of which so many bytes were copied.
  void evacuated(std::size_t bytes, double seconds);
  /// How many slots may be logged before they are looked at: as many as can be
  /// in half of the pause time, in a small part of the limit. For each, longer
  /// is reckoned while it `isRecorded` where they lead to.
  std::size_t mostLogged(std::size_t limit, bool isRecorded) const;
  /// Whether to recycle what died, now that a collection has ended, until...
  bool wantsToRecycle(std::size_t used, std::size_t limit) const;
  /// ...so many bytes have been: then what survives of a nursery is measured.
  bool isRecyclingOver(std::size_t used, std::size_t recycled,
                       std::size_t limit) const;
  /// The nursery of `chain` is to be filled again.
  void recyclingEnded(std::size_t used, std::size_t limit, Chain &chain);
  /// To be told when such a collection has found `live` bytes.
  void oldEnded(std::size_t used, std::size_t live);
  /// To be told after each collection. Sizes the nursery of `chain`, which may
  /// be null.
  void collected(const CollectionReport &report, std::size_t limit,
                 Chain *chain);
  /// To be told after that what the pause was.
  void measurePause(const CollectionReport &report);

private:
  std::size_t target(std::size_t limit) const;
  std::size_t targetOfOld(std::size_t limit) const;
  /// Without what is kept back.
  static std::size_t mostUsed(std::size_t limit) {
    return limit - limit / kReservedPart;
  }
  bool settlesCheaper(std::size_t limit) const;
  unsigned mostSettled() const;
  bool measure(const CollectionReport &report);
  void sizeNursery(std::size_t used, std::size_t limit, Chain &chain);
  std::size_t mostNursery(double cost) const;

  double growth_ = 3;
  double pauseTime_ = 0.1;
  // Until they are measured, rather too much:
  double fullCost_ = 1e-9;   ///< Seconds for each byte that lives.
  double groupCost_ = 5e-9;  ///< The same of a group of sparse segments.
  double youngCost_ = 1e-9;  ///< Seconds for each byte of a nursery,
  double clientCost_ = 2e-9; ///< the same with clients' formats,
  double settlingCost_ = 0;  ///< and for those of one that settles.
  /// And for each byte that is copied of one: the first ones, to memory that
  /// nobody has touched.
  double copyingCost_ = 6e-9;
  bool isCopyingMeasured_ = false;
  std::size_t fixedNursery_ = 0;
  std::size_t nursery_ = kFirstNursery; ///< What is wanted.
  std::size_t capacity_ = 0;            ///< What the nursery may have.
  double survival_ = 0.0;               ///< Of a young generation.
  double dirtyPart_ = 0;     ///< Dirty bytes for each of the nurseries'.
  double belief_ = 1;        ///< The part of clientCost_ that is believed in.
  unsigned settled_ = 0;     ///< Promotions since it was last measured.
  unsigned mostSettled_ = 1; ///< Before it is measured again.
  std::size_t live_ = 0;     ///< After the last full collection,
  std::size_t used_ = 0;     ///< and with its holes.
};

} // namespace mps

#endif
