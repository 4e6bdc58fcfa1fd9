// A collection of the settled generation while the program runs.
//
//   Idle ─begin()─▶ Marking ─end()─▶ Clearing ─end()─▶ Evacuating ─▶ Sweeping
//                   │     ▲                                             │
//                 end()   │                                             ▼
//                   ▼     │                                            Idle
//                   Guarding
//
// When all is marked, the guardians of what is not are looked for, and what
// they guard is marked; then what is not marked is garbage, and weak references
// to it are cleared (old_weak.cpp). What is not needed is left out.
//
// begin(), end() and the groups are done with the world stopped; between them
// young collections come and go. Marking and sweeping are done in steps: by a
// thread of ours, if there is to be one, and by mutators that ask for memory,
// as far as the collection would else end after the memory does.
//
// The arena's lock covers everything but the marker, and segments on their way
// through the thread's hands: those are of whoever holds the lock of steps. The
// thread of ours, or a mutator that assists the marker, holds it for a step,
// and while it does it may lose its processor; so nothing but what needs them
// waits for it: Held, which comes after the arena's lock; and a mutator that is
// to assist when marking is overdue, but not for long. Young collections do
// not: they move nothing that the thread looks at, and what they have for the
// marker is passed on. Not here: when to collect (pacing.h); how a group is
// copied (trace/tracer.h).
#ifndef MPS_COLLECTOR_OLD_COLLECTION_H
#define MPS_COLLECTOR_OLD_COLLECTION_H

#include "collector/sweeper.h"
#include "trace/evacuator.h"
#include "trace/guardian.h"
#include "trace/marker.h"

#include <atomic>

namespace mps {

class OldCollection final : public platform::BackgroundThread::Task {
public:
  enum class Phase : std::uint8_t {
    Idle,
    Marking,
    Guarding,
    Clearing,
    Evacuating,
    Sweeping
  };

  /// `guardians`: how many there are, of all blocks.
  OldCollection(Arena &arena, const std::size_t &guardians);
  OldCollection(const OldCollection &) = delete;
  OldCollection &operator=(const OldCollection &) = delete;
  ~OldCollection() { thread_.remove(*this); }

  /// While it is clamped, our thread frees nothing: it only marks.
  void setClamped(bool is);
  /// The most that a mutator is held up by assist(), but for a step.
  void setAssistTime(std::uint64_t nanoseconds) { assistTime_ = nanoseconds; }
  Phase phase() const { return phase_.load(std::memory_order_acquire); }
  bool isRunning() const { return phase() != Phase::Idle; }

  /// For a scope: the thread of ours is between two steps, and has nothing in
  /// its hands. With the arena's lock.
  class Held {
  public:
    explicit Held(OldCollection &collection) : collection_(collection) {
      collection_.thread_.lock();
      collection_.sweeper_.keepTaken();
    }
    ~Held() { collection_.thread_.unlock(); }
    Held(const Held &) = delete;
    Held &operator=(const Held &) = delete;

  private:
    OldCollection &collection_;
  };

  // With the world stopped, and held:

  /// Nothing is young. Memory for `headroom` more bytes of segments is there.
  void begin(Pool *pools, RootSource *roots, std::size_t headroom);
  /// Ends the phase if it can be, Marking or Clearing; all logs have been
  /// drained. Weak ones of the roots are cleared.
  void end(RootSource *roots);
  /// Takes the next group that is to be evacuated, in Evacuating, and calls
  /// `visit` for each slot that leads to it. Nothing is young.
  SegmentList takeGroup(RootSource *roots, FunctionRef<void(Slot)> visit);
  /// It has been evacuated. `isLast`: no more is.
  void groupTaken(bool isLast);
  /// Back to Idle at once, without candidates: gives up marking and evacuating,
  /// and sweeps what is left. If it marks, the roots' quiet slots need not wait
  /// any more.
  void finish(RootSource *roots);

  // With the arena's lock:

