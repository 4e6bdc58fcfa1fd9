// A thread that works in steps beside the program, on what nobody waits for.
//
// Its tasks take turns. A step may be done with the lock of steps held, which
// anyone may take to keep the thread between two such steps; who waits for it
// is counted, so that a long step can end early. The thread gives way to others
// where processors are scarce, before each step, and may lose its processor in
// the middle of one: nothing that is urgent should need the lock.
//
// A child process has no such thread: it is started again when it is wanted
// there. For that, fork() waits until nobody holds the lock of steps; `outer`
// is a lock that is always taken before that, and that tasks may take between
// steps.
#ifndef MPS_PLATFORM_BACKGROUND_THREAD_H
#define MPS_PLATFORM_BACKGROUND_THREAD_H

#include "platform/jitter.h"
#include "platform/mutex.h"

#include <pthread.h>

namespace mps::platform {

class BackgroundThread {
public:
  class Task {
  public:
    /// Some 50 us of work; takes the lock of steps if it needs that. False:
    /// there is nothing to do until wake().
    virtual bool step() = 0;
    /// This is a child process, and the thread was perhaps in a step.
    virtual void forked() {}

  protected:
    ~Task() = default;

  private:
    friend BackgroundThread;
    Task *next_ = nullptr;
  };

  explicit BackgroundThread(Mutex &outer);
  BackgroundThread(const BackgroundThread &) = delete;
  BackgroundThread &operator=(const BackgroundThread &) = delete;
  ~BackgroundThread();

  // With `outer` held, or while nobody else knows of it:

  void add(Task &task);
  /// Unless it runs. False if the system has no thread for us, or had none the
  /// first time. With no thread stopped, which may hold what it takes to start
  /// one.
  bool start();
  bool isRunning() const { return isRunning_; }

  // Without any lock:

  /// Returns when the thread has ended.
  void stop();
  /// Stops the thread.
  void remove(Task &task);

  // Any thread:

  /// There is something to do.
  void wake();
  /// The lock of steps.
  void lock();
  /// The same by the thread itself, for a step: no reason for another to end
  /// early, nor to wake it.
  void lockForStep() {
    stepping_.lockWhenFree();
    jitter_.wait();
  }
  bool tryLock() { return stepping_.tryLock(); }
  /// Waits for the lock, but not much longer than until that time: the thread
  /// may have lost its processor; nor while anybody waits in lock(). Returns
  /// whether it has it.
  bool lockUntil(std::uint64_t nanoseconds);
  void unlock() { stepping_.unlock(); }
  /// How many wait in lock() or lockUntil().
  const std::atomic<unsigned> &wanted() const { return wanted_; }
  /// Whether anybody waits in lock(): he has all steps of others put off, and
  /// others wait for him.
  bool isAwaited() const {
    return awaited_.load(std::memory_order_relaxed) != 0;
  }
  /// Delays of its steps.
  Jitter &jitter() { return jitter_; }

private:
  struct Registry;

  void run();

  Mutex &outer_;
  Task *tasks_ = nullptr;
  Mutex stepping_;
  std::atomic<unsigned> wanted_{0}, awaited_{0};
  Jitter jitter_;
  bool isRunning_ = false;
  bool hasFailed_ = false;
  pthread_t thread_;
  std::atomic<bool> isStopping_{false};
  std::atomic<std::uint32_t> asked_{0}; ///< Changes when there is work.
  BackgroundThread *next_ = nullptr;    ///< Of all in this process.
};

} // namespace mps::platform

#endif
