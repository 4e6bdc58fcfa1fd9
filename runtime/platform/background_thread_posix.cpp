#include "platform/background_thread.h"

#include "platform/clock.h"
#include "platform/futex.h"
#include "platform/helper_thread.h"

namespace mps::platform {

namespace {
/// Of a task's turn, in which it does as many steps as it can.
constexpr std::uint64_t kTurnNanoseconds = 500000;
} // namespace

/// All of this process, for fork().
struct BackgroundThread::Registry {
  static inline Mutex lock;
  static inline BackgroundThread *first = nullptr;
  static inline bool hasHandlers = false;

  static void add(BackgroundThread &thread) {
    Locked locked(lock);
    if (!hasHandlers)
      hasHandlers = pthread_atfork(prepare, parent, child) == 0;
    thread.next_ = first;
    first = &thread;
  }
  static void remove(BackgroundThread &thread) {
    Locked locked(lock);
    BackgroundThread **link = &first;
    while (*link != &thread)
      link = &(*link)->next_;
    *link = thread.next_;
  }
  static void prepare() {
    lock.lock();
    for (BackgroundThread *each = first; each; each = each->next_) {
      each->outer_.lock();
      each->lock();
    }
  }
  static void parent() {
    for (BackgroundThread *each = first; each; each = each->next_)
      release(*each);
    lock.unlock();
  }
  static void child() {
    for (BackgroundThread *each = first; each; each = each->next_) {
      bool wasRunning = each->isRunning_;
      each->isRunning_ = each->hasFailed_ = false;
      release(*each);
      for (Task *task = each->tasks_; wasRunning && task; task = task->next_)
        task->forked();
    }
    lock.unlock();
  }
  static void release(BackgroundThread &thread) {
    thread.unlock();
    thread.outer_.unlock();
  }
};

BackgroundThread::BackgroundThread(Mutex &outer) : outer_(outer) {
  Registry::add(*this);
}

BackgroundThread::~BackgroundThread() {
  stop();
  Registry::remove(*this);
}

void BackgroundThread::add(Task &task) {
  Locked locked(stepping_);
  task.next_ = tasks_;
  __atomic_store_n(&tasks_, &task, __ATOMIC_RELEASE);
}

void BackgroundThread::remove(Task &task) {
  stop();
  Task **link = &tasks_;
  while (*link != &task)
    link = &(*link)->next_;
  *link = task.next_;
}

bool BackgroundThread::start() {
  if (!isRunning_ && !hasFailed_)
    isRunning_ = startHelper(
        thread_,
        [](void *self) -> void * {
          static_cast<BackgroundThread *>(self)->run();
          return nullptr;
        },
        this);
  hasFailed_ = !isRunning_;
  return isRunning_;
}

void BackgroundThread::stop() {
  if (!isRunning_)
    return;
  isStopping_ = true;
  wake();
  pthread_join(thread_, nullptr);
  isStopping_ = false;
  isRunning_ = false;
}

void BackgroundThread::wake() {
  asked_.fetch_add(1, std::memory_order_release);
  wakeAll(asked_);
}

void BackgroundThread::lock() {
  awaited_.fetch_add(1, std::memory_order_relaxed);
  wanted_.fetch_add(1, std::memory_order_relaxed);
  stepping_.lock();
  wanted_.fetch_sub(1, std::memory_order_relaxed);
  awaited_.fetch_sub(1, std::memory_order_relaxed);
}

bool BackgroundThread::lockUntil(std::uint64_t end) {
  wanted_.fetch_add(1, std::memory_order_relaxed);
  bool isLocked = tryLock();
  for (unsigned i = 0; !isLocked && !isAwaited() && nanoseconds() < end; ++i) {
    backOff(i);
    isLocked = tryLock();
  }
  wanted_.fetch_sub(1, std::memory_order_relaxed);
  return isLocked;
}

void BackgroundThread::run() {
  giveWayToOthers();
  while (!isStopping_) {
    std::uint32_t asked = asked_.load(std::memory_order_acquire);
    bool goesOn = false;
    for (Task *each = __atomic_load_n(&tasks_, __ATOMIC_ACQUIRE); each;
         each = each->next_) {
      std::uint64_t start = nanoseconds();
      bool hasMore = true;
      while (hasMore && !isStopping_ &&
             nanoseconds() - start < kTurnNanoseconds) {
        for (unsigned i = 0; wanted_.load(std::memory_order_relaxed) != 0; ++i)
          backOff(i);
        jitter_.wait();
        // Whoever is woken where it runs would wait for the system's next tick,
        // up to 4 ms.
        giveProcessor();
        hasMore = each->step();
      }
      goesOn |= hasMore;
    }
    if (!goesOn && !isStopping_)
      waitWhile(asked_, asked);
  }
}

} // namespace mps::platform
