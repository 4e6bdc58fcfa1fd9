// The functions of the runtime that compiled code calls.
//
// All have C linkage and the C calling convention; the plugin names them by
// these strings, the runtime defines them in runtime/api. Those marked
// "safepoint" are reached through an exit thunk: the calling thread's state is
// Foreign meanwhile, and a collection may run. The others are leaves: they run
// in state Managed, never collect and never wait for a collection.
#ifndef MPS_ABI_ENTRY_POINTS_H
#define MPS_ABI_ENTRY_POINTS_H

namespace mps::abi {

/// safepoint. void *(AllocationPoint *, const TypeDescriptor *, size_t size,
/// size_t alignment): size bytes, a multiple of 8, all zero but for the header,
/// which is set. `alignment` is a power of two, at least 8, at most 4096. Never
/// null: out of memory calls the out-of-memory handler, which may unwind.
inline constexpr char kAllocate[] = "mps_rt_allocate";

/// safepoint. void *(AllocationPoint *, const TypeDescriptor *, size_t count,
/// size_t alignment): an array object of count elements, its length stored.
/// Overflow of the size is out of memory.
inline constexpr char kAllocateArray[] = "mps_rt_allocate_array";

/// The same of a leaf type, but for its elements, which may hold anything.
inline constexpr char kAllocateUninitializedArray[] =
    "mps_rt_allocate_uninitialized_array";

/// safepoint. void (): stops while a collection wants the world stopped, and
/// makes ready the frames that the program is about to return to.
inline constexpr char kPoll[] = "mps_rt_poll";

/// leaf. void (): the thread's log is full; hands it over and gives it a new,
/// empty buffer. Changes logCursor and logLimit only.
inline constexpr char kLogFull[] = "mps_rt_log_full";

/// leaf. void (void *dst, const void *src, size_t size, void *object): memmove
/// into managed memory, from managed or other memory, with the barrier for every
/// reference slot overwritten. `object` is where dst lies in; or null, or any
/// address outside of the heap, if that is a variable or a static object. Copies
/// whole words atomically where both sides and the size are aligned. Sizes above
/// kBulkPiece are passed in pieces.
inline constexpr char kCopy[] = "mps_rt_copy";

/// leaf. void (uintptr_t slot): the slow path of the read barrier, taken while
/// objects are evacuated beside the program. Afterwards the slot does not lead
/// to what is being evacuated. Only in modules with a read barrier.
inline constexpr char kHeal[] = "mps_rt_heal";

/// leaf. void (const void *from, size_t size): the same for all slots in these
/// bytes of managed memory, before they are copied out of it.
inline constexpr char kHealRange[] = "mps_rt_heal_range";

/// leaf. uint64_t (uintptr_t reference): the identity hash of an object, the same
/// for as long as it lives; of anything else, a hash of the word.
inline constexpr char kIdentityHash[] = "mps_rt_identity_hash";

/// leaf. void (void *dst, unsigned char value, size_t size, void *object): memset
/// of managed memory, likewise.
inline constexpr char kFill[] = "mps_rt_fill";

/// leaf. void (const ModuleDescriptor *, unsigned char *ready, void *words,
/// uint64_t map): words of a thread-local variable of the calling thread are
/// roots until the thread is detached; bit i: word i is a reference. Sets
/// *ready; clears it when it forgets them.
inline constexpr char kAddThreadLocal[] = "mps_rt_add_thread_local";

/// Called by an entry thunk whose compare and swap of state from Foreign to
/// Managed failed. uint32_t (): attaches an unattached thread, or waits until
/// it is no longer held; returns 0 when the thread went Foreign -> Managed, 1
/// when it was Managed already and must stay so when the thunk returns.
inline constexpr char kEnterSlow[] = "mps_rt_enter_slow";

/// Called by an exit thunk whose compare and swap back to Managed failed, with
/// its record still linked. void (): waits until no longer held.
inline constexpr char kReturnSlow[] = "mps_rt_return_slow";

/// Called first in every managed landing pad. void (uintptr_t stackPointer):
/// unlinks the dead exit records and makes the thread Managed again if it is
/// not, waiting while it is held.
inline constexpr char kLand[] = "mps_rt_land";

/// void (uintptr_t stackPointer): unlinks exit records below stackPointer. The
/// thread goes on there, and may have left frames without their polls.
inline constexpr char kDropDeadRecords[] = "mps_rt_drop_dead_records";

/// void (const ModuleDescriptor *).
inline constexpr char kRegisterModule[] = "mps_rt_register_module";
inline constexpr char kUnregisterModule[] = "mps_rt_unregister_module";

/// The thread-local ThreadBlock.
inline constexpr char kThreadBlock[] = "mps_thread";

inline constexpr unsigned long kBulkPiece = 65536;

} // namespace mps::abi

#endif
