// A thread that puts memory behind address space before it is used.
//
// The first touch of a page costs more than anything a program does with it
// (docs/performance.md); where a processor is free, another thread pays.
#ifndef MPS_PLATFORM_POPULATOR_H
#define MPS_PLATFORM_POPULATOR_H

#include "base/address.h"
#include "platform/mutex.h"

#include <pthread.h>

namespace mps::platform {

class Populator {
public:
  Populator() = default;
  Populator(const Populator &) = delete;
  Populator &operator=(const Populator &) = delete;
  ~Populator() { stop(); }

  /// Memory is wanted in `extent`, whose contents do not change. Returns at
  /// once. What was asked for before and is not done is forgotten, unless this
  /// goes on from there. One thread at a time.
  void ask(Extent extent);
  /// Returns when no memory is being asked for any more; before address space
  /// is given back.
  void stop();

private:
  void work();

  Mutex lock_; ///< Of the next two.
  Extent wanted_;
  bool isStopping_ = false;
  bool hasThread_ = false;
  int process_ = 0; ///< A child process has none of its parent's threads.
  pthread_t thread_;
  std::atomic<std::uint32_t> asked_{0}; ///< Changes with each question.
};

} // namespace mps::platform

#endif
