// A set of words of an arena's memory: a bit for each, in pages of its own.
//
// It is used again and again: to map memory and to unmap it takes longer than
// most sets are used for. So it notes which of its pages have bits, and clears
// those.
#ifndef MPS_VERIFY_WORD_SET_H
#define MPS_VERIFY_WORD_SET_H

#include "arena/arena.h"
#include "arena/control_memory.h"
#include "platform/memory.h"

#include <cstring>

namespace mps {

class WordSet {
public:
  WordSet() = default;
  ~WordSet() { release(); }
  WordSet(const WordSet &) = delete;
  WordSet &operator=(const WordSet &) = delete;

  /// It is empty, and for the chunks that the arena has now. False if there is
  /// no memory for it.
  bool prepare(const Arena &arena) {
    arena_ = &arena;
    if (std::size_t size = sizeInBytes(arena); size != bits_.size()) {
      release();
      memory_ =
          platform::reserve(size + alignUp(size / kPage, platform::kPageSize),
                            platform::Pages::Small);
      if (memory_.isEmpty())
        return false;
      bits_ = Extent::of(memory_.base, size);
    }
    clear();
    return true;
  }

  void add(Address address) {
    Place place = placeOf(address);
    if (place.byte == nullptr)
      return;
    *place.byte |= place.mask;
    notePage(Address::of(place.byte).alignedDown(kPage));
  }
  bool has(Address address) const {
    Place place = placeOf(address);
    return place.byte != nullptr && *place.byte & place.mask;
  }

private:
  static constexpr std::size_t kWordsInByte = 8;
  static constexpr std::size_t kPage = platform::kPageSize;
  /// So many of them are not worth keeping.
  static constexpr std::size_t kMostKept = 256;
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
    return alignUp(size, kPage);
  }

  void release() {
    if (!memory_.isEmpty())
      platform::unreserve(memory_);
    memory_ = bits_ = {};
    pages_.clear();
  }
  unsigned char &isNoted(Address page) const {
    return *(bits_.limit + (page - bits_.base) / kPage).as<unsigned char>();
  }
  void notePage(Address page) {
    if (isNoted(page) == 0) {
      isNoted(page) = 1;
      areAllNoted_ &= pages_.push(page);
    }
  }
  void clear() {
    if (areAllNoted_ && pages_.size() <= kMostKept) {
      for (Address page : pages_) {
        isNoted(page) = 0;
        std::memset(page.as(), 0, kPage);
      }
    } else {
      platform::discard(memory_);
    }
    pages_.clear();
    areAllNoted_ = true;
  }

  /// None for what is not the first byte of a word in the arena.
  Place placeOf(Address address) const {
    Address table = bits_.base;
    for (Chunk *each = arena_->firstChunk(); each != nullptr;
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

  const Arena *arena_ = nullptr;
  Extent memory_;
  Extent bits_; ///< Of that; behind them, for each page whether it is noted.
  GrowingArray<Address> pages_; ///< Those that have bits.
  bool areAllNoted_ = true;
};

} // namespace mps

#endif
