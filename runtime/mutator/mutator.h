// A thread that runs compiled code, as a client of one heap: its allocation
// points and its write barrier's log.
#ifndef MPS_MUTATOR_MUTATOR_H
#define MPS_MUTATOR_MUTATOR_H

#include "arena/control_memory.h"
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
  /// Shows all logged slots, and what they held, and forgets them. The owner,
  /// or anybody while it is stopped.
  template <typename Visit> void drainLog(Visit visit) {
    logFull();
    for (const abi::LogRecord &each : logged_)
      visit(Slot::at(Address::fromBits(each.slot)), each.oldValue);
    logged_.clear();
    hasLoggedMost_ = false;
  }
  /// Once so many slots have been logged, the owner's next poll is taken: the
  /// log is to be drained before that takes long. Anybody, while it is stopped
  /// or not known of.
  void setMostLogged(std::size_t slots) { mostLogged_ = slots; }
  /// Any thread.
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
  static constexpr std::size_t kLogSize = 65536;

  std::atomic<std::uint32_t> &stateWord() const;

  Thread &thread_;
  Extent log_;
  GrowingArray<abi::LogRecord> logged_;
  std::atomic<std::size_t> mostLogged_{~std::size_t(0)};
  std::atomic<bool> hasLoggedMost_{false};
  bool logLost_ = false;
};

} // namespace mps

#endif
