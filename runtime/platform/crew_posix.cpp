#include "platform/crew.h"

#include "platform/futex.h"
#include "platform/helper_thread.h"

#include <new>
#include <sched.h>
#include <unistd.h>

namespace mps::platform {

namespace {

struct Start {
  void (*help)(void *crew, unsigned index);
  void *crew;
  unsigned index;
  std::atomic<std::uint32_t> isRunning{0};
};

} // namespace

unsigned processors() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0)
    return 1;
  int count = CPU_COUNT(&set);
  return count < 1 ? 1 : unsigned(count);
}

Crew::~Crew() {
  if (process_ != getpid())
    return;
  {
    Locked locked(lock_);
    isStopping_ = true;
    round_.fetch_add(1, std::memory_order_release);
  }
  wakeAll(round_);
  for (unsigned i = 0; i < helpers_; ++i)
    pthread_join(threads_[i], nullptr);
}

void Crew::start(unsigned count) {
  if (process_ != getpid()) {
    process_ = getpid();
    helpers_ = inside_ = 0;
    hasFailed_ = false;
    new (&lock_) Mutex; // One of the parent's threads may have held it.
  }
  if (count > kMost)
    count = kMost;
  while (helpers_ + 1 < count && !hasFailed_) {
    Start start{[](void *crew, unsigned index) {
                  static_cast<Crew *>(crew)->help(index);
                },
                this, helpers_ + 1};
    bool isStarted = startHelper(
        threads_[helpers_],
        [](void *argument) -> void * {
          auto &mine = *static_cast<Start *>(argument);
          auto help = mine.help;
          auto *crew = mine.crew;
          unsigned index = mine.index;
          mine.isRunning.store(1, std::memory_order_release);
          wakeAll(mine.isRunning);
          help(crew, index);
          return nullptr;
        },
        &start);
    if (!isStarted) {
      hasFailed_ = true; // With fewer, then.
      return;
    }
    while (start.isRunning.load(std::memory_order_acquire) == 0)
      waitWhile(start.isRunning, 0);
    ++helpers_;
  }
}

void Crew::run(unsigned count, Work work) {
  if (count <= 1)
    return work(0);
  start(count);
  {
    Locked locked(lock_);
    work_ = &work;
    wanted_ = count;
    isOpen_ = true;
    round_.fetch_add(1, std::memory_order_release);
  }
  wakeAll(round_);
  work(0);
  lock_.lock();
  isOpen_ = false;
  while (inside_ != 0) {
    std::uint32_t left = left_.load(std::memory_order_relaxed);
    lock_.unlock();
    waitWhile(left_, left);
    lock_.lock();
  }
  lock_.unlock();
}

void Crew::help(unsigned index) {
  std::uint32_t seen = 0;
  for (;;) {
    std::uint32_t round = round_.load(std::memory_order_acquire);
    if (round == seen) {
      waitWhile(round_, round);
      continue;
    }
    Work *work = nullptr;
    {
      Locked locked(lock_);
      seen = round_.load(std::memory_order_relaxed);
      if (isStopping_)
        return;
      if (!isOpen_ || index >= wanted_)
        continue;
      ++inside_;
      work = work_;
    }
    (*work)(index);
    {
      Locked locked(lock_);
      --inside_;
      left_.fetch_add(1, std::memory_order_release);
    }
    wakeAll(left_);
  }
}

} // namespace mps::platform