  /// Whether there are objects of clients' formats: then all steps are taken
  /// by mutators, with the world stopped.
  bool hasClients() const { return hasClients_; }
  /// A mutator is about to store into a segment with protection, or to read
  /// what is hidden. Others that may do so are stopped; in a signal handler.
  bool isWatching() const { return isShading() || isHiding(); }
  void beforeAccess(Segment &segment);
  /// With the world stopped, or in that handler: see Protection::Observer.
  void beforeScanStores(const Segment &segment, Address dependent) {
    if (!isShading())
      return;
    marker_.show(segment, dependent);
    if (!marker_.isDone())
      isDrained_.store(false, std::memory_order_release);
  }
  /// Much of what the last marking found was kept by nothing but weak
  /// references that a mutator may have read: only a full collection tells.
  bool isKeptByWeak() const { return isKeptByWeak_; }
  void fullCollected() { isKeptByWeak_ = false; }
  /// What has been noted is looked at in the steps to come.
  void passNoted();
  /// What a slot held before it was overwritten.
  void noteOldValue(Word value);
  /// The same of what an ambiguous root held.
  void noteAmbiguous(Word word);
  /// Some of those are not known: the marking cannot end.
  void noteLoss() { hasLostValues_ = true; }
  /// Whether a mutator has to do a share before it gets `size` more bytes.
  bool isAssistDue(std::size_t size);
  /// That: as much as is due, but for no longer than the time of an assist and
  /// a step; three times as long before a large object, twice where the
  /// headroom that marking may use is gone.
  void assist(std::size_t size = 0);
  /// How many slots are to have been looked at; infinitely many when all of the
  /// headroom that marking may use is gone. Who finds another at it waits for a
  /// step then, and with fewer than `overdue`.
  struct Due {
    double slots = 0, overdue = 0;
  };
  /// Whether that is marking, and the program may run meanwhile; then, what is
  /// due.
  bool isMarkingBeside(Due &dueOut) const;
  /// What has come of an assist. Busy: another marked, and this one did not.
  enum class Assisted : std::uint8_t { Done, Behind, Busy };
  /// That, without the arena's lock.
  Assisted assistMarkingBeside(Due due, std::size_t size) {
    return assistMarking(due, false, size);
  }
  /// With the lock again: of a marking that may have ended since.
  void noteAssisted(bool isBehind) {
    if (phase() == Phase::Marking)
      isBehind_ = isBehind;
  }
  /// Sweeps until holes of the pool are offered, for a part of that time. False
  /// if none are.
  bool sweepFor(Pool &pool);
  /// It was not enough: mutators are to get little memory at a time, so that
  /// they come back soon.
  bool isBehind() const { return isBehind_; }
  /// A step of what is under way, of about so many slots.
  void advance(std::size_t slots);
  /// What is left to do while the program runs, until that frees memory.
  void hurry();
  /// A part of that, until a time.
  void workUntil(std::uint64_t nanoseconds);
  /// Whether what is not marked, of the snapshot, is garbage that may lead to
  /// memory that has been freed.
  bool hasGarbage() const { return phase() >= Phase::Clearing; }
  /// Whether the phase is ready to end.
  bool isReadyToEnd() const {
    return (phase() == Phase::Marking &&
            isDrained_.load(std::memory_order_acquire)) ||
           (phase() == Phase::Clearing &&
            isCleared_.load(std::memory_order_acquire));
  }

  // What a mutator does that loads from a weak part. Any thread that is not
  // stopped, before the world is stopped the next time:

  /// It must be told what was loaded: noteOldValue().
  bool isShading() const {
    return phase() == Phase::Marking || phase() == Phase::Guarding;
  }
  /// It must load null instead of what is not marked.
  bool isHiding() const { return phase() == Phase::Clearing; }
  const Marker &marker() const { return marker_; }

  /// A guardian has been made of a block that somebody holds.
  void noteGuarded(Ref block);
  /// A guardian whose block was found dying; null if there is none left.
  Guardian *takeDead() { return dead_.pop(); }
  /// Whether blocks are found once more when they die.
  void setFindsDying(bool does) { findsDying_ = does; }
  bool findsDying() const { return findsDying_; }

