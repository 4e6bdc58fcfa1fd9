// A set of words of an arena's memory: a bit for each, in pages of its own.
#ifndef MPS_VERIFY_WORD_SET_H
#define MPS_VERIFY_WORD_SET_H

#include "arena/arena.h"
#include "platform/memory.h"

namespace mps {

class WordSet {
public:
  /// For the chunks that the arena has now.
  explicit WordSet(const Arena &arena)
      : arena_(arena),
        bits_(platform::reserve(sizeInBytes(arena), platform::Pages::Small)) {}
  ~WordSet() {
    if (isReady())
      platform::unreserve(bits_);
  }
  WordSet(const WordSet &) = delete;
  WordSet &operator=(const WordSet &) = delete;

  /// Whether there was memory for it.
  bool isReady() const { return !bits_.isEmpty(); }

  void add(Address address) {
    if (Place place = placeOf(address); place.byte != nullptr)
      *place.byte |= place.mask;
  }
  bool has(Address address) const {
    Place place = placeOf(address);
    return place.byte != nullptr && *place.byte & place.mask;
  }

private:
  static constexpr std::size_t kWordsInByte = 8;
  struct Place {
    unsigned char *byte = nullptr;
    unsigned char mask = 0;
  };

  static std::size_t sizeOf(const Chunk &chunk) {
    return chunk.extent.size() / kWordSize / kWordsInByte;
  }
  static std::size_t sizeInBytes(const Arena &arena) {
    std::size_t size = 0;
    for (Chunk *each = arena.firstChunk(); each != nullptr; each = each->next)
      size += sizeOf(*each);
    return alignUp(size, platform::kPageSize);
  }

  /// None for what is not the first byte of a word in the arena.
  Place placeOf(Address address) const {
    Address table = bits_.base;
    for (Chunk *each = arena_.firstChunk(); each != nullptr;
         each = each->next) {
      if (each->extent.contains(address) && address.isAligned(kWordSize)) {
        std::size_t word = (address - each->extent.base) / kWordSize;
        return {(table + word / kWordsInByte).as<unsigned char>(),
                static_cast<unsigned char>(1u << word % kWordsInByte)};
      }
      table += sizeOf(*each);
    }
    return {};
  }

  const Arena &arena_;
  Extent bits_;
};

} // namespace mps

#endif
