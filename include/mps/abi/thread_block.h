// What compiled code knows about its thread.
//
// One ThreadBlock per thread, in the thread-local variable `mps_thread`. The
// plugin addresses its fields by the constant offsets asserted below, so the
// inline paths need no call and no indirection:
//
//   allocation   reads and writes scanned.alloc or leaf.alloc, reads limit
//   poll         compares the stack pointer with pollLimit
//   call out     links an ExitRecord into exitHead and changes state
//   call in      links one, too, where managed frames begin
//   barrier      tests a byte of armedPages, then a bit of logTable; writes at
//                logCursor
//
// Who may change what, and when:
//
//   pollLimit    any thread, at any time (relaxed); read by the owner's polls
//   state        the owner, but a collector may change Foreign to Held and
//                back; every change out of Foreign or Held is a compare and
//                swap, so exactly one side wins
//   limit        any thread may store 0 at any time (a trap); the owner's
//                next allocation then takes the slow path
//   the rest     the owner only, or the runtime while the owner is stopped
#ifndef MPS_ABI_THREAD_BLOCK_H
#define MPS_ABI_THREAD_BLOCK_H

#include <cstddef>
#include <cstdint>

namespace mps::abi {

/// Where a thread is, as a collector sees it.
enum class ThreadState : std::uint32_t {
  Unattached = 0, ///< The runtime does not know this thread yet.
  Foreign = 1,    ///< In foreign code or in the runtime; may be held.
  Managed = 2,    ///< In compiled code; stops at its next safepoint only.
  Held = 3,       ///< In foreign code, and may not return to compiled code.
};

/// Left by a call out of managed code, in the frame of the call's exit thunk;
/// and by a call into it, in the frame of the entry thunk, without a return
/// address. So the two kinds follow each other, and tell where managed frames
/// begin and end. A record below the stack pointer of its thread is dead
/// (longjmp or an exception passed it).
struct ExitRecord {
  ExitRecord *previous;
  /// Of the managed frame, right after return; or of the entry thunk: the
  /// managed frames end there.
  std::uintptr_t stackPointer;
  /// Into the managed frame's function; 0 in an entry thunk's record.
  std::uintptr_t returnAddress;
};

/// The layout of the documented mps_ap_s. Compiled code maintains alloc only;
/// entry to the runtime sets init = alloc where no reservation is open.
struct AllocationPoint {
  std::uintptr_t init;
  std::uintptr_t alloc;
  std::uintptr_t limit; ///< 0: trapped or empty.
};

/// One record of the write barrier's log: a slot and what it held before the
/// first store since its bit was set.
struct LogRecord {
  std::uintptr_t slot;
  std::uintptr_t oldValue; ///< 0 where nobody wants to know.
};

struct ThreadBlock {
  /// A poll is taken if stack pointer >= pollLimit: now, never, or before
  /// frames run that have not run since a collection (stack/quiet_frames.h).
  std::uintptr_t pollLimit;
  ThreadState state;
  /// Not 0: something is being marked, and what slots held is logged. Else it
  /// is not loaded, which would wait for a cache's miss that a store does not.
  std::uint32_t keepsOldValues;
  ExitRecord *exitHead;
  /// Bit (slot >> 3) & 63 of logTable[slot >> 9] is set if a store to slot
  /// must be logged. Covers the whole address space (47 bits).
  std::uint64_t *logTable;
  LogRecord *logCursor;
  LogRecord *logLimit;     ///< The log is full when logCursor == logLimit.
  AllocationPoint scanned; ///< Objects with references (default arena, AMC).
  AllocationPoint leaf;    ///< Objects without (default arena, AMCZ).
  void *mutator;           ///< The runtime's own structure for the thread.
  /// armedPages[address >> 12] is 0 if no store to that page of memory must be
  /// logged, nor one to an object that has a part in it. Covers the whole
  /// address space, too. Another table, of zeros, while no store at all must
  /// be.
  std::uint8_t *armedPages;
};

/// pollLimit when nothing is asked of the thread: no stack pointer reaches it.
inline constexpr std::uintptr_t kNoPoll = ~std::uintptr_t(0);
/// pollLimit when the thread is asked to stop: every poll is taken.
inline constexpr std::uintptr_t kPollNow = 0;

static_assert(sizeof(void *) == 8, "compiled code assumes 64-bit addresses");
static_assert(offsetof(ThreadBlock, pollLimit) == 0);
static_assert(offsetof(ThreadBlock, state) == 8);
static_assert(offsetof(ThreadBlock, keepsOldValues) == 12);
static_assert(offsetof(ThreadBlock, exitHead) == 16);
static_assert(offsetof(ThreadBlock, logTable) == 24);
static_assert(offsetof(ThreadBlock, logCursor) == 32);
static_assert(offsetof(ThreadBlock, logLimit) == 40);
static_assert(offsetof(ThreadBlock, scanned) == 48);
static_assert(offsetof(ThreadBlock, leaf) == 72);
static_assert(offsetof(ThreadBlock, mutator) == 96);
static_assert(offsetof(ThreadBlock, armedPages) == 104);
static_assert(sizeof(ThreadBlock) <= 128);

} // namespace mps::abi

#endif
