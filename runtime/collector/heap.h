// A heap: an arena, its pools, roots and threads, and their collections.
//
//   clients     add and remove pools, chains, roots, threads
//   refill      an allocation point has no room: may collect, then gives it
//   collect     stop the world ▸ condemn ▸ flip ▸ scan ▸ reclaim ▸ resume
//
// Everything but collections is told in the steps below; this file only orders
// them. Public functions that say so take the arena's lock.
#ifndef MPS_COLLECTOR_HEAP_H
#define MPS_COLLECTOR_HEAP_H

#include "collector/messages.h"
#include "collector/old_collection.h"
#include "collector/pacing.h"
#include "collector/pause_parts.h"
#include "collector/protection_ahead.h"
#include "collector/schedule.h"
#include "collector/settings.h"
#include "collector/statistics.h"
#include "mutator/world.h"
#include "trace/tracer.h"
#include "verify/working_memory.h"

namespace mps {

class Heap {
public:
  enum class State : std::uint8_t { Unclamped, Clamped, Parked };
  enum class Scope : std::uint8_t {
    Settle, ///< Traces nothing: what is young settles where it is.
    Due,
    Young,
    Full,    ///< Evacuates where it is worth the copying.
    Compact, ///< Evacuates all that can be.
    Begin,   ///< Settles the nursery, and begins an old collection.
    End,     ///< Ends the marking of an old collection, if it can.
    Groups,  ///< Settles the nursery, and evacuates groups of candidates.
  };
  /// Told of each collection after the world has been resumed.
  using Listener = void (*)(void *closure, const CollectionReport &report);

  explicit Heap(const ArenaOptions &options)
      : arena_(options), tracer_(arena_, writeLog_),
        old_(arena_, messages_.guardians()) {
    tracer_.setCandidates(old_.candidates());
    add(messages_);
    arena_.protection().observe(stores_);
  }
  Heap(const Heap &) = delete;
  Heap &operator=(const Heap &) = delete;

  Arena &arena() { return arena_; }
  const Arena &arena() const { return arena_; }
  World &world() { return world_; }
  platform::Mutex &lock() { return arena_.lock(); }
  Settings &settings() { return settings_; }
  void applySettings();
  /// In bytes. Fail if more is in use. With the lock held.
  Result setCommitLimit(std::size_t limit);
  /// In seconds; a target. With the lock held.
  double pauseTime() const { return settings_.pauseTime; }
  void setPauseTime(double seconds);
  const Statistics &statistics() const { return statistics_; }
  State state() const { return state_; }
  void setState(State state);
  void listen(Listener listener, void *closure) {
    listener_ = listener;
    listenerClosure_ = closure;
  }

  // With the lock held, which is held again when they return; what allocates
  // lets go of it while it assists the marker:

  void add(Pool &pool);
  void remove(Pool &pool);
  void add(Chain &chain);
  void remove(Chain &chain);
  void add(RootSource &source);
  void remove(RootSource &source);
  Pool *pools() const { return pools_; }
  Chain *chains() const { return chains_; }
  /// All compiled code has a read barrier: what is old may be evacuated while
  /// the program runs. Before any of it runs.
  void setHasReadBarrier() { hasReadBarrier_ = true; }
  /// Its nursery is sized from what is measured, unless the settings say how.
  void setCompiledChain(Chain &chain);

  /// Makes room for `size` bytes at a buffer's allocation point, which the
  /// owner is to clear: Pool::clearGiven(). May collect.
  Result refill(Buffer &buffer, std::size_t size);
  /// The same without a look at whether to collect: that was done when the
  /// point got the segment of which it fills the holes. False if there is none.
  bool refillInHole(Buffer &buffer, std::size_t size);
  /// A large object. May collect.
  Result allocateLarge(Pool &pool, Address *objectOut, std::size_t size,
                       Contents contents = Contents::Zero,
                       Age age = Age::Young);
  void collect(Scope scope, const char *cause);
  /// Collects the generations that are due, whatever the state is. False if
  /// there is none. `size` bytes are about to be allocated.
  bool collectDue(std::size_t size = 0);
  /// Until it returns, and until the next collection begins by itself, no
  /// collection is under way.
  void finishOld();
  /// The same, but what is under way runs to its end first, and is not given
  /// up.
  void completeOld();
  /// The next collection that starts by itself is of everything.
  void askForFull() { isFullAsked_ = true; }
  OldCollection &old() { return old_; }
  const ProtectionAhead &protectionAhead() const { return ahead_; }
  /// Whether mutators get little memory at a time.
  bool isThrottled() const { return isThrottled_; }
  /// Of the pause of whoever has the lock.
  PauseParts &pauseParts() { return parts_; }
  /// Whether any nursery got memory since it was last collected.
  bool hasNewObjects() const;
  /// A module, with all code and data in `image`, leaves the process; types of
  /// objects among it.
  void forget(const abi::ModuleDescriptor &module, Extent image,
              Extent globals);
  /// A thread is at a safepoint; it collects if the settings ask for it.
  void poll(Mutator &mutator);
  /// The calling thread polls, having left managed code by `exit`: makes ready
  /// the frames that it may return to.
  void makeReady(Mutator &mutator, const abi::ExitRecord &exit);
  /// Afterwards, and until the next collection, objects and padding follow each
  /// other in all segments.
  void stopRecycling();
  /// Whether poll() may collect. Any thread, without the lock.
  bool takesPolls() const {
    return settings_.stress == Stress::Poll || schedule_.takesPolls();
  }
  /// A thread leaves: what it logged stays known.
  void remove(Mutator &mutator);

