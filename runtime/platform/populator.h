// Putting memory behind address space before it is used.
//
// The first touch of a page costs more than anything a program does with it
// (docs/performance.md); where a processor is free, a thread of ours pays. With
// the memory come the tables that go with it.
//
// A huge page takes up to 10 ms where it is new to a virtual machine's host.
// Who gets there meanwhile clears the same page again himself: so what is near
// to what is in use is left to him, but for its tables, and the thread goes on
// behind it. Who is behind thus gets ahead again, instead of running beside.
#ifndef MPS_PLATFORM_POPULATOR_H
#define MPS_PLATFORM_POPULATOR_H

#include "base/address.h"
#include "platform/background_thread.h"
#include "platform/memory.h"

namespace mps::platform {

class Populator final : public BackgroundThread::Task {
public:
  /// Memory is wanted in `extent`, whose contents do not change. What was asked
  /// for before and is not done is forgotten, unless this goes on from there.
  void ask(Extent extent);
  /// All below, of what was asked for, is in use: it is too late for that.
  void passed(Address front) {
    front_.store(front.bits(), std::memory_order_relaxed);
  }
  /// What is less than this behind that is left.
  static constexpr std::size_t kNear = std::size_t(16) << 20;
  /// Whether who is at the front may be there before it is populated.
  bool isNear(Address address) const {
    Address front = Address::fromBits(front_.load(std::memory_order_relaxed));
    return front && address < front + kNear;
  }
  /// Before the thread starts: called for memory that is about to be populated,
  /// or is left, by the thread, without any lock.
  void setBeside(void (*beside)(void *closure, Extent memory), void *closure) {
    beside_ = beside;
    closure_ = closure;
  }
  /// Of what is populated from now on. Any thread.
  void setPages(Pages pages) { pages_.store(pages, std::memory_order_relaxed); }
  /// When it returns, no memory is touched any more, or asked for.
  void forget();

  /// A huge page.
  bool step() override;
  void forked() override;

private:
  struct Step {
    Extent left, populated; ///< Each may be empty.
  };
  Step takeStep();

  Mutex lock_; ///< Of the next.
  Extent wanted_;
  Mutex touching_; ///< Held while memory is touched.
  std::atomic<Word> front_{0};
  std::atomic<Pages> pages_{Pages::Huge};
  void (*beside_)(void *closure, Extent memory) = nullptr;
  void *closure_ = nullptr;
};

} // namespace mps::platform

#endif
