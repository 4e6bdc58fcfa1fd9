#include "trace/sweep.h"

#include "pool/described_format.h"

namespace mps {

Swept sweep(Segment &segment) {
  Pool &pool = *segment.pool;
  Chunk &chunk = *segment.chunk;
  Swept swept;
  Extent marked = segment.objects();
  if (segment.isLarge && pool.isDescribed()) // It is one object.
    marked.limit = marked.base + Chunk::kMarksTogether;
  bool isDescribed = pool.isDescribed();
  bool mayBeKept = isDescribed && segment.tag & kAnchoredGrain;
  Address gap = segment.extent.base;
  for (;;) {
    // Objects that live side by side are the usual case.
    Address object = gap;
    if (gap >= marked.limit || !chunk.isMarked(gap))
      object = chunk.nextMarked(gap, marked.limit);
    if (object >= marked.limit)
      break;
    if (gap != object)
      pool.padAny(gap, object - gap);
    if (mayBeKept)
      DescribedFormat::clearKept(object);
    std::size_t size = isDescribed
                           ? DescribedFormat::sizeOf(
                                 object, DescribedFormat::descriptorOf(
                                             DescribedFormat::headerOf(object)))
                           : pool.sizeOfAny(object);
    ++swept.objects;
    segment.live += size;
    gap = object + size;
  }
  segment.whole = segment.objects().size();
  segment.fill = gap;
  swept.bytes = segment.live;
  if (segment.live != 0 && !segment.isLarge)
    swept.holeBytes = segment.extent.size() - segment.live;
  chunk.clearMarks(
      {marked.base, marked.limit.alignedUp(Chunk::kMarksTogether)});
  return swept;
}

} // namespace mps