  // Guardians of blocks (trace/guardian.h), and what the client is told:

  /// Whether it refers to memory of a pool that is collected.
  bool isCollected(Ref block) const {
    const Segment *segment = arena_.segmentOf(block.address());
    return segment != nullptr && segment->pool != nullptr;
  }
  /// Memory if there is none for the guardian's message.
  Result guard(Ref block);
  /// Removes one guardian of the block. Fail if there is none.
  Result unguard(Ref block);
  Messages &messages() { return messages_; }

  // What a client asks for:

  /// Begins to collect everything; beside the program, if that can be.
  void startFull(const char *cause);
  /// Works on the collection that is under way for about so many nanoseconds.
  /// False if there is none.
  bool workOnOld(std::uint64_t nanoseconds);

  /// Times that objects may have moved.
  std::uint64_t epoch() const {
    return __atomic_load_n(&epoch_, __ATOMIC_ACQUIRE);
  }

private:
  /// Into protected segments, while an old collection is marking.
  class Stores final : public Protection::Observer {
  public:
    explicit Stores(Heap &heap) : heap_(heap) {}
    bool isWatching() const override { return heap_.old_.isWatching(); }
    bool freeze() override { return heap_.world_.freeze(); }
    void thaw() override { heap_.world_.thaw(); }
    void beforeAccess(Segment &segment) override {
      heap_.old_.beforeAccess(segment);
    }
    void beforeScanStores(Segment &segment, Address dependent) override {
      heap_.old_.beforeScanStores(segment, dependent);
    }

  private:
    Heap &heap_;
  };

  /// Under stress, one collection in so many is followed by recycling.
  static constexpr unsigned kStressedRecycling = 4;

