// A mutual exclusion lock on a futex, of the kind with three states (Drepper,
// "Futexes Are Tricky"): free, held, held with waiters. It needs no library,
// and a thread that waits for it sleeps.
#ifndef MPS_PLATFORM_MUTEX_H
#define MPS_PLATFORM_MUTEX_H

#include <atomic>
#include <cstdint>

namespace mps::platform {

class Mutex {
public:
  void lock() {
    if (!tryLock())
      lockSlow();
  }
  /// The same by a thread that nobody waits for: who holds it meanwhile need
  /// not wake it. It may be late by 50 us and more.
  void lockWhenFree();
  /// False if somebody holds it.
  bool tryLock() {
    std::uint32_t expected = kFree;
    return state_.compare_exchange_strong(expected, kHeld,
                                          std::memory_order_acquire);
  }
  void unlock() {
    if (state_.exchange(kFree, std::memory_order_release) == kContended)
      wakeOne();
  }

  /// Of one that is held: whether somebody waits for it.
  bool isContended() const {
    return state_.load(std::memory_order_relaxed) == kContended;
  }

private:
  static constexpr std::uint32_t kFree = 0, kHeld = 1, kContended = 2;

  /// Takes the word from another processor only if that is of use.
  bool tryLockIfFree() {
    return state_.load(std::memory_order_relaxed) == kFree && tryLock();
  }
  void lockSlow();
  void wakeOne();

  std::atomic<std::uint32_t> state_{kFree};
};

/// Holds a mutex for a scope.
class Locked {
public:
  explicit Locked(Mutex &mutex) : mutex_(mutex) { mutex_.lock(); }
  ~Locked() { mutex_.unlock(); }
  Locked(const Locked &) = delete;
  Locked &operator=(const Locked &) = delete;

private:
  Mutex &mutex_;
};

} // namespace mps::platform

#endif
