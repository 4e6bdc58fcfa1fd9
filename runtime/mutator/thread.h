// Threads of the process, as the runtime knows them: one Thread each, however
// many heaps it works with. It is made at the first use and lives until the
// last.
#ifndef MPS_MUTATOR_THREAD_H
#define MPS_MUTATOR_THREAD_H

#include "mps/abi/thread_block.h"
#include "platform/thread.h"

extern "C" {
/// The calling thread's block; compiled code knows its layout.
[[gnu::visibility("default"),
  gnu::tls_model(
      "initial-exec")]] extern thread_local constinit mps::abi::ThreadBlock
    mps_thread;
}

namespace mps {

struct Thread : platform::StoppableThread {
  abi::ThreadBlock *block = nullptr;
  unsigned uses = 0;
  bool isStopped = false; ///< By a signal, in this collection.
  Thread *next = nullptr; ///< Of a list of free ones.

  /// Whether its stack is known: it stopped by a signal, or it is the one that
  /// stopped the world. With the world stopped only.
  bool isKnown() const { return isStopped || isCurrent(); }

  /// The calling thread's, made if need be, with one more use. Null if there is
  /// no memory.
  static Thread *use();
  /// Ends one use. Any thread.
  void release();
};

} // namespace mps

#endif
