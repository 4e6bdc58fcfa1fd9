// Every time that a thread of the program was in the runtime, or waited for it:
// slow paths of allocation, with all that they do, stops, and stores into
// protected memory (MPS_PAUSES).
//
// Off, it costs a load and a branch on each slow path. On, it is written when
// the program ends: a line for each pause, with when it began, how long it was,
// and how much processor time the thread had in it, all in nanoseconds; how
// many pages it was the first to touch, how often it waited, and how often
// another thread got its processor, as faults=N waits=N preemptions=N, where
// that is not 0; then what was done in it, as NAME=NANOSECONDS
// (collector/pause_parts.h). A long pause of little processor time without any
// is one of which the system knows nothing. Then lines with a name and
// numbers: `brief` with how many pauses were too short to be told one by one,
// and the nanoseconds that they took; `protections` with how often the system
// was told to change a protection.
// utils/bench.d/pauses.py reads it.
//
// Invariant: no lock is taken, so a handler of signals may add to it: address
// space for all there may be is reserved, and who adds one takes the next.
#ifndef MPS_API_PAUSE_LOG_H
#define MPS_API_PAUSE_LOG_H

#include "collector/pause_parts.h"
#include "platform/faults.h"
#include "platform/process.h"

#include <atomic>

namespace mps {

class PauseLog {
public:
  /// Null unless the environment asks for one.
  static PauseLog *instance() { return instance_; }
  /// Starts it if the environment asks for it. Before any thread that makes
  /// pauses; it may be called again.
  static void startIfAsked();

  /// For a scope. Any thread.
  class Pause {
  public:
    Pause() {
      if (PauseLog::instance() != nullptr) [[unlikely]]
        start_ = platform::nanoseconds();
    }
    ~Pause() {
      if (start_ != 0) [[unlikely]]
        PauseLog::instance()->add(*this);
    }
    /// From here on it is known how much processor time it has. Until then it
    /// counts as all of it.
    void measure();
    /// Each with the lock of what they are of: its parts are of this pause from
    /// here on; and have been noted.
    void begin(PauseParts &parts);
    void end(const PauseParts &parts);
    /// All of it is one part.
    void is(Part part) {
      whole_ = part;
      isTold_ = true;
    }
    /// It was none.
    void forget() { start_ = 0; }
    Pause(const Pause &) = delete;
    Pause &operator=(const Pause &) = delete;

  private:
    friend PauseLog;
    std::uint64_t start_ = 0, processor_ = 0;
    platform::ThreadUsage usage_;
    bool isMeasured_ = false;
    bool isTold_ = false; ///< However brief it is.
    Part whole_ = Part::None;
    std::uint32_t parts_[kParts] = {};
  };

  /// For a scope with the lock of `parts`: they are of the pause.
  class InParts {
  public:
    InParts(Pause &pause, PauseParts &parts) : pause_(pause), parts_(parts) {
      pause_.measure();
      pause_.begin(parts_);
    }
    ~InParts() { pause_.end(parts_); }
    InParts(const InParts &) = delete;
    InParts &operator=(const InParts &) = delete;

  private:
    Pause &pause_;
    PauseParts &parts_;
  };

  /// For a scope without the lock: a part of the pause.
  class During {
  public:
    During(Pause &pause, Part part) : pause_(pause), part_(part) {
      if (pause_.start_ != 0) [[unlikely]]
        start_ = platform::nanoseconds();
    }
    ~During() {
      if (start_ != 0) [[unlikely]]
        pause_.parts_[unsigned(part_)] +=
            std::uint32_t(platform::nanoseconds() - start_);
    }
    During(const During &) = delete;
    During &operator=(const During &) = delete;

  private:
    Pause &pause_;
    Part part_;
    std::uint64_t start_ = 0;
  };

private:
  struct Record {
    std::uint64_t length, start, processor;
    platform::ThreadUsage usage;
    std::uint32_t parts[kParts];
  };
  /// Pauses that may be told one by one, and what is too short to be.
  static constexpr std::size_t kMost = std::size_t(1) << 24;
  static constexpr std::uint64_t kBrief = 10000; ///< Nanoseconds.

  static bool timeFault(const platform::Fault &fault,
                        platform::FaultListener listener);
  bool start();
  void add(const Pause &pause);
  void write();

  static inline PauseLog *instance_ = nullptr;

  const char *path_ = nullptr;
  Record *records_ = nullptr; ///< Whose length is 0 is not complete.
  std::atomic<std::size_t> taken_{0};
  std::atomic<std::uint64_t> brief_{0}, briefTime_{0};
};

} // namespace mps

#endif
