#include "mutator/world.h"

#include "platform/clock.h"
#include "platform/futex.h"
#include "platform/mutex.h"

namespace mps {

namespace {

/// Held from stop() to resume().
platform::Mutex stopping;

void setPollLimit(Mutator &mutator, std::uintptr_t limit) {
  __atomic_store_n(&mutator.block().pollLimit, limit, __ATOMIC_RELAXED);
}

} // namespace

void World::resetPollLimit(Mutator &mutator) const {
  setPollLimit(mutator, pollAlways_ ? abi::kPollNow
                                    : mutator.quietFrames.limit().bits());
}

void World::add(Mutator &mutator) {
  platform::Locked locked(stopping);
  mutator.next = mutators_;
  mutators_ = &mutator;
  mutator.setSharedLog(log_);
  resetPollLimit(mutator);
}

void World::remove(Mutator &mutator) {
  platform::Locked locked(stopping);
  Mutator **link = &mutators_;
  while (*link != &mutator)
    link = &(*link)->next;
  *link = mutator.next;
}

void World::setKeepsOldValues(bool keeps) {
  log_.keepsOldValues = keeps;
  forEachMutator([](Mutator &each) { each.applySharedLog(); });
}

void World::setLogging(bool does) {
  log_.isOff = !does;
  forEachMutator([](Mutator &each) { each.applySharedLog(); });
}

void World::add(Registration &registration) {
  platform::Locked locked(stopping);
  registration.next = registrations_;
  registration.link = &registrations_;
  if (registrations_ != nullptr)
    registrations_->link = &registration.next;
  registrations_ = &registration;
}

void World::remove(Registration &registration) {
  platform::Locked locked(stopping);
  *registration.link = registration.next;
  if (registration.next != nullptr)
    registration.next->link = registration.link;
}

std::uint64_t World::stop(Extent registers) {
  stopping.lock();
  stopper_ = &mps_thread;
  std::uint64_t start = platform::nanoseconds();
  currentRegisters_ = registers;
  isStopping_.store(true, std::memory_order_relaxed);
  forEachMutator(
      [](Mutator &mutator) { setPollLimit(mutator, abi::kPollNow); });
  forEachMutator([](Mutator &mutator) {
    if (!mutator.thread().isCurrent())
      mutator.hold();
    mutator.wasInRuntime = mutator.isInRuntime;
  });
  forEachThread([](Thread &thread) {
    if (!thread.isCurrent() && !thread.isStopped)
      thread.isStopped = thread.requestStop();
  });
  forEachThread([](Thread &thread) {
    if (thread.isStopped)
      thread.awaitStop();
  });
  return platform::nanoseconds() - start;
}

void World::awaitHold(const Mutator &mutator) const {
  for (unsigned step = 0; isStopping_.load(std::memory_order_relaxed) &&
                          mutator.state() == abi::ThreadState::Foreign;
       ++step)
    platform::backOff(step);
}

void World::resume() {
  isStopping_.store(false, std::memory_order_relaxed);
  forEachMutator([this](Mutator &mutator) { resetPollLimit(mutator); });
  forEachThread([](Thread &thread) {
    if (!thread.isStopped)
      return;
    thread.isStopped = false;
    thread.resume();
  });
  forEachMutator([](Mutator &mutator) {
    if (mutator.isHeld)
      mutator.letGo();
  });
  stopper_ = nullptr;
  stopping.unlock();
}

bool World::freeze() {
  if (stopper_ == &mps_thread)
    return true; // Nobody else runs.
  if (!stopping.tryLock())
    return false;
  auto stop = [](Thread &thread) {
    if (!thread.isCurrent() && !thread.isStopped)
      thread.isStopped = thread.requestStop();
  };
  auto await = [](Thread &thread) {
    if (thread.isStopped)
      thread.awaitStop();
  };
  forEachMutator([&](Mutator &mutator) { stop(mutator.thread()); });
  for (Registration *each = registrations_; each; each = each->next)
    stop(*each->thread);
  forEachMutator([&](Mutator &mutator) { await(mutator.thread()); });
  for (Registration *each = registrations_; each; each = each->next)
    await(*each->thread);
  return true;
}

void World::thaw() {
  if (stopper_ == &mps_thread)
    return;
  auto resume = [](Thread &thread) {
    if (!thread.isStopped)
      return;
    thread.isStopped = false;
    thread.resume();
  };
  forEachMutator([&](Mutator &mutator) { resume(mutator.thread()); });
  for (Registration *each = registrations_; each; each = each->next)
    resume(*each->thread);
  stopping.unlock();
}

StackState World::stackOf(const Thread &thread) const {
  StackState state;
  state.cold = thread.coldEnd();
  if (thread.isCurrent()) {
    state.hot = currentRegisters_.base;
    state.registers = {};
  } else {
    state.hot = thread.stackPointer();
    state.redZone = platform::kRedZone;
    state.registers = thread.registers();
  }
  return state;
}

StackState World::stackOf(const Mutator &mutator) const {
  StackState state = stackOf(mutator.thread());
  state.exitHead = mutator.block().exitHead;
  state.isInRuntime = mutator.wasInRuntime;
  if (mutator.wasInRuntime && !mutator.thread().isCurrent()) {
    state.hot = Address::of(state.exitHead); // It was not stopped by a signal.
    state.redZone = 0;
  }
  return state;
}

} // namespace mps
