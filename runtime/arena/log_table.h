// The write barrier's side tables: a bit for each word of the address space,
// set if a store to that word must be logged; and a byte for each page, set if
// any bit of it may be, so that most stores, to young objects, look at no bits.
//
// Invariant L2: if the bit of a slot is set, so is the byte of each page that
// its object has a part in. Segments are whole pages, and are armed as a whole;
// of a static object, all pages are.
//
// Where nothing is to be logged at all, for as long as the world runs, a thread
// is given a table of bytes that are all 0 in place of the other: then none of
// this changes (mutator/world.h).
//
// One of each per process, because compiled code tests them without knowing of
// arenas (docs/decisions/0003-one-log-table.md). Made when the first arena is,
// and kept. Readable as zero everywhere; writable where a chunk is.
//
// Who changes it: the collector, with the world stopped, arms and disarms
// extents; a mutator's barrier clears the bit of the slot it has logged. Two
// mutators may race on one table word: then a bit may stay set, and its slot is
// logged twice, which is harmless.
#ifndef MPS_ARENA_LOG_TABLE_H
#define MPS_ARENA_LOG_TABLE_H

#include "base/address.h"

namespace mps {

class LogTable {
public:
  /// The table of bits, indexed by slot >> 9, or null if there is no address
  /// space for it. Any thread.
  static std::uint64_t *base();
  /// The table of bytes, indexed by slot >> 12, when there is the other.
  static std::uint8_t *pages() { return pages_; }
  /// For the same addresses, bytes that are all 0.
  static std::uint8_t *noPages() { return noPages_; }
  /// Makes the part for `extent` writable. False if the system refuses.
  static bool cover(Extent extent);

  /// Calls visit(Extent) with whole pages of each table, for memory that was
  /// covered.
  static void forEachTable(Extent memory, void (*visit)(Extent));

  /// Sets or clears the bits of all words of `extent`, of whole pages. Of long
  /// ones, the table's pages have no memory until a store clears a bit.
  static void arm(Extent extent) { fill(extent, 0xff); }
  static void disarm(Extent extent) { fill(extent, 0); }

  /// Whether a store to the slot is logged.
  static bool isArmed(Slot slot) { return isArmed(slot, slot.address()); }
  /// The same by the page of the object that the slot is in.
  static bool isArmed(Slot slot, Address object) {
    return pages_[object.bits() >> kPageShift] && word(slot) & bit(slot);
  }
  /// Of an extent that was armed, or whose pages were.
  static void arm(Slot slot) { word(slot) |= bit(slot); }
  /// So that the bits in the pages that `extent`, which was covered, has a part
  /// in are looked at.
  static void armPages(Extent extent);
  /// While other threads do the same with other slots.
  static void armShared(Slot slot) {
    __atomic_fetch_or(&word(slot), bit(slot), __ATOMIC_RELAXED);
  }
  static void disarmShared(Slot slot) {
    __atomic_fetch_and(&word(slot), ~bit(slot), __ATOMIC_RELAXED);
  }
  static void prefetch(Slot slot) { __builtin_prefetch(&word(slot), 1); }
  static void disarm(Slot slot) { word(slot) &= ~bit(slot); }

  static constexpr unsigned kPageShift = 12;

private:
  static void reserveFor(Address limit);
  static void fill(Extent extent, int byte);
  static std::uint64_t bit(Slot slot) {
    return std::uint64_t(1) << ((slot.address().bits() >> 3) & 63);
  }
  static std::uint64_t &word(Slot slot) {
    return table_[slot.address().bits() >> 9];
  }

  static std::uint64_t *table_;
  static std::uint8_t *pages_, *noPages_;
};

} // namespace mps

#endif
