// A chunk: a stretch of address space that an arena manages in grains.
//
// Beside the memory itself it has three tables, whose pages have memory behind
// them only where they are used:
//
//   tags       a byte for each grain: 0 if it is free, else what the tracer
//              asks first of a reference (GrainTag)
//   segments   for each grain the segment that it belongs to
//   markBits   a bit for each word: set for a pinned object's first word during
//              a collection, clear at other times
#ifndef MPS_ARENA_CHUNK_H
#define MPS_ARENA_CHUNK_H

#include "arena/segment.h"

namespace mps {

/// The generation of a grain's segment plus one, and whether it is white.
class GrainTag {
public:
  static constexpr std::uint8_t kFree = 0;
  static constexpr std::uint8_t kWhite = 0x80;

  static std::uint8_t of(unsigned generation, bool isWhite) {
    return std::uint8_t((generation + 1) | (isWhite ? kWhite : 0));
  }
  static bool isWhite(std::uint8_t tag) { return tag & kWhite; }
  static unsigned generation(std::uint8_t tag) { return (tag & 0x7f) - 1; }
};

struct Chunk {
  Extent extent;
  unsigned grainShift = 12;
  std::uint8_t *tags = nullptr;
  Segment **segments = nullptr;
  std::uint64_t *markBits = nullptr;
  Extent tables;
  std::size_t firstFree = 0; ///< No grain before it is free.
  Chunk *next = nullptr;

  std::size_t grainCount() const { return extent.size() >> grainShift; }
  std::size_t grainOf(Address address) const {
    return (address - extent.base) >> grainShift;
  }

  bool isMarked(Address object) const {
    std::size_t word = (object - extent.base) / kWordSize;
    return (markBits[word / 64] >> (word % 64)) & 1;
  }
  void mark(Address object) {
    std::size_t word = (object - extent.base) / kWordSize;
    markBits[word / 64] |= std::uint64_t(1) << (word % 64);
  }
  void clearMarks(Extent objects);

  /// Finds `count` free grains side by side, and returns the first, or
  /// grainCount(). First fit.
  std::size_t findFree(std::size_t count);
  void setTags(Extent grains, std::uint8_t tag);
  void setSegment(Extent grains, Segment *segment);

  /// Reserves address space for `size` bytes and its tables. False if there is
  /// none.
  bool create(std::size_t size, unsigned shift);
  void destroy();
};

} // namespace mps

#endif
