// Sweeping the snapshot of an old collection, a segment at a time.
//
// With the arena's lock, a segment is swept at once: sweepOne(). Or some are
// taken; they are swept without that lock, by whoever owns what is taken; and
// kept with it again.
//
//   take() ─▶ sweepTaken() ─▶ keepTaken()
//
// All the while a segment is in a list of its pool. Kept ones are settled
// segments like others, or candidates if they are sparse; those in which
// nothing lives are freed.
#ifndef MPS_COLLECTOR_SWEEPER_H
#define MPS_COLLECTOR_SWEEPER_H

#include "trace/candidates.h"
#include "trace/sweep.h"

namespace mps {

class Sweeper {
public:
  Sweeper(Arena &arena, Candidates &candidates)
      : arena_(arena), candidates_(candidates) {}

  /// All segments in the pools' lists of the snapshot are to be swept. Sparse
  /// ones become candidates if `findsCandidates`.
  void begin(Pool *pools, bool findsCandidates);

  // With the arena's lock:

  /// False if there is none left but what is taken.
  bool sweepOne();
  bool sweepOneOf(Pool &pool);
  /// Nothing must be taken. False if there is none left.
  bool take();
  /// The owner of what is taken may be another thread between two steps.
  void keepTaken();
  bool isDone() const { return takenCount_ == 0 && nextPool() == nullptr; }
  /// Bytes of segments that have been swept, and of what lives in them.
  std::size_t sweptSize() const { return sweptSize_; }
  std::size_t liveSize() const { return liveSize_; }

  /// By the owner of what is taken; ends early if `isWanted` is not 0. False if
  /// it has ended early.
  bool sweepTaken(const std::atomic<unsigned> &isWanted);

private:
  static constexpr unsigned kMostTaken = 8;

  Pool *nextPool() const;
  void keep(Segment &segment);
  void sweepWritable(Segment &segment);

  Arena &arena_;
  Candidates &candidates_;
  Pool *pools_ = nullptr;
  bool findsCandidates_ = true;
  std::size_t sweptSize_ = 0, liveSize_ = 0;
  Segment *taken_[kMostTaken];
  unsigned takenCount_ = 0;
  unsigned sweptCount_ = 0; ///< Of those, the first.
};

} // namespace mps

#endif
