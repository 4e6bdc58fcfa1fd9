// Where several threads copy objects of one pool to at the same time.
//
// Its segments are reserved before, with the world stopped, so that take()
// needs neither a lock nor memory: it adds to a cursor. Who takes room and then
// finds that another was faster leaves a gap. So every object whose copy is
// complete is marked, and the gaps are what is between marked objects
// (trace/evacuator.h makes padding of them).
#ifndef MPS_POOL_SHARED_DESTINATION_H
#define MPS_POOL_SHARED_DESTINATION_H

#include "arena/control_memory.h"
#include "arena/segment.h"

#include <atomic>

namespace mps {

class SharedDestination {
public:
  struct Room {
    Address base; ///< Null: there was none.
    Chunk *chunk = nullptr;
  };

  /// With the world stopped. False if there is no memory to note the segment.
  bool add(Segment &segment) {
    segment.isShared = true;
    return pieces_.push({&segment, segment.extent.base.bits()});
  }
  /// Any thread, at any time.
  Room take(std::size_t size) {
    for (;;) {
      std::size_t index = current_.load(std::memory_order_acquire);
      if (index >= pieces_.size())
        return {};
      Piece &piece = pieces_[index];
      Word base = __atomic_fetch_add(&piece.next, size, __ATOMIC_RELAXED);
      if (base + size <= piece.segment->extent.limit.bits()) [[likely]]
        return {Address::fromBits(base), piece.segment->chunk};
      current_.compare_exchange_strong(index, index + 1);
    }
  }
  template <typename Visit> void forEach(Visit visit) {
    for (Piece &piece : pieces_)
      visit(*piece.segment);
  }
  /// With the world stopped: calls visit(Segment &) for each segment, whose
  /// fill is the end of what was taken; and is empty then.
  template <typename Visit> void close(Visit visit) {
    for (Piece &piece : pieces_) {
      Segment &segment = *piece.segment;
      segment.isShared = false;
      Address next = Address::fromBits(piece.next);
      segment.fill = next < segment.extent.limit ? next : segment.extent.limit;
      visit(segment);
    }
    pieces_.clear();
    current_ = 0;
  }

private:
  struct Piece {
    Segment *segment;
    Word next; ///< Beyond the limit: it is full.
  };

  GrowingArray<Piece> pieces_;
  std::atomic<std::size_t> current_{0};
};

} // namespace mps

#endif
