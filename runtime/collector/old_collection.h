// A collection of the settled generation while the program runs.
//
//   Idle ─begin()─▶ Marking ─end()─▶ Sweeping ─▶ Idle
//
// begin() and end() are done with the world stopped; between them young
// collections come and go. Marking and sweeping are done in steps: by a thread
// of ours, if there is to be one, and by mutators that ask for memory, as far
// as the collection would else end after the memory does.
//
// Who may touch the marker: who holds `stepping_`. The thread of ours holds it
// for a step; hold() keeps everybody out while the world is stopped. Sweeping,
// and all else, is covered by the arena's lock.
// Not here: when to collect (pacing.h); how a group is copied (trace/tracer.h).
#ifndef MPS_COLLECTOR_OLD_COLLECTION_H
#define MPS_COLLECTOR_OLD_COLLECTION_H

#include "platform/mutex.h"
#include "trace/marker.h"
#include "trace/sweep.h"
#include "trace/write_log.h"

#include <atomic>
#include <pthread.h>

namespace mps {

class OldCollection {
public:
  enum class Phase : std::uint8_t { Idle, Marking, Evacuating, Sweeping };

  explicit OldCollection(Arena &arena);
  OldCollection(const OldCollection &) = delete;
  OldCollection &operator=(const OldCollection &) = delete;
  ~OldCollection();

  /// Whether a thread of ours takes part.
  void setHasThread(bool has) { wantsThread_ = has; }
  Phase phase() const { return phase_.load(std::memory_order_acquire); }
  bool isRunning() const { return phase() != Phase::Idle; }

  // With the world stopped and between hold() and letGo():

  void hold();
  void letGo();
  /// Nothing is young. Memory for `headroom` more bytes of segments is there.
  void begin(Pool *pools, RootSource *roots, std::size_t headroom);
  /// What has been noted is marked in the steps to come.
  void passOldValues();
  /// All logs have been drained. False if something is grey still: then it goes
  /// on. Forgets logged slots of what is garbage.
  bool end(WriteLog &log);
  /// Takes the next group that is to be evacuated, in Evacuating; its slots
  /// become remembered ones. Nothing is young.
  SegmentList takeGroup(RootSource *roots, WriteLog &log);
  /// It has been evacuated. `isLast`: no more is.
  void groupTaken(bool isLast);
  /// Back to Idle at once, without candidates: gives up marking and evacuating,
  /// and sweeps what is left.
  void finish();

  // With the arena's lock:

  /// What a slot held before it was overwritten.
  void noteOldValue(Word value);
  /// Some of those are not known: the marking cannot end.
  void noteLoss() { hasLostValues_ = true; }
  /// A mutator's share before it gets more memory. Bounded.
  void assist();
  /// Whether marking is ready to end.
  bool isReadyToEnd() const {
    return phase() == Phase::Marking &&
           isDrained_.load(std::memory_order_acquire);
  }

  /// Of the last collection that reached Idle by sweeping; kept until it is
  /// asked for.
  bool takeResult(Swept &resultOut);
  Candidates &candidates() { return candidates_; }
  std::size_t groups() const { return candidates_.groups(); }

private:
  void markSome(std::size_t slots);
  void sweepSome(unsigned segments);
  void startSweeping();
  void startThread();
  void wake();
  void work();

  Arena &arena_;
  Candidates candidates_{arena_};
  Marker marker_;
  Pool *pools_ = nullptr;
  std::atomic<Phase> phase_{Phase::Idle};
  GrowingArray<Word> oldValues_;
  bool hasLostValues_ = false;
  std::atomic<bool> isDrained_{false};
  std::atomic<std::size_t> slotsDone_{0};
  double slotsPerByte_ = 0.125; ///< Of segments, as the last marking found.
  std::size_t slotsExpected_ = 0;
  std::size_t usedAtBegin_ = 0, headroom_ = 0;
  GrowingArray<const Segment *> meant_; ///< By ambiguous words.
  Swept swept_;
  bool hasResult_ = false;

  platform::Mutex stepping_;
  std::atomic<unsigned> wanted_{0}; ///< Threads that want `stepping_`.
  bool wantsThread_ = false, hasThread_ = false;
  pthread_t thread_;
  std::atomic<bool> isStopping_{false};
  std::atomic<std::uint32_t> asked_{0}; ///< Changes when there is work again.

  // All of a process, for fork.
  struct Registry;
  OldCollection *nextOfProcess_ = nullptr;
};

} // namespace mps

#endif
