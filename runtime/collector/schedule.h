// A random order of all that a collector may do (MPS_SCHEDULE).
//
// At every safepoint that the runtime sees, the generator that the seed started
// tells whose turn it is: the program's, or something of the collector's. What
// happens then depends on the seed, and on what the program has allocated, but
// not on times: with one thread, a seed gives the same run each time.
//
// A seed also draws what its run is like: how often a turn comes, how much an
// allocation point gets at a time, whether, and how many, polls count as
// safepoints, and how often each kind of turn comes, if ever: runs that leave
// something out find faults that runs with everything do not (Groce, Zhang,
// Eide, Chen, Regehr, "Swarm Testing", 2012).
//
// With the arena's lock. Not here: what a turn does (heap_schedule.cpp).
#ifndef MPS_COLLECTOR_SCHEDULE_H
#define MPS_COLLECTOR_SCHEDULE_H

#include "base/random.h"

namespace mps {

class Schedule {
public:
  enum class Turn : std::uint8_t {
    Nothing,
    Due,    ///< What pacing says.
    Begin,  ///< An old collection,
    Step,   ///< a step of it,
    End,    ///< an attempt to end its marking,
    Group,  ///< the evacuation of a group,
    Finish, ///< or giving it up.
    Young,
    Settle,
    Full,
    Compact,
  };
  static constexpr unsigned kTurns = unsigned(Turn::Compact) + 1;

  /// 0: none.
  void start(std::uint64_t seed);
  bool isOn() const { return seed_ != 0; }
  bool takesPolls() const { return isOn() && takesPolls_; }
  /// Whether this one counts.
  bool takesPoll() { return random_.oneIn(pollRarity_); }
  /// Bytes after which an allocation point asks for more.
  std::size_t step() const { return step_; }

  Turn next();
  /// Whether what died is filled next.
  bool recycles() { return random_.oneIn(kRecycling); }
  /// Whether there is no time for more remembered slots.
  bool stopsSettling() { return random_.oneIn(kSettling); }
  /// Whether to do something that takes so many bytes' time: large heaps are
  /// not traced as often as small ones.
  bool affords(std::size_t bytes) {
    return random_.oneIn(1 + bytes / kAfforded);
  }
  /// Of a step.
  std::size_t slots() { return 1 + random_.below(1000); }

private:
  static constexpr unsigned kRecycling = 4;
  static constexpr unsigned kSettling = 4;
  static constexpr std::size_t kAfforded = std::size_t(128) << 10;

  std::uint64_t seed_ = 0;
  Random random_;
  std::size_t step_ = 0;
  unsigned rarity_ = 1; ///< One safepoint in so many is a turn,
  unsigned turns_ = 0;  ///< and after so many turns one in twice as many.
  bool takesPolls_ = false;
  unsigned pollRarity_ = 1; ///< One poll in so many is a safepoint.
  unsigned weights_[kTurns] = {}, total_ = 0;
};

} // namespace mps

#endif
