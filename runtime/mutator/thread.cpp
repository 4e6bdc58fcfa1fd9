#include "mutator/thread.h"

#include "arena/control_memory.h"
#include "platform/mutex.h"

thread_local constinit mps::abi::ThreadBlock mps_thread = {};

namespace mps {

namespace {
platform::Mutex lock;
/// Never destroyed: threads may outlive the program's destructors.
union Forever {
  ControlMemory memory;
  constexpr Forever() : memory() {}
  ~Forever() {}
} forever;
} // namespace

Thread *Thread::use() {
  auto *thread = static_cast<Thread *>(platform::currentThread());
  platform::Locked locked(lock);
  if (thread == nullptr) {
    thread = forever.memory.make<Thread>();
    if (thread == nullptr)
      return nullptr;
    thread->block = &mps_thread;
    thread->bindToCurrent();
  }
  ++thread->uses;
  return thread;
}

void Thread::release() {
  platform::Locked locked(lock);
  if (--uses != 0)
    return;
  if (isCurrent())
    unbindFromCurrent();
  forever.memory.destroy(this);
}

} // namespace mps
