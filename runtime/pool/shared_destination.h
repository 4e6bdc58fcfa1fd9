// Where several threads copy objects of one pool to at the same time.
//
// Its segments are reserved before, with the world stopped, so that take()
// needs neither a lock nor memory: it adds to a cursor. Who takes room and then
// finds that another was faster gives it back, which keeps it for the thread's
// next object: threads that race through the same list would else use several
// times the memory that the list needs. What a thread does not use in the end
// is a gap. So every object whose copy is complete is marked, and the gaps are
// what is between marked objects (trace/evacuator.h makes padding of them).
#ifndef MPS_POOL_SHARED_DESTINATION_H
#define MPS_POOL_SHARED_DESTINATION_H

#include "arena/chunk.h"
#include "arena/control_memory.h"

#include <atomic>

namespace mps {

class SharedDestination {
public:
  struct Room {
    Address base; ///< Null: there was none.
    Chunk *chunk;
    std::size_t size;
  };

  /// With the world stopped. False if there is no memory to note the segment.
  bool add(Segment &segment) {
    segment.isShared = true;
    return pieces_.push({&segment, segment.extent.base.bits()});
  }
  /// Any thread, at any time.
  Room take(std::size_t size) {
    Room &left = spare().room;
    if (left.size < size) [[likely]]
      return takeNew(size);
    Room room = {left.base, left.chunk, size};
    left.base += size;
    left.size -= size;
    return room;
  }
  /// What take() gave this thread, and nobody knows of: for its next.
  void giveBack(Room room) {
    Room &left = spare().room;
    if (room.base + room.size == left.base &&
        endOf(room) >= left.base + left.size)
      room.size += left.size;
    if (room.size > left.size)
      left = room;
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
    round_ = ++rounds;
  }

private:
  Room takeNew(std::size_t size) {
    for (;;) {
      std::size_t index = current_.load(std::memory_order_acquire);
      if (index >= pieces_.size())
        return {};
      Piece &piece = pieces_[index];
      Word base = __atomic_fetch_add(&piece.next, size, __ATOMIC_RELAXED);
      if (base + size <= piece.segment->extent.limit.bits()) [[likely]]
        return {Address::fromBits(base), piece.segment->chunk, size};
      current_.compare_exchange_strong(index, index + 1);
    }
  }

  struct Piece {
    Segment *segment;
    Word next; ///< Beyond the limit: it is full.
  };

  /// What a thread has given back to the destination that is in this round: no
  /// two destinations, and no two rounds of one, have the same number.
  struct Spare {
    Word round;
    Room room;
  };
  /// Of objects with references and of those without.
  static constexpr unsigned kSpares = 2;
  static inline std::atomic<Word> rounds{0};
  [[gnu::tls_model("initial-exec")]] static inline thread_local constinit Spare
      spares[kSpares] = {};

  /// This thread's. If it has none it takes the place of the oldest.
  Spare &spare() const {
    Spare *oldest = spares;
    for (Spare &each : spares) {
      if (each.round == round_)
        return each;
      if (each.round < oldest->round)
        oldest = &each;
    }
    *oldest = {round_, {}};
    return *oldest;
  }
  /// Of the segment that it is in. The next one may be of this destination,
  /// too.
  static Address endOf(Room room) {
    return room.chunk->segments[room.chunk->grainOf(room.base)]->extent.limit;
  }

  Word round_ = ++rounds;
  GrowingArray<Piece> pieces_;
  std::atomic<std::size_t> current_{0};
};

} // namespace mps

#endif
