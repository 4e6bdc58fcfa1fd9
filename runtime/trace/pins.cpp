// Pinning: which objects the ambiguous references mean.
//
// Ambiguous words that lie in white segments are collected first; sorted, they
// meet each segment once, and one walk over its objects pins what they refer
// to. A word means an object if it lies in it, or, for pools that do not accept
// interior pointers, if it is a reference to it.
#include "trace/tracer.h"

#include <algorithm>

namespace mps {

void Tracer::addAmbiguous(Word word) {
  Address address = Address::fromBits(word);
  Chunk *chunk = trace_.firstChunk;
  while (!chunk->extent.contains(address)) {
    chunk = chunk->next;
    if (chunk == nullptr)
      return;
  }
  if (!(chunk->tags[chunk->grainOf(address)] & kWhiteGrain))
    return;
  if (!ambiguous_.push(word))
    pinInSegment(*chunk->segments[chunk->grainOf(address)], &word, &word + 1);
}

void Tracer::pinMeant() {
  Word *next = ambiguous_.begin(), *end = ambiguous_.end();
  std::sort(next, end);
  while (next < end) {
    Segment *segment = arena_.segmentOf(Address::fromBits(*next));
    Word *first = next;
    while (next < end && *next < segment->extent.limit.bits())
      ++next;
    pinInSegment(*segment, first, next);
  }
  ambiguous_.clear();
}

/// Pins what the words from `first` to `last`, sorted, mean. No object of the
/// segment has moved yet.
void Tracer::pinInSegment(Segment &segment, Word *first, Word *last) {
  Pool &pool = *segment.pool;
  Address object = pool.nextObject(segment, segment.extent.base);
  while (first < last && object < segment.fill) {
    std::size_t size = pool.sizeOfAny(object);
    bool isMeant = false;
    for (; first < last && *first < (object + size).bits(); ++first)
      isMeant |= pool.options().acceptsInterior ||
                 *first == pool.referenceTo(object).bits();
    if (isMeant && !pool.isPadding(object))
      pin(segment, object, size);
    object = pool.nextObject(segment, object + size);
  }
}

void Tracer::pin(Segment &segment, Address object, std::size_t size) {
  if (segment.chunk->isMarked(object))
    return;
  ++counts_.pinnedObjects;
  counts_.pinnedBytes += size;
  leader().markInPlace(segment, object);
}

} // namespace mps
