// Marking objects of clients' formats, a segment at a time.
//
// A client's scan function may store what it has read, so a segment must be
// writable while it is scanned; and to make one writable costs more than to
// scan it. So grey objects are bits in their chunk's table, and all that is
// grey in a segment is scanned together.
//
//   makeGrey() An object that has been marked; its segment becomes grey.
//   step()     Scans the grey objects of one grey segment.
//   close()    Protects again what step() has opened.
//   pass()     Before a mutator stores into a protected segment: all that its
//            objects refer to is marked, grey or not, dead or not. What is
//            found to live in it later needs no scan.
//
// Segments of weak references and ephemerons are hidden: a mutator cannot load
// from one before it has been passed. So what a mutator gets from a weak
// reference is known, without a word from it (weak_segments.cpp):
//
//   pass()   Notes what the segment's objects refer to, which lives then.
//   clear()  When the marking has ended: in what lives of the segment, what
//            leads to garbage becomes null; then it is hidden no more.
//
// While other threads that may store are stopped, only; pass() and clear() are
// called in signal handlers, too.
// Invariant M3: until the marking ends, a segment of the snapshot, of a pool
// with protection, is protected or has been passed.
// Invariant M5: until it has been passed or cleared, such a segment of weak
// references or ephemerons is hidden.
#ifndef MPS_TRACE_SEGMENT_MARKER_H
#define MPS_TRACE_SEGMENT_MARKER_H

#include "arena/side_memory.h"
#include "pool/pool.h"

namespace mps {

/// What a client's scan function gets, each of which does something else with
/// what it is shown.
struct ClientStates {
  ScanState grey;   ///< An object that lives: marks.
  ScanState passed; ///< All of a segment: marks.
  ScanState seen;   ///< All of a weak one: notes.
  /// Weak references of an object that lives: clears those to what does not.
  ScanState clearing;
  ScanState greyPairs, clearingPairs; ///< The same with ephemerons.

  template <typename Visit> void forEach(Visit visit) {
    for (ScanState *each :
         {&grey, &passed, &seen, &clearing, &greyPairs, &clearingPairs})
      visit(*each);
  }
};

class SegmentMarker {
public:
  explicit SegmentMarker(Arena &arena) : arena_(arena) {}

  void begin(ClientStates &states);
  /// All that is in pools' snapshots is protected, or passed.
  void protectAll(Pool *pools);
  /// An object that may have references has been marked.
  void makeGrey(Segment &segment, Address object);
  bool isDone() const { return first_ == nullptr; }
  void step();
  /// So that it can be read, until close().
  void open(Segment &segment);
  /// How many segments are open.
  std::size_t opened() const { return opened_.size(); }
  void close();
  void pass(Segment &segment);
  /// A scan function may store into the object, in a segment that is protected:
  /// what it refers to is marked, if need be.
  void show(const Segment &segment, Address dependent);
  /// The marking has ended.
  void startClearing() { isClearing_ = true; }
  /// The next segment that is to be cleared, if need be. False if there is none
  /// left.
  bool clearOne();
  void clear(Segment &segment);
  void showArrays(SideMemory &memory) {
    memory.show(opened_, dependents_, hidden_);
  }
  /// A segment is of the snapshot no more.
  static void forget(Arena &arena, Segment &segment);

private:
  void hideAll(Pool &pool);
  void scanAll(Segment &segment);
  void scanObject(ScanState &state, Segment &segment, Address object,
                  Address limit);
  void openDependent(const PoolOptions &options, Address object);
  void closeDependents();

  Arena &arena_;
  ClientStates *states_ = nullptr;
  bool isClearing_ = false;
  Segment *first_ = nullptr; ///< Grey ones.
  GrowingArray<Segment *> opened_;
  GrowingArray<Segment *> dependents_; ///< Opened for scan functions' stores.
  GrowingArray<Segment *> hidden_;     ///< To be cleared.
};

} // namespace mps

#endif
