// A thread that runs compiled code, as a client of one heap: its allocation
// points and its write barrier's log.
#ifndef MPS_MUTATOR_MUTATOR_H
#define MPS_MUTATOR_MUTATOR_H

#include "arena/side_memory.h"
#include "mps/abi/module.h"
#include "mutator/thread.h"
#include "pool/buffer.h"
#include "stack/quiet_frames.h"

namespace mps {

/// Words of a thread-local variable that are references.
struct ThreadLocalRoot {
  const abi::ModuleDescriptor *module; ///< What goes when it is unloaded.
  unsigned char *ready; ///< Compiled code's note that they are known.
  Address words;
  std::uint64_t map; ///< Bit i: word i is a reference.
};

/// What the write barriers of a heap's threads have logged, in all.
struct SharedLog {
  std::atomic<std::size_t> slots{0};
  /// Once there are so many, it is to be drained before that takes long, or too
  /// much memory: who logs them polls next. Anybody changes it.
  std::atomic<std::size_t> most{~std::size_t(0)};
  /// Somebody wants to know what the slots held. Changed with the world
  /// stopped, by World::setKeepsOldValues().
  std::atomic<bool> keepsOldValues{false};
  /// Nobody wants to know of any store. Changed with the world stopped, by
  /// World::setLogging().
  std::atomic<bool> isOff{false};
};

class Mutator {
public:
  /// Of the calling thread. `isReady` tells whether there was memory.
  explicit Mutator(Thread &thread);
  ~Mutator();
  Mutator(const Mutator &) = delete;
  Mutator &operator=(const Mutator &) = delete;

  bool isReady() const { return !log_.isEmpty(); }
  Thread &thread() const { return thread_; }
  abi::ThreadBlock &block() const { return *thread_.block; }

  /// Keeps the full log's slots and empties it. Only the owner.
  void logFull();
  /// Shows all logged slots, and what they held if that is kept, and forgets
  /// them. The owner, or anybody while it is stopped.
  template <typename VisitSlot, typename VisitOldValue>
  void drainLog(VisitSlot visitSlot, VisitOldValue visitOldValue) {
    logFull();
    for (Slot slot : logged_)
      visitSlot(slot);
    for (Word value : oldValues_)
      visitOldValue(value);
    forgetLog();
  }
  /// Before it is known of.
  void setSharedLog(SharedLog &log) {
    sharedLog_ = &log;
    applySharedLog();
  }
  /// What compiled code knows of it. While the thread is stopped, or the owner.
  void applySharedLog();
  /// Of SharedLog::most. Any thread.
  bool hasLoggedMost() const { return hasLoggedMost_; }
  /// There was no memory to keep a logged slot since this was last asked.
  bool takeLogLost() {
    bool lost = logLost_;
    logLost_ = false;
    return lost;
  }

  // States: include/mps/abi/thread_block.h tells who may change what.

  /// Swaps Foreign for Held, waiting while the thread is Managed.
  void hold();
  /// Held to Foreign.
  void letGo();
  /// For the owner: Foreign to Managed, waiting while it is Held.
  void enterManaged();
  /// True if the state was `from` and is now `to`.
  bool change(abi::ThreadState from, abi::ThreadState to);
  abi::ThreadState state() const;

  /// Only the owner adds.
  GrowingArray<ThreadLocalRoot> threadLocals;
  void forgetThreadLocals(const abi::ModuleDescriptor *module);

  Buffer scanned, leaf;
  QuietFrames quietFrames;
  void showArrays(SideMemory &memory) {
    memory.show(logged_, oldValues_);
    quietFrames.showArrays(memory);
  }
  /// The owner goes on at `stackPointer`, without the polls of what it leaves.
  void noteJump(Address stackPointer) {
    quietFrames.noteJump(stackPointer);
    __atomic_store_n(&block().pollLimit, abi::kPollNow, __ATOMIC_RELAXED);
  }
  /// The owner is inside the runtime, called from managed code. Set by the
  /// owner at any time, cleared by it with the heap locked: so not while the
  /// world is stopped.
  std::atomic<bool> isInRuntime{false};
  bool isHeld = false; ///< By the collection that is going on.
  /// isInRuntime as it was when the world was stopped.
  bool wasInRuntime = false;
  Mutator *next = nullptr;

private:
  static constexpr std::size_t kLogSize = 16384;

  std::atomic<std::uint32_t> &stateWord() const;
  void forgetLog();

  Thread &thread_;
  Extent log_;
  GrowingArray<Slot> logged_;
  GrowingArray<Word> oldValues_; ///< Those that are not null.
  SharedLog *sharedLog_ = nullptr;
  std::atomic<bool> hasLoggedMost_{false};
  bool logLost_ = false;
};

} // namespace mps

#endif
