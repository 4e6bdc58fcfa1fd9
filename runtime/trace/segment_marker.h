// Marking objects of clients' formats, a segment at a time.
//
// A client's scan function may store what it has read, so a segment must be
// writable while it is scanned; and to make one writable costs more than to
// scan it. So grey objects are bits in their chunk's table, and all that is
// grey in a segment is scanned together.
//
//   mark()   Marks an object; its segment becomes grey.
//   step()   Scans the grey objects of one grey segment.
//   close()  Protects again what step() has opened.
//   pass()   Before a mutator stores into a protected segment: all that its
//            objects refer to is marked, grey or not, dead or not. What is
//            found to live in it later needs no scan.
//
// While other threads that may store are stopped, only; pass() is called in
// signal handlers, too.
// Invariant M3: until the marking ends, a segment of the snapshot, of a pool
// with protection, is protected or has been passed.
#ifndef MPS_TRACE_SEGMENT_MARKER_H
#define MPS_TRACE_SEGMENT_MARKER_H

#include "arena/side_memory.h"
#include "pool/pool.h"

namespace mps {

class SegmentMarker {
public:
  explicit SegmentMarker(Arena &arena) : arena_(arena) {}

  /// `state`: what a client's scan function gets.
  void begin(ScanState &state);
  /// All that is in pools' snapshots is protected, or passed.
  void protectAll();
  /// An object that may have references. True if it was not marked.
  bool mark(Segment &segment, Ref ref);
  bool isDone() const { return first_ == nullptr; }
  void step();
  /// How many segments are open.
  std::size_t opened() const { return opened_.size(); }
  void close();
  void pass(Segment &segment);
  void showArrays(SideMemory &memory) { memory.show(opened_); }
  /// A segment is of the snapshot no more.
  static void forget(Arena &arena, Segment &segment);

private:
  void open(Segment &segment);

  Arena &arena_;
  ScanState *state_ = nullptr;
  Segment *first_ = nullptr; ///< Grey ones.
  GrowingArray<Segment *> opened_;
};

} // namespace mps

#endif