  bool isRecycling() const {
    return compiledChain_ != nullptr && compiledChain_->isRecycling;
  }
  bool mayRecycle();
  bool wantsToRecycle();
  void startRecycling(CollectionReport &report);
  void endRecycling();
  void letRefillAlone();
  bool isRecyclingOver() const;
  bool mayCollect() const {
    return state_ == State::Unclamped && !settings_.epsilon;
  }
  template <typename Allocate>
  Result allocateOrCollect(std::size_t size, Allocate allocate);
  bool settlesAtOnce(const Pool &pool, std::size_t size) const;
  void whileStopped(FunctionRef<void()> work);
  void startThreads();
  void collectIfDue(std::size_t size);
  bool isDue();
  void collectWhatIsDue();
  void takeTurn();
  unsigned condemnedOf(const Chain &chain, Scope scope) const;
  void collectStopped(Scope scope, CollectionReport &report);
  void passToOld();
  /// How many of the remembered slots are gone through.
  enum class Remembered : std::uint8_t {
    InTime, ///< In a quarter of the pause time.
    All,
  };
  void settle(CollectionReport &report, Remembered remembered);
  std::uint64_t timeToSettle() const;
  std::uint64_t partOfPauseTime(unsigned part) const;
  bool hasTimeForRemembered();
  void settleFrames(bool isTooDeep);
  void settleRoots();
  std::size_t mostRunning() const;
  bool isStackTooDeep();
  void noteLostFrames(Mutator &mutator);
  void show(Slot slot);
  class Shown;
  bool showWaitingRoots();
  void showAllOf(RootSource &source);
  bool showOwnWaiting();
  bool showAllWaiting();
  bool mayMark() const;
  bool isAllCompiled() const;
  bool hasAllBarriers() const;
  std::size_t dirtyBytes();
  bool isReadyToBegin();
  bool protectAhead();
  void stopPreparing();
  bool isYoungTooLong();
  bool isTimeToBegin() const;
  void setFillsHoles(bool does);
  void sweepFor(Pool &pool);
  bool mayBeginOld() const;
  Scope scopeInsteadOfFull() const;
  void beginOld(CollectionReport &report);
  void beginOldNow(const char *cause);
  void endMarking();
  void evacuateGroups(CollectionReport &report);
  bool hasRoomForGroup();
  void evacuateGroup(TraceCounts &counts);
  void sizeGroups();
  void beginBeside(Scope scope, CollectionReport &report);
  void beginGroup(CollectionReport &report);
  void beginEvacuation(SegmentList group, CollectionReport &report);
  void endEvacuation();
  void evacuateForStress(CollectionReport &report);
  SegmentList takeForStress();
  bool addSlotsToWhite();
  void giveBack(SegmentList group);
  void assistOld(std::size_t size);
  void assistMarking(OldCollection::Due due, std::size_t size);
  bool mayUnlock() const;
  void hurryOld();
  bool makeRoomInSteps(std::size_t size);
  bool makeRoomInAStep(std::size_t size);
  bool mayBeginAnother();
  bool recycleInstead();
  bool recycleSparse(std::size_t size);
  bool isShort() const;
  void noteTightness();
  void noteOldEnded();
  void limitNurseryToGroups();
  void limitNurseries();
  bool hasProtection() const;
  void traceAndCompact(Scope scope, CollectionReport &report);
  void trace(Scope scope);
  bool hasObjects() const;
  void postDead();
  void takeOldDead();
  void giveUpOld();
  void freeGuardians(Segment &segment);
  bool isStillTight(Scope scope) const;
  void compactFurther(Scope scope, TraceCounts &counts);
  /// What is kept back of the limit.
  enum class Reserve : std::uint8_t {
    None,
    ForCompaction, ///< By a full trace, which may not know what it will copy.
    ForFull,       ///< By everything else.
  };
  void setReserve(Reserve reserve);
  /// Halves of it that mutators may have: one while an old collection that has
  /// begun too late goes on, both when nothing else is left.
  enum class Lent : std::uint8_t { None, Half, All };
  void lendReserve(Lent lent);
  bool lendWhileOldGoesOn();
  void condemn(Scope scope);
  std::size_t step() const;
  void applyStep();
  void adjustStep() {
    if (isThrottled_ != wantsThrottle())
      applyStep();
  }
  /// Whether mutators are to come back soon, for they may do something about
  /// it: the marking is behind them; or what they store to is being protected.
  bool wantsThrottle() const {
    return mayCollect() && (old_.isBehind() || isPreparing_);
  }
  void trim();
  std::size_t newBytes() const;
  void countSideMemory(Scope scope, bool isHeld);
  void limitLog();
  void drainLogs();
  void forgetGlobals(Extent globals);
  void drainLog(Mutator &mutator);
  void verify(const char *when);

  Arena arena_;
  WriteLog writeLog_;
  Tracer tracer_;
  Messages messages_{arena_.control()};
  OldCollection old_;
  unsigned assistants_ = 0; ///< Without the lock.
  World world_;
  Stores stores_{*this};
  Pacing pacing_;
  Schedule schedule_;
  Settings settings_;
  Statistics statistics_;
  PauseParts parts_;
  WorkingMemory verifierMemory_;
  State state_ = State::Unclamped;
  Pool *pools_ = nullptr;
  Chain *chains_ = nullptr;
  Chain *compiledChain_ = nullptr;
  RootSource *roots_ = nullptr;
  RootSource *waitingRoots_ = nullptr; ///< From there on, quiet slots wait.
  std::uint64_t epoch_ = 0;
  std::size_t stressedBytes_ = 0;
  std::size_t settledAtOnce_ = 0; ///< Since it was last looked at.
  std::size_t recycled_ = 0;      ///< Since the last collection.
  bool goesOnRecycling_ = false;  ///< Until nothing is left, or much is free.
  bool isFullAsked_ = false;
  Lent lent_ =
      Lent::None; ///< Until the next full collection, or an old one's end.
  bool isGroupPutOff_ = false; ///< To the next pause.
  /// Pauses, one after the other, that have left some of the remembered slots.
  unsigned slotsLeft_ = 0;
  bool isHurried_ = false;        ///< Somebody waits for memory.
  bool isLogLong_ = false;        ///< A mutator's: it is to be drained.
  bool areOldValuesKnown_ = true; ///< Of roots that have changed.
  ProtectionAhead ahead_{arena_};
  bool fillsHoles_ = false; ///< Clients' new objects go to where old ones died.
  bool isPreparing_ = false; ///< An old collection is to begin.
  bool hasReadBarrier_ = false;
  TraceCounts evacuated_;    ///< Beside the program, since the last report.
  bool isThrottled_ = false; ///< Who allocates, to step().
  Listener listener_ = nullptr;
  void *listenerClosure_ = nullptr;
};

} // namespace mps

#endif
