// A worker: one thread's part in a trace. It fixes and scans.
//
// Fixing a reference to a white object copies the object to the worker's own
// destination for the next generation, or leaves it in place and marks it: if
// its segment stays, if it is pinned, or if there is no memory to copy it to.
//
//   header of a white object      what it says
//   descriptor                    nobody has been here
//   new address, forwarded        copied; changed by compare-and-swap
//   descriptor, forwarded, kept   left in place for want of memory
//
// While one worker is alone, the same changes are made by plain stores. Objects
// of clients' formats are fixed by worker 0, alone.
// Weak references and ephemerons are not fixed when they are met, but gathered,
// until all that the stronger ranks lead to has been found (ranks.cpp).
// The state that workers share is the Trace; its lock covers the arena and the
// pools while they run.
#ifndef MPS_TRACE_WORKER_H
#define MPS_TRACE_WORKER_H

#include "pool/described_format.h"
#include "pool/pool.h"
#include "trace/ephemerons.h"
#include "trace/shared_work.h"
#include "trace/write_log.h"

namespace mps {

/// What one trace did.
struct TraceCounts {
  std::size_t condemnedBytes = 0;
  std::size_t movedObjects = 0, movedBytes = 0;
  std::size_t pinnedObjects = 0, pinnedBytes = 0; ///< By ambiguous references.
  /// In place for another reason: their segment stays, or there was no memory.
  std::size_t keptObjects = 0, keptBytes = 0;
  /// Of objects that no trace had condemned before, in young generations.
  std::size_t youngBytes = 0, youngLive = 0;
  std::size_t holeBytes = 0; ///< Of segments left in place: what is dead.

  void add(const TraceCounts &other);
};

/// How far ahead remembered slots are fetched into the cache.
inline constexpr std::size_t kSlotsAhead = 16;

/// What the workers of a trace have in common.
struct Trace {
  explicit Trace(Arena &itsArena) : arena(itsArena) {}

  Arena &arena;
  Pool *pools = nullptr;
  Chunk *firstChunk = nullptr;
  bool isShared = false; ///< More than one worker may be running.
  /// Slots of settled objects that lead to candidates are recorded.
  bool isRecording = false;
  platform::Mutex lock;
  SharedWork work;
  std::atomic<bool> isOutOfMemory{false};
  /// There was no memory to note a marked object.
  std::atomic<bool> stackOverflowed{false};
  /// Told of every object that is found in a grain with a key that is waited
  /// for; null while none is. One worker is alone then.
  WaitingEphemerons *waiting = nullptr;
};

/// What a worker has met that is not strong.
struct WeakFinds {
  GrowingArray<Slot> references; ///< Of described objects.
  GrowingArray<Ephemeron> ephemerons;
  GrowingArray<Address> clientObjects; ///< Of weak rank.
  /// Settled objects whose weak part leads out of the settled generation.
  GrowingArray<Address> remembered;

  void clear();
  void showArrays(SideMemory &memory) {
    memory.show(references, ephemerons, clientObjects, remembered);
  }
};

class Worker {
public:
  /// Whether the slots of an object are armed in the log table.
  enum class Armed : bool { No, Yes };

  void begin(Trace &trace, unsigned index);

  Ref fix(Ref ref);
  /// The same, and notes what generation it leads to.
  Ref fixAndSummarize(Ref ref);
  /// Notes what a segment leads to, besides.
  void addToSummary(Segment &segment, Ref ref);
  /// Of an object that was condemned: where it is now; null if nobody has found
  /// it. Any other reference is what it was.
  Ref whereFound(Ref ref) const;
  /// What it refers to must not die.
  void fixStrongly(Slot slot);
  /// What was not found becomes null.
  void fixWeakly(Slot slot);
  /// The same for a client's scan function.
  void fixWeaklyAndSummarize(Slot slot);
  /// Scans what is grey, all workers together, until nothing is.
  void scan();
  /// Until this worker has nothing left.
  void scanOwn();
  void scanWhole(Segment &segment, Address limit);
  /// The same, of a client's segment in which what is not marked is garbage.
  void scanLiving(Segment &segment, Address limit);
  /// Whether a young collection may move the object.
  bool isYoung(Ref ref) const;
  /// As scan() does with the slots of settled objects.
  void rememberIfYoung(Slot slot);
  /// Records what leads from a segment to candidates.
  void recordIn(Segment &segment);
  /// Leaves in place an object that nobody has fixed.
  void markInPlace(Segment &segment, Address object);
  /// Nothing of the segment is copied.
  void stay(Segment &segment) { leaveInPlace(segment, kStayingGrain); }
  void setGeneration(Segment &segment, unsigned generation, std::uint8_t how);
  /// Scans the objects of a client's segment up to `limit` by itself, each
  /// alone.
  void scanEach(Segment &segment, Address limit);
  /// Scans a client's object; with isSplatting, dead references in it become
  /// null.
  void scanClientNow(Segment &segment, Address object);
  void setSplatting(bool is) { isSplatting_ = is; }
  /// Of a weak part that the trace is done with: keeps invariant W2.
  void rememberWeak(Address object, const abi::TypeDescriptor &type);
  /// Of a client's ephemeron: fixes both, or gathers the pair.
  bool fixPair(Word *key, Word *value);
  /// Turns what was not marked into padding, and counts what was.
  void keepMarked(Segment &segment);

