// Which segments of a full trace are evacuated, and which stay where they are
// with what lives in them marked.
//
// Copying makes room only out of what is dead, and wants room for what lives:
// so the segments that are expected to have the least alive go first, as many
// as there is room for, and those that are nearly full of living objects stay.
// How much lives in a segment is known from the last trace that condemned it.
// Of a segment that none has, the same part is expected to live as lived, in
// the trace before, of those like it.
#ifndef MPS_TRACE_EVACUATION_H
#define MPS_TRACE_EVACUATION_H

#include "arena/control_memory.h"
#include "arena/segment.h"
#include "base/function_ref.h"

namespace mps {

/// What a full trace may evacuate.
struct Evacuation {
  static constexpr std::size_t kEverything = ~std::size_t(0);

  std::size_t budget = kEverything; ///< Bytes to copy.
  /// A segment stays if more than this part of it is expected to live.
  double densest = 1.0;

  bool isOfEverything() const {
    return budget == kEverything && densest >= 1.0;
  }
};

/// What part of the objects that no trace had condemned before turned out to
/// live, in the last trace that condemned some.
class Survival {
public:
  explicit Survival(double first) : part_(first) {}

  std::size_t expectedOf(std::size_t bytes) const {
    return std::size_t(double(bytes) * part_);
  }
  void note(std::size_t bytes, std::size_t live) {
    bytes_ += bytes;
    live_ += live;
  }
  /// Ends the notes of one trace.
  void update() {
    if (bytes_ != 0)
      part_ = double(live_) / double(bytes_);
    bytes_ = live_ = 0;
  }

private:
  double part_;
  std::size_t bytes_ = 0, live_ = 0;
};

/// Calls stay(Segment &) for those of the white segments that are not
/// evacuated. None of them has moved an object yet. Returns whether the budget
/// was too small for some of them.
bool chooseStaying(const SegmentList &white, const Evacuation &evacuation,
                   FunctionRef<void(Segment &)> stay);

} // namespace mps

#endif
