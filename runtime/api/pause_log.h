// Every time that a thread of the program was in the runtime, or waited for it:
// slow paths of allocation, with all that they do, and stops (MPS_PAUSES).
//
// Off, it costs a load and a branch on each slow path. On, it is written when
// the program ends: a line for each pause, with when it began, how long it was,
// and how much processor time the thread had in it, all in nanoseconds; how
// many pages it was the first to touch, as faults=N; then what was done in it,
// as NAME=NANOSECONDS (collector/pause_parts.h).
// utils/bench.d/pauses.py reads it.
#ifndef MPS_API_PAUSE_LOG_H
#define MPS_API_PAUSE_LOG_H

#include "arena/control_memory.h"
#include "collector/pause_parts.h"
#include "platform/mutex.h"
#include "platform/process.h"

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
      if (PauseLog::instance() == nullptr) [[likely]]
        return;
      faults_ = platform::pageFaults();
      start_ = platform::nanoseconds();
      processor_ = platform::processorNanoseconds();
    }
    ~Pause() {
      if (start_ != 0) [[unlikely]]
        PauseLog::instance()->add(*this);
    }
    /// Each with the lock of what they are of: its parts are of this pause from
    /// here on; and have been noted.
    void begin(PauseParts &parts);
    void end(const PauseParts &parts);
    Pause(const Pause &) = delete;
    Pause &operator=(const Pause &) = delete;

  private:
    friend PauseLog;
    std::uint64_t start_ = 0, processor_ = 0, faults_ = 0;
    std::uint32_t parts_[kParts] = {};
  };

private:
  struct Record {
    std::uint64_t start, length, processor, faults;
    std::uint32_t parts[kParts];
  };

  void add(const Pause &pause);
  void write();

  static inline PauseLog *instance_ = nullptr;

  const char *path_ = nullptr;
  platform::Mutex lock_;
  GrowingArray<Record> records_;
  std::size_t lost_ = 0;
};

} // namespace mps

#endif
