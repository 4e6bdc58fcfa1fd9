// What a thread does while it is in the runtime, and for how long: the parts of
// one pause, for the log of pauses (MPS_PAUSES).
//
// The thread that has the arena's lock notes them, so a heap has one of these;
// one that lets go of it for a part takes what there is along.
// Off, a part costs a load and a branch. Parts do not nest.
#ifndef MPS_COLLECTOR_PAUSE_PARTS_H
#define MPS_COLLECTOR_PAUSE_PARTS_H

#include "platform/clock.h"

namespace mps {

enum class Part : std::uint8_t {
  Lock,       ///< Waiting for the arena's lock.
  Stop,       ///< Stopping the other threads.
  Drain,      ///< Of what the write barriers logged.
  Pass,       ///< The same, on to the marker.
  Background, ///< Waiting for the background thread's step to end.
  Settle,     ///< The nursery settled where it was.
  Young,
  Full,
  Begin,   ///< Of an old collection.
  End,     ///< Of its marking.
  Group,   ///< Evacuation of sparse segments.
  Trim,    ///< Giving memory back.
  Arrays,  ///< Counting and shrinking the runtime's own (arena/side_memory.h).
  Recycle, ///< Beginning and ending it.
  Resume,
  Mark,   ///< Assisting the marker,
  Sweep,  ///< or the sweeper.
  Memory, ///< Finding and clearing memory for the allocation point.
  Fault,  ///< A store into protected memory; never with other parts.
  None,
};
inline constexpr unsigned kParts = unsigned(Part::None);

class PauseParts {
public:
  static const char *nameOf(Part part) {
    constexpr const char *kNames[kParts] = {
        "lock",   "stop",  "drain", "pass",   "background", "settle", "young",
        "full",   "begin", "end",   "group",  "trim",       "arrays", "recycle",
        "resume", "mark",  "sweep", "memory", "fault"};
    return kNames[unsigned(part)];
  }

  void turnOn() { isOn_ = true; }
  void clear() {
    for (std::uint64_t &each : nanoseconds_)
      each = 0;
  }
  std::uint64_t of(Part part) const { return nanoseconds_[unsigned(part)]; }
  void add(Part part, std::uint64_t nanoseconds) {
    nanoseconds_[unsigned(part)] += nanoseconds;
  }

  /// For a scope.
  class During {
  public:
    During(PauseParts &parts, Part part) : parts_(parts), part_(part) {
      if (parts_.isOn_) [[unlikely]]
        start_ = platform::nanoseconds();
    }
    ~During() {
      if (parts_.isOn_) [[unlikely]]
        parts_.add(part_, platform::nanoseconds() - start_);
    }
    During(const During &) = delete;
    During &operator=(const During &) = delete;

  private:
    PauseParts &parts_;
    Part part_;
    std::uint64_t start_ = 0;
  };

private:
  bool isOn_ = false;
  std::uint64_t nanoseconds_[kParts] = {};
};

} // namespace mps

#endif
