// The threads of one heap: stopping all of them, and their stacks.
//
// 1. stop() asks the mutators to stop (poll limit), and holds each when it is
//    in foreign code. It then stops by signal each held thread that is in code
//    of the program's, and each thread that a client registered.
// 2. With the world stopped, a thread's stack and registers are known.
// 3. resume() undoes it.
//
// The worlds of a process stop one after the other: a thread may be of several.
// The thread that stops the world is of it or not; it never waits for itself.
// Not thread safe: the arena's lock covers it, but for freeze(): for its sake
// the lists change only while no world is stopped.
#ifndef MPS_MUTATOR_WORLD_H
#define MPS_MUTATOR_WORLD_H

#include "mutator/mutator.h"
#include "stack/walker.h"

namespace mps {

/// A client's registration of a thread.
struct Registration {
  Thread *thread = nullptr;
  Registration *next = nullptr;
  Registration **link = nullptr;
};

class World {
public:
  void add(Mutator &mutator);
  void remove(Mutator &mutator);
  void add(Registration &registration);
  void remove(Registration &registration);
  bool hasRegistrations() const { return registrations_ != nullptr; }

  /// `registers`: the calling thread's callee-saved ones, on its stack. Returns
  /// the nanoseconds from the request until all had stopped.
  std::uint64_t stop(Extent registers);
  void resume();
  /// For a mutator at a poll: waits until it is held, if the world is being
  /// stopped. It would be seldom found there if it only came by.
  void awaitHold(const Mutator &mutator) const;
  /// In the handler of a fault: stops all other threads by signal, wherever
  /// they are; their stacks are not known. False: the worlds are being stopped
  /// by another thread, which may wait for this one. thaw() undoes it.
  bool freeze();
  void thaw();

  /// Whether every poll is taken when the world runs.
  void setPollAlways(bool always) { pollAlways_ = always; }
  /// The owner's quiet frames have changed.
  void resetPollLimit(Mutator &mutator) const;

  /// Of all mutators.
  SharedLog &log() { return log_; }
  // With the world stopped:

  void setKeepsOldValues(bool keeps);
  /// Whether stores to armed slots are logged at all.
  void setLogging(bool does);

  /// Of a stopped thread.
  StackState stackOf(const Thread &thread) const;
  StackState stackOf(const Mutator &mutator) const;
  template <typename Visit> void forEachMutator(Visit visit) {
    for (Mutator *each = mutators_; each != nullptr; each = each->next)
      visit(*each);
  }

private:
  template <typename Visit> void forEachThread(Visit visit) {
    for (Mutator *each = mutators_; each != nullptr; each = each->next)
      if (!each->wasInRuntime)
        visit(each->thread());
    for (Registration *each = registrations_; each; each = each->next)
      visit(*each->thread);
  }
  Mutator *mutators_ = nullptr;
  Registration *registrations_ = nullptr;
  Extent currentRegisters_;
  bool pollAlways_ = false;
  std::atomic<bool> isStopping_{false}; ///< Or stopped.
  SharedLog log_;
  /// Its thread block; null if the world runs. Of the thread that has stopped
  /// it.
  std::atomic<const void *> stopper_{nullptr};
};

} // namespace mps

#endif
