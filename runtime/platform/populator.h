// Putting memory behind address space before it is used.
//
// The first touch of a page costs more than anything a program does with it
// (docs/performance.md); where a processor is free, a thread of ours pays.
#ifndef MPS_PLATFORM_POPULATOR_H
#define MPS_PLATFORM_POPULATOR_H

#include "base/address.h"
#include "platform/background_thread.h"

namespace mps::platform {

class Populator final : public BackgroundThread::Task {
public:
  /// Memory is wanted in `extent`, whose contents do not change. What was asked
  /// for before and is not done is forgotten, unless this goes on from there.
  void ask(Extent extent);
  /// All below, of what was asked for, is in use, or soon will be: it is too
  /// late for that.
  void passed(Address front) {
    front_.store(front.bits(), std::memory_order_relaxed);
  }
  /// When it returns, no memory is touched any more, or asked for.
  void forget();

  /// A huge page.
  bool step() override;
  void forked() override;

private:
  Mutex lock_; ///< Of the next.
  Extent wanted_;
  Mutex touching_; ///< Held while memory is touched.
  std::atomic<Word> front_{0};
};

} // namespace mps::platform

#endif
