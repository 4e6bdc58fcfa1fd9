// A chunk: a stretch of address space that an arena manages in grains.
//
// Beside the memory itself it has tables, whose pages have memory behind
// them only where they are used:
//
//   tags       a byte for each grain: 0 if it is free, else GrainTag's bits
//   segments   for each grain the segment that it belongs to
//   markBits   a bit for each word: set for a pinned object's first word during
//              a collection, clear at other times
//   greyBits   the same: set for what is marked and has not been scanned, of
//              clients' objects, while marking goes on
//   freeBits   a bit for each grain: set if no segment has it
//   dirtyBits  a bit for each grain: set for a free one that has memory behind
//              it
//   holeBits   a bit for each word: a hole begins there (pool/holes.h)
//   protectedGrains
//              a byte for each grain: whether it is write-protected, and may
//              lead to what is not settled (arena/protection.h)
#ifndef MPS_ARENA_CHUNK_H
#define MPS_ARENA_CHUNK_H

#include "arena/segment.h"

namespace mps {

/// What the tracer asks first of a reference, for each grain.
enum GrainTag : std::uint8_t {
  kFreeGrain = 0,
  kUsedGrain = 0x01,    ///< A segment has it.
  kColourGrain = 0x02,  ///< Of two colours of what is settled, the second. A
                        ///< segment's own tag has none (Arena::setTag).
  kLeafGrain = 0x04,    ///< Its objects have no references.
  kStayingGrain = 0x08, ///< If white: nothing in it is copied.
  /// If not white: slots that lead to it are recorded, as it may be evacuated.
  kCandidateGrain = 0x08,
  kClientGrain = 0x10,   ///< Its objects have a client's format.
  kAnchoredGrain = 0x20, ///< If white: an object in it stays in place.
  /// Somebody waits for an object in it to be found: an ephemeron's key. Of a
  /// single grain, not of its segment.
  kAwaitedGrain = 0x20,
  kSettledGrain = 0x40, ///< Condemned only when everything is; its stores are
                        ///< logged, unless its pool is a leaf pool.
  kWhiteGrain = 0x80,   ///< Condemned.
};

struct Chunk {
  Extent extent;
  unsigned grainShift = 12;
  std::uint8_t *tags = nullptr;
  Segment **segments = nullptr;
  std::uint64_t *markBits = nullptr;
  std::uint64_t *freeBits = nullptr;
  std::uint64_t *greyBits = nullptr;
  std::uint64_t *dirtyBits = nullptr;
  std::uint64_t *holeBits = nullptr;
  std::uint8_t *protectedGrains = nullptr;
  Extent tables;
  Address highest;   ///< Nothing from here on has been given to a segment yet.
  Address populated; ///< To here, memory has been asked for ahead of use.
  Address hugeMarks; ///< To here, the table of marks is in huge pages.
  Chunk *next = nullptr;

  std::size_t grainCount() const { return extent.size() >> grainShift; }
  /// Bytes of tables, the log table among them, that may have memory behind
  /// them.
  std::size_t tableSize() const;
  std::size_t grainOf(Address address) const {
    return (address - extent.base) >> grainShift;
  }

  std::uint8_t tagOf(std::size_t grain) const {
    return __atomic_load_n(&tags[grain], __ATOMIC_RELAXED);
  }

  /// Bytes of address space for each word of mark bits.
  static constexpr std::size_t kMarksTogether = 64 * kWordSize;

