// Holes: what is free between the objects of a segment whose objects stay where
// they are.
//
// A bit for each word of the chunk says whether a hole begins there; the hole's
// first word has its size. So a hole of one word is one, and nothing has to be
// asked of a client's format, which may have no padding.
//
// A segment may also have a part that is an allocation point's, `taken`: there
// are objects up to where the point has got to, and nothing beyond.
#ifndef MPS_POOL_HOLES_H
#define MPS_POOL_HOLES_H

#include "arena/chunk.h"
#include "pool/buffer.h"

namespace mps::holes {

/// All of the segment is one hole.
void create(Segment &segment);
/// The segment has none any more.
void clear(Segment &segment);
/// If the store of its size faults, the segment is what it was till then.
void add(Segment &segment, Extent hole);
/// Notes where one begins whose size is known otherwise.
void note(Segment &segment, Address hole);
/// There is none that begins here any more.
void remove(Segment &segment, Address hole);
/// Takes the first hole of at least `size` bytes; empty if there is none.
Extent take(Segment &segment, std::size_t size);
/// `address`, or, if nothing is there, where the next object begins; or the
/// segment's end.
Address nextObject(const Segment &segment, Address address);
/// What of the part that a point has taken has no objects.
Extent unusedOf(const Segment &segment);
/// Calls visit(Address base, Address limit) for what lies side by side between
/// two addresses: all but what is unused.
template <typename Visit>
void forEachRun(const Segment &segment, Address base, Address limit,
                Visit visit) {
  Extent unused = unusedOf(segment);
  if (!unused.isEmpty() && base <= unused.base && unused.limit <= limit) {
    if (base < unused.base)
      visit(base, unused.base);
    base = unused.limit;
  }
  if (base < limit)
    visit(base, limit);
}
/// Bytes of all holes, and of what is taken and not used.
std::size_t sizeOfAll(const Segment &segment);

} // namespace mps::holes

#endif
