// A segment: a run of an arena's grains that one pool owns.
//
// Objects lie side by side from the base to `fill`; what is beyond is free. A
// large object has a segment of its own. A segment belongs to one generation of
// its pool, and is in exactly one list at a time.
//
// In a collection a condemned segment is white. It is evacuated, or it stays
// where it is; then its objects that live have their bit in the chunk's mark
// bits. If an object in it is pinned, it is anchored: that object stays, and
// the others go.
#ifndef MPS_ARENA_SEGMENT_H
#define MPS_ARENA_SEGMENT_H

#include "arena/rank.h"
#include "base/address.h"

namespace mps {

class Pool;
struct Buffer;
struct Chunk;
struct Guardian;

enum class Origin : std::uint8_t {
  Known,   ///< As many as the last trace found, at most.
  Young,   ///< None has condemned it. It was of a young generation,
  Settled, ///< or of the settled one.
};
inline constexpr unsigned kOrigins = 3;

struct Segment {
  static constexpr std::size_t kUnknown = ~std::size_t(0);

  Extent extent;
  Address fill;    ///< End of its objects.
  Address scanned; ///< In a collection: objects before it have been scanned.
  Pool *pool = nullptr;
  Chunk *chunk = nullptr;
  Segment *next = nullptr;
  Segment *nextGrey = nullptr; ///< Of those whose objects want scanning.
  /// Bytes of its objects that were found alive by the last trace that
  /// condemned it; kUnknown if none has.
  std::size_t live = kUnknown;
  /// If white: bytes of its objects before it was swept.
  std::size_t whole = 0;
  std::uint8_t generation = 0;
  std::uint8_t nextGeneration = 0; ///< If white: where survivors go.
  /// If white: what is known of those that live in it.
  Origin origin = Origin::Known;
  std::uint8_t tag = 0; ///< Of its grains.
  /// Of a pool with protection, when it was last scanned: bit g is set if it
  /// referred to an object of generation g, of any chain, that is not settled.
  /// Or kUnscanned: it has been protected without a look. If it is of the
  /// snapshot it leads nowhere: nothing was young when that was taken.
  std::uint16_t summary = 0;
  static constexpr std::uint16_t kUnscanned = 0x8000;
  /// A summary: it may lead to any generation.
  static constexpr std::uint16_t kAnywhere = 0x7fff;
  /// Of the snapshot, in a client's format: it has grey objects; and what its
  /// objects refer to has been marked, all of it.
  bool isGrey = false, isPassed = false;
  /// Of the references in its objects, if they have a client's format.
  Rank rank = Rank::Exact;
  /// If it is protected, it is not to be read either (trace/segment_marker.h).
  bool isHidden = false;
  /// Its memory is all zero when it is given to a pool.
  bool isZero = false;
  bool isLarge = false;
  /// If white: of them, how many are expected to be found alive.
  std::size_t expected = 0;
  std::uint32_t group = 0;   ///< Of a candidate (trace/candidates.h).
  std::uint32_t records = 0; ///< Of slots that lead to the candidate.
  /// A candidate that stays: a quiet frame refers to it, or very many slots.
  bool isHeld = false;
  /// A client may write behind `fill`: an allocation point is attached, or has
  /// an open reservation. It is not freed.
  bool isBuffered = false;
  /// Several threads copy objects into it (pool/shared_destination.h).
  bool isShared = false;
  /// If white, and evacuated beside the program: an object in it stays.
  bool isKept = false;
  Guardian *guardians = nullptr; ///< Of its objects (trace/guardian.h).
  /// With holes (pool/holes.h): what an allocation point has taken of it, and
  /// the point's buffer; and the next that has holes.
  Extent taken;
  Buffer *buffer = nullptr;
  Segment *nextOpen = nullptr;
  /// Of a pool whose objects move: bytes of the holes that its next point may
  /// fill, while it is offered (pool/reuse.cpp); and whether there are hole
  /// bits.
  std::size_t offered = 0;
  bool hasHoles = false;
  /// Of described objects that stay: the first of its gaps that are to be
  /// filled (pool/recycling.cpp), or null.
  Address gaps;
  /// Written to by the scan function of an object elsewhere: this trace may not
  /// have scanned it.
  bool isWritten = false;

  Extent objects() const { return {extent.base, fill}; }
};

/// A last-in, first-out list of segments, linked through `next`.
class SegmentList {
public:
  bool isEmpty() const { return first_ == nullptr; }
  Segment *first() const { return first_; }
  void push(Segment *segment) {
    segment->next = first_;
    first_ = segment;
  }
  Segment *pop() {
    Segment *segment = first_;
    if (segment != nullptr)
      first_ = segment->next;
    return segment;
  }
  /// What was pushed first; slow.
  Segment *popLast() {
    if (first_ == nullptr)
      return nullptr;
    Segment **link = &first_;
    while ((*link)->next != nullptr)
      link = &(*link)->next;
    Segment *segment = *link;
    *link = nullptr;
    return segment;
  }
  SegmentList takeAll() {
    SegmentList all = *this;
    first_ = nullptr;
    return all;
  }
  void reverse() {
    SegmentList reversed;
    while (Segment *segment = pop())
      reversed.push(segment);
    *this = reversed;
  }
  /// By address, highest first. A merge sort: time n log n, no memory.
  void sortDescending() {
    if (first_ == nullptr || first_->next == nullptr)
      return;
    SegmentList halves[2];
    for (unsigned i = 0; Segment *segment = pop(); i ^= 1)
      halves[i].push(segment);
    halves[0].sortDescending();
    halves[1].sortDescending();
    Segment **end = &first_;
    while (!halves[0].isEmpty() || !halves[1].isEmpty()) {
      bool second = halves[0].isEmpty() || (!halves[1].isEmpty() &&
                                            halves[1].first()->extent.base >
                                                halves[0].first()->extent.base);
      *end = halves[second].pop();
      end = &(*end)->next;
    }
    *end = nullptr;
  }
  /// Removes what is in it; slow.
  void remove(Segment *segment) {
    Segment **link = &first_;
    while (*link != segment)
      link = &(*link)->next;
    *link = segment->next;
  }

private:
  Segment *first_ = nullptr;
};

} // namespace mps

#endif