  bool isMarked(Address object) const {
    std::size_t word = (object - extent.base) / kWordSize;
    return (__atomic_load_n(&markBits[word / 64], __ATOMIC_RELAXED) >>
            (word % 64)) &
           1;
  }
  /// False if it was marked already. `isShared`: others may mark, too.
  bool mark(Address object, bool isShared = false) {
    std::size_t word = (object - extent.base) / kWordSize;
    std::uint64_t bit = std::uint64_t(1) << (word % 64);
    std::uint64_t &bits = markBits[word / 64];
    if (__atomic_load_n(&bits, __ATOMIC_RELAXED) & bit)
      return false;
    if (isShared)
      return !(__atomic_fetch_or(&bits, bit, __ATOMIC_RELAXED) & bit);
    // Others may look, and nobody else changes it.
    __atomic_store_n(&bits, bits | bit, __ATOMIC_RELAXED);
    return true;
  }
  /// While others mark.
  void unmark(Address object) {
    std::size_t word = (object - extent.base) / kWordSize;
    __atomic_fetch_and(&markBits[word / 64], ~(std::uint64_t(1) << word % 64),
                       __ATOMIC_RELAXED);
  }
  void setGrey(Address object) {
    std::size_t word = (object - extent.base) / kWordSize;
    greyBits[word / 64] |= std::uint64_t(1) << (word % 64);
  }
  /// The first grey word from `from` on, which is grey no more, or `limit`.
  Address takeGrey(Address from, Address limit);
  void clearGrey(Extent objects);
  const std::uint64_t *markWordOf(Address object) const {
    return &markBits[(object - extent.base) / kMarksTogether];
  }
  const std::uint64_t *greyWordOf(Address object) const {
    return &greyBits[(object - extent.base) / kMarksTogether];
  }
  /// The pages of a table with a bit for each word, of memory that is newly
  /// used. Where that is long, it is for one object, which has one bit at its
  /// beginning.
  Extent pagesOf(const std::uint64_t *table, Extent memory) const;
  /// Calls visit(Extent) with whole pages of each table that objects in the
  /// memory will need; clients' need more.
  void forEachTable(Extent memory, bool hasClients,
                    void (*visit)(Extent)) const;
  /// Marks are set in random order: those of a large heap's memory, which is
  /// about to be used, get huge pages. One thread at a time.
  void adviseMarks(Extent memory);
  /// The first marked word from `from` on, or `limit`.
  Address nextMarked(Address from, Address limit) const {
    return nextSet(markBits, from, limit);
  }
  /// The same of any table with a bit for each word.
  Address nextSet(const std::uint64_t *table, Address from,
                  Address limit) const;
  /// The last marked word from `base` up to `address`, or null.
  Address lastMarked(Address base, Address address) const;
  /// Both ends are aligned to kMarksTogether.
  void clearMarks(Extent objects);

  /// Finds `count` free grains side by side, and returns the first, or
  /// grainCount(). First fit.
  std::size_t findFree(std::size_t count);
  void setUsed(Segment &segment);
  void setFree(Extent grains);
  void setTags(Extent grains, std::uint8_t tag);

  void setDirty(Extent grains);
  /// Bytes of those grains that are dirty.
  std::size_t dirtySize(Extent grains) const;
  /// The same; they are not dirty any more.
  std::size_t takeDirty(Extent grains);
  /// Of the dirty grains those at the highest addresses that are side by side;
  /// at most about `most` bytes. They are not dirty any more. Empty if there is
  /// none.
  Extent takeHighestDirty(std::size_t most);

  /// Reserves address space for `size` bytes and its tables. False if there is
  /// none.
  bool create(std::size_t size, unsigned shift);
  void destroy();

  /// Classes of lengths: four for each power of two, up to kMostClass grains.
  static constexpr unsigned kClasses = 44;
  static constexpr std::size_t kMostClass = 1024;
  /// The greatest class whose least length is at most `count`.
  static unsigned classOf(std::size_t count);
  static std::size_t leastOf(unsigned lengthClass);

private:
  bool isDirty(std::size_t grain) const {
    return (dirtyBits[grain / 64] >> (grain % 64)) & 1;
  }

  /// Where searches start. For each class: no run of its least length, or more,
  /// begins before.
  std::size_t noneBefore_[kClasses] = {};
  std::size_t noneDirtyFrom_ = 0; ///< No grain from this one on is dirty.
};

} // namespace mps

#endif
