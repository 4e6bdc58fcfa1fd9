// The write barrier's side table: a bit for each word of the address space,
// set if a store to that word must be logged.
//
// One table per process, because compiled code tests it without knowing of
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
  /// The table, indexed by slot >> 8, or null if there is no address space
  /// for it. Any thread.
  static std::uint32_t *base();
  /// Makes the part for `extent` writable. False if the system refuses.
  static bool cover(Extent extent);

  /// Sets or clears the bits of all words of `extent`, whose ends are aligned
  /// to kGranule.
  static void arm(Extent extent) { fill(extent, 0xff); }
  static void disarm(Extent extent) { fill(extent, 0); }

  static bool isArmed(Slot slot) { return (word(slot) >> bitOf(slot)) & 1; }
  static void arm(Slot slot) { word(slot) |= 1u << bitOf(slot); }
  /// While other threads do the same with other slots.
  static void armShared(Slot slot) {
    __atomic_fetch_or(&word(slot), 1u << bitOf(slot), __ATOMIC_RELAXED);
  }
  static void disarmShared(Slot slot) {
    __atomic_fetch_and(&word(slot), ~(1u << bitOf(slot)), __ATOMIC_RELAXED);
  }
  static void prefetch(Slot slot) { __builtin_prefetch(&word(slot), 1); }
  static void disarm(Slot slot) { word(slot) &= ~(1u << bitOf(slot)); }

  /// Bytes of address space for each byte of the table.
  static constexpr std::size_t kGranule = 64;

private:
  static void fill(Extent extent, int byte);
  static unsigned bitOf(Slot slot) { return (slot.address().bits() >> 3) & 31; }
  static std::uint32_t &word(Slot slot) {
    return table_[slot.address().bits() >> 8];
  }

  static std::uint32_t *table_;
};

} // namespace mps

#endif
