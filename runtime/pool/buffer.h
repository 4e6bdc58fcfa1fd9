// A buffer: the free end of a segment that an allocation point takes objects
// from.
//
//   segment  base ....objects.... init ..reservation.. alloc ..zero.. limit
//   ....
//
// The owner of the allocation point moves init and alloc. The pool attaches a
// segment, and sets limit ahead of alloc, in steps, and the owner clears each:
// what is allocated next is still in the cache. At a flip the buffer is
// detached from a condemned segment, and limit is 0 until it is filled again.
#ifndef MPS_POOL_BUFFER_H
#define MPS_POOL_BUFFER_H

#include "arena/segment.h"
#include "mps/abi/thread_block.h"

namespace mps {

/// Who moves init: compiled code keeps alloc only.
enum class BufferOwner : std::uint8_t { Client, Compiled };

struct Buffer {
  abi::AllocationPoint *point = nullptr;
  Pool *pool = nullptr;
  BufferOwner owner = BufferOwner::Client;
  Segment *segment = nullptr;
  Rank rank = Rank::Exact; ///< Of its objects, in a pool that has several.
  Address cleared;         ///< The segment's memory from alloc to here is zero.
  Extent unclear; ///< But for this, which was given out last: Pool::clearGiven.
  /// A condemned segment that an open reservation of a client may be in.
  Segment *abandoned = nullptr;
  /// There was a flip since the last fill; `initAtFlip` is what init was at the
  /// first. What a client commits after it may hold stale references, and does
  /// not count.
  bool isFlipped = false;
  Address initAtFlip;
  /// Whether memory it gets is new to the nursery; if not, how much that was.
  bool countsAsNew = true;
  std::size_t uncounted = 0;
  /// While recycling, in place of a segment: what it gives out of, others that
  /// come next (pool/recycling.cpp), and bytes of objects in what it has left.
  Extent gap;
  Address gaps;
  std::size_t recycled = 0;
  Buffer *next = nullptr;
  Buffer **link = nullptr; ///< What leads to it, in its pool's list.

  /// The owner, or anybody while it is stopped; anybody may ask for the sum.
  void countRecycled(std::size_t bytes) {
    __atomic_store_n(&recycled, recycled + bytes, __ATOMIC_RELAXED);
  }

  /// End of the objects in its segment.
  Address objectsEnd() const {
    if (owner == BufferOwner::Compiled)
      return Address::fromBits(point->alloc);
    return isFlipped ? initAtFlip : Address::fromBits(point->init);
  }
};

} // namespace mps

#endif
