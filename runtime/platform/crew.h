// A crew: threads that help one thread with its work.
//
// They are started when they are first wanted, or before; and sleep between
// works. One that wakes up after the work is done does not hold it up.
#ifndef MPS_PLATFORM_CREW_H
#define MPS_PLATFORM_CREW_H

#include "base/function_ref.h"
#include "platform/mutex.h"

#include <pthread.h>

namespace mps::platform {

/// Processors that this process may run on.
unsigned processors();

class Crew {
public:
  static constexpr unsigned kMost = 8; ///< With the thread that is helped.
  using Work = FunctionRef<void(unsigned)>;

  Crew() = default;
  Crew(const Crew &) = delete;
  Crew &operator=(const Crew &) = delete;
  ~Crew();

  /// Calls work(0) on this thread and, at the same time, work(1) to
  /// work(count - 1) on helpers, as far as they come before work(0) has
  /// returned. Returns when all that were called have. Helpers get no signals.
  /// One run at a time.
  void run(unsigned count, Work work);
  /// Starts the helpers of such a run, as far as they can be had. To be called
  /// before threads are stopped that may hold what it takes to start one.
  void start(unsigned count);

private:
  void help(unsigned index);

  Mutex lock_; ///< Of all but the two words that are waited for.
  bool isOpen_ = false;
  bool isStopping_ = false;
  bool hasFailed_ = false; ///< The system had no thread for us.
  unsigned wanted_ = 0, inside_ = 0, helpers_ = 0;
  int process_ = 0; ///< A child process has none of its parent's threads.
  Work *work_ = nullptr;
  pthread_t threads_[kMost];
  std::atomic<std::uint32_t> round_{0}; ///< Changes with each work.
  std::atomic<std::uint32_t> left_{0};  ///< Changes when a helper leaves.
};

} // namespace mps::platform

#endif
