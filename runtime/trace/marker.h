// The marker: what lives of the settled generation, found while the program
// runs.
//
// A snapshot at the beginning (Yuasa, "Real-time garbage collection on
// general-purpose machines", 1990): every object that could be reached when
// marking began is marked before it ends, whatever the program stores
// meanwhile.
//
//   begin()     With the world stopped, and nothing young anywhere: all that is
//               settled is of the snapshot. Its roots are shown to visitor().
//   step()      Marks for a while. Objects that were allocated or settled since
//               are not of the snapshot, and count as living.
//   add()       What slots of the snapshot held before they were overwritten:
//               the write barrier logs it, as all slots of the snapshot are
//               armed; and slots that traces have found to lead to candidates.
//   isDone()    Nothing is grey. With the world stopped and all logs drained,
//               the marking has ended: what is unmarked now is garbage.
//               Sweeping does away with it, segment by segment.
//   clearSome() Weak references and ephemerons that lead to garbage become
//               null, in steps, before that (marker_weak.cpp).
//
// What a mutator may have loaded from weak references, with nobody to tell it,
// is found last: noteSeen(). foundAsSeen() tells how much of what is marked has
// been found by that alone.
//
// Nothing of the snapshot moves until it is swept, so the marker reads objects
// while the program runs: headers and lengths do not change, slots are read as
// single words. One thread at a time may be in any of these functions: its
// owner sees to it (collector/old_collection.h). Where there are objects of
// clients' formats, steps are taken with the world stopped, and what a mutator
// is about to store into is shown to pass() first (segment_marker.h).
//
// Invariant M1: until end(), no slot that held a reference to an object of the
// snapshot when marking began has lost it, but to the marker or to a log.
// Invariant M2: at end(), every object of the snapshot that can be reached is
// marked.
#ifndef MPS_TRACE_MARKER_H
#define MPS_TRACE_MARKER_H

#include "arena/side_memory.h"
#include "pool/described_format.h"
#include "pool/pool.h"
#include "stack/root_source.h"
#include "trace/candidates.h"
#include "trace/ephemerons.h"
#include "trace/segment_marker.h"

#include <atomic>

namespace mps {

class Marker {
public:
  Marker(Arena &arena, Candidates &candidates)
      : arena_(arena), candidates_(candidates), segments_(arena),
        visitor_(*this) {}

  /// All segments of the pools' top generations become the snapshot, candidates
  /// among them. The pools have write barriers, or protection.
  void begin(Pool *pools);
  /// For the roots of one rank: what they hold is looked at in steps, but weak
  /// ones are cleared.
  RootVisitor &visitor(Rank rank);
  /// Takes all; they are looked at in steps. Ambiguous words lead to objects of
  /// the snapshot, or between them.
  void add(GrowingArray<Word> &oldValues, GrowingArray<Word> &ambiguous,
           GrowingArray<Slot> &noted);
  /// A mutator is about to store into a segment with protection, or to read
  /// what is hidden.
  void pass(Segment &segment);
  /// A scan function may store into an object in a segment that is protected.
  void show(const Segment &segment, Address dependent);
  /// Weak roots that mutators read without a word, when marking begins.
  void noteSeen(RootSource &source);
  /// When all has been marked: objects that were found, since nothing else was
  /// left to mark, from what has been seen.
  std::size_t foundAsSeen() const {
    return hasMarkedSeen_ ? markedObjects_ - markedBefore_ : 0;
  }
  /// Records a slot if it leads to a candidate.
  void record(Slot slot);
  /// Marks until about so many slots have been looked at, nothing is grey, or
  /// `isWanted` is not 0. Returns how many slots it has looked at.
  std::size_t step(std::size_t slots, const std::atomic<unsigned> &isWanted);
  bool isDone() const;
  /// There was no memory to note what is grey: the marking cannot end.
  bool hasFailed() const { return hasFailed_; }
  std::size_t markedObjects() const { return markedObjects_; }
  /// Of all markings: what ephemerons took, as WaitingEphemerons counts it.
  std::size_t ephemeronSteps() const { return waiting_.steps(); }
  void showArrays(SideMemory &memory) {
    memory.show(grey_, exact_, ambiguous_, oldValues_, noted_, weak_, seen_);
    waiting_.showArrays(memory);
    segments_.showArrays(memory);
  }