  GreyStack &stack() { return stack_; }
  /// Slots that lead out of the settled generation.
  GrowingArray<Slot> &remembered() { return remembered_; }
  /// Slots that lead to candidates.
  GrowingArray<Slot> &recorded() { return recorded_; }
  bool hasLostSlots() const { return hasLostSlots_; }
  WeakFinds &finds() { return finds_; }
  void showArrays(SideMemory &memory) {
    memory.show(stack_, remembered_, recorded_);
    finds_.showArrays(memory);
  }
  /// Gathers the weak part of a described object.
  void gather(Address object, const abi::TypeDescriptor &type);
  TraceCounts counts;
  /// Of what was copied, by the origin of its segment.
  std::size_t copiedBytes[kOrigins] = {};
  /// For the scan functions of clients.
  ScanState scanState;

private:
  class SlotQueue;

  // Fixing.
  void summarize(Ref ref);
  bool mayBeWhite(Ref ref) const;
  Ref fixUnusual(Ref ref, Chunk &chunk, std::uint8_t tag);
  Ref fixStaying(Ref ref, Chunk &chunk, std::uint8_t tag);
  Ref fixClient(Ref ref, Segment &segment);
  static Ref whereNow(Address object, Word header);
  template <Armed armed> void fixSlot(Slot slot);
  void remember(Slot slot);
  void rememberLeadingOut(Slot slot);
  bool leadsOutOfSettled(Slot slot);
  void recordIfCandidate(Slot slot, std::uint8_t tag);
  Ref copyDescribed(Segment &segment, Address object, Word header);
  Ref copyHashed(Segment &segment, Address object, Word header);
  Address take(Segment &segment, std::size_t size, std::size_t alignment);
  void count(const Segment &segment, std::size_t size);
  Ref keep(Segment &segment, Address object, Word header);
  bool changeHeader(Address object, Word &header, Word to);
  bool open(Segment &from, Destination &destination, std::size_t size);
  void leaveInPlace(Segment &segment, std::uint8_t how);
  Destination &destinationOf(const Segment &segment) {
    return segment.pool->destinations[index_][segment.nextGeneration];
  }

  // Scanning.
  void scanSlots();
  void scanInPlace();
  void scanClientObject(Address object);
  void openDependent(const PoolOptions &options, Address object);
  bool scanDestinations();
  void scanTo(Segment &segment, Address limit);
  template <Armed armed> void scanDescribed(Segment &segment, Address limit);
  void scanClient(Segment &segment, Address limit);
  void scanClient(Segment &segment, Address base, Address limit);
  void share();
  template <Armed armed> void scanMarked(SlotQueue &queue, Address object);
  template <Armed armed>
  void scanUnusual(SlotQueue &queue, Address object,
                   const abi::TypeDescriptor &type);

  /// Objects after which it looks whether another worker is idle.
  static constexpr unsigned kStepsAlone = 32;
  /// The same, of slots of one array.
  static constexpr unsigned kElementsAlone = 1024;

  Trace *trace_ = nullptr;
  Chunk *firstChunk_ = nullptr;
  unsigned index_ = 0;
  bool isShared_ = false;
  bool hasLostSlots_ = false;
  Segment *grey_ = nullptr;
  Segment *scanning_ = nullptr;
  std::uint16_t summary_ = 0; ///< Of what a client's function shows.
  GreyStack stack_;
  GrowingArray<Slot> remembered_, recorded_;
  WeakFinds finds_;
  /// The client's object that is being scanned, if it may have ephemerons.
  Address ephemeronOwner_;
  bool isSplatting_ = false; ///< Ephemerons with dead keys become null.
};

} // namespace mps

#endif