  /// Whether it has reached Idle by sweeping since this was last asked, and how
  /// many bytes live in what it has swept.
  bool takeResult(std::size_t &liveOut);
  /// Of groups that are evacuated beside the program: from begin() on, steps
  /// are taken as those of the other phases are.
  Evacuator &evacuator() { return evacuator_; }
  /// If the arena's thread runs: it takes part.
  void wakeThread();
  /// Bytes in use when it began.
  std::size_t snapshotSize() const { return usedAtBegin_; }
  Candidates &candidates() { return candidates_; }
  std::size_t groups() const { return candidates_.groups(); }
  /// With the world stopped; if the arrays may change, with the thread held.
  void showArrays(SideMemory &memory);

private:
  bool step() override;
  bool hasPassed() const;
  bool isForThread(Phase phase) const;
  bool mark(std::size_t slots, const std::atomic<unsigned> &isWanted);
  bool isLate(std::uint64_t end) const;
  bool markFor(std::uint64_t end);
  double headroomGone() const;
  std::size_t grown() const;
  std::size_t sweptDue() const;
  double slotsDue(double gone) const;
  void endDrained(RootSource *roots);
  bool markToEnd();
  void endMarking(RootSource *roots);
  void endClearing();
  bool hasGuardians() const;
  void startGuarding();
  bool guard();
  void abandonGuarding();
  void assistWeak();
  void lookAtGuardians(Segment &segment);
  Segment *nextGuarded();
  void findDying(Guardian &guardian);
  bool clear();
  bool hasWork() const;
  std::uint64_t timeFor(std::size_t size, bool isLast) const;
  Assisted assistMarking(Due due, bool ofClients, std::size_t size);
  void assistEvacuating();
  bool sweepOneOrTaken(std::uint64_t start);
  void assistSweeping(std::size_t size);
  void startSweeping();
  void noteSwept();

  Arena &arena_;
  Candidates candidates_{arena_};
  Marker marker_{arena_, candidates_};
  Evacuator evacuator_{arena_, candidates_};
  Sweeper sweeper_{arena_, candidates_};
  platform::BackgroundThread &thread_;
  std::atomic<bool> isClamped_{false};
  std::atomic<bool> hasClients_{false}; ///< Set while it is held.
  std::atomic<std::uint64_t> assistTime_{0};

  Pool *pools_ = nullptr;
  std::atomic<Phase> phase_{Phase::Idle};
  std::atomic<bool> isDrained_{false};
  GrowingArray<Word> oldValues_, ambiguous_;
  bool hasLostValues_ = false;
  unsigned triesToEnd_ = 0; ///< To end the marking.
  platform::Mutex passing_; ///< Of the next three, which wait for the marker.
  GrowingArray<Word> passedValues_, passedAmbiguous_;
  GrowingArray<Slot> passedSlots_;
  GrowingArray<const Segment *> meant_; ///< By ambiguous words.

  // For Guarding and Clearing:
  const std::size_t &guardians_; ///< Of all blocks.
  GuardianList dying_, dead_;
  bool findsDying_ = false;
  bool hasGuarded_ = false;
  bool isKeptByWeak_ = false;
  Pool *guardedPool_ = nullptr; ///< Where it has got to: pool, list, segment.
  unsigned guardedList_ = 0;
  Segment *guardedSegment_ = nullptr;
  std::atomic<bool> isCleared_{false};
  bool hasResult_ = false;

  // For the pace of assist():
  std::atomic<std::size_t> slotsDone_{0};
  /// Of segments, and of what lives in them, as the last marking found. There
  /// cannot be more than of objects that are nothing but a header and a
  /// reference.
  static constexpr double kMostSlotsPerLive = 0.125;
  double slotsPerByte_ = 0.05, slotsPerLive_ = kMostSlotsPerLive;
  double slotsExpected_ = 0, slotsAtMost_ = 0;
  bool isBehind_ = false;
  std::size_t usedAtBegin_ = 0, occupiedAtBegin_ = 0, headroom_ = 0;
  std::size_t limitAtBegin_ = 0;   ///< Of segments: less than the arena's.
  std::size_t sweepRoom_ = 0;      ///< Bytes to be allocated while sweeping,
  std::size_t sweepAllocated_ = 0; ///< and that have been.
};

} // namespace mps

#endif