  /// Whether it is of the snapshot, and not marked. Any thread may ask.
  bool isUnmarked(Ref ref) const;
  /// Marks an object that must not die, though it would.
  void markDying(Ref ref) { mark(ref); }
  /// After the marking has ended: some of the weak references. False if none is
  /// left. Mutators may store to them at the same time.
  bool clearSome(std::size_t count);
  void startClearing() { segments_.startClearing(); }
  /// A mutator is about to access a segment that may be hidden.
  void clear(Segment &segment);

  /// Gives up: the snapshot's segments are settled ones like others again.
  void abandon(Pool *pools);

private:
  class Visitor final : public RootVisitor {
  public:
    explicit Visitor(Marker &marker) : marker_(marker) {}
    void exact(Slot slot) override { marker_.addExact(slot.load().bits()); }
    void pinned(Slot slot) override { exact(slot); }
    void ambiguous(Extent words) override;
    /// Nothing is young.
    bool becomesQuiet(Slot slot) override {
      marker_.candidates_.hold(slot.load());
      return false;
    }
    bool wantsQuiet() override { return false; }
    ScanState *scanState() override { return &state_; }
    void setRank(Rank rank);
    void setFix(bool (*fix)(ScanState &, Word *));

  private:
    ScanState state_;
    Marker &marker_;
  };

  Chunk *chunkOf(Address address) const;
  bool isOfSnapshot(Ref ref, Chunk *&chunk) const;
  Address baseOf(Ref ref, const Chunk &chunk) const;
  void mark(Ref ref);
  void noteMarked(Ref ref, std::uint8_t tag);
  void addExact(Word word);
  void addAmbiguous(Word word);
  static Address knownBefore(Address address, const Segment &segment,
                             std::size_t &slots);
  std::size_t markMeant(Word word);
  void findWeakPart(Address object, const abi::TypeDescriptor &type);
  void findEphemeron(const Ephemeron &ephemeron);
  std::size_t findReady();
  bool takeWord(std::size_t &done);
  void clear(Slot slot);
  void clear(const Ephemeron &ephemeron);
  void find(Slot slot);
  void findClient(Ref ref);
  void fetchSegment();
  static bool markForClient(ScanState &state, Word *word);
  static bool markPairForClient(ScanState &state, Word *key, Word *value);
  static bool noteForClient(ScanState &state, Word *word);
  static bool clearForClient(ScanState &state, Word *word);
  static bool clearPairForClient(ScanState &state, Word *key, Word *value);
  void coverForClients();
  void noteSeen(Ref ref);
  void noteIfUnmarked(Ref ref);
  void flushSeen();
  void findSeen();
  void enqueue(Ref ref, Chunk &chunk);
  void await(Ref ref, Chunk &chunk);
  bool await(const Ephemeron &ephemeron, Ref key);
  void flush();
  void push(Word word);
  std::size_t scan(Address object);
  std::size_t scanElements(Address object, const abi::TypeDescriptor &type,
                           std::size_t first);

  /// References on their way from being found to being marked, while the memory
  /// that they lead to is fetched into the cache.
  static constexpr unsigned kQueued = 16;

  Arena &arena_;
  Candidates &candidates_;
  SegmentMarker segments_;
  Visitor visitor_;
  ClientStates states_;
  Chunk *firstChunk_ = nullptr, *lastChunk_ = nullptr;
  /// Objects; or, with kRestTag, an array, above the index of its first element
  /// that has not been looked at.
  GrowingArray<Word> grey_;
  GrowingArray<Word> exact_, ambiguous_; ///< What roots held.
  GrowingArray<Word> oldValues_;
  GrowingArray<Slot> noted_;
  GrowingArray<Slot> weak_; ///< Weak references of the snapshot's objects.
  WaitingEphemerons waiting_;
  GrowingArray<Word> seen_; ///< To be found when nothing else is left.
  Ref queue_[kQueued], seenQueue_[kQueued];
  unsigned next_ = 0, nextSeen_ = 0;
  bool hasMarkedSeen_ = false;
  std::size_t markedBefore_ = 0; ///< Before the first of what was seen.
  std::size_t markedObjects_ = 0;
  std::size_t clientSlots_ = 0; ///< That clients' functions have shown.
  bool hasFailed_ = false, isRecording_ = false;
  bool hasClients_ = false, hasHeaders_ = false; ///< Some client's format.
};

} // namespace mps

#endif
