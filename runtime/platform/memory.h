// Address space and memory from the operating system.
//
// Reserved address space is readable and writable but has no memory behind it
// until it is touched, and none again after release(). It is asked to be backed
// by huge pages: faults on fresh small pages cost more than anything the
// collector does (docs/performance.md).
#ifndef MPS_PLATFORM_MEMORY_H
#define MPS_PLATFORM_MEMORY_H

#include "base/address.h"

namespace mps::platform {

inline constexpr std::size_t kPageSize = 4096;
inline constexpr std::size_t kHugePageSize = std::size_t(2) << 20;

/// Whether huge pages are asked for: they suit heaps, not small tables.
enum class Pages { Small, Huge };

/// Reserves `size` bytes, aligned to kHugePageSize if Huge, else to kPageSize.
/// An empty extent if there is no address space.
Extent reserve(std::size_t size, Pages pages);
/// Reserves `size` bytes that read as zero and must not be written.
Extent reserveReadOnly(std::size_t size);
/// Makes part of a reservation writable. False if the system refuses.
bool makeWritable(Extent extent);
/// Makes whole pages read-only. False if the system refuses.
bool makeReadOnly(Extent extent);
/// Makes whole pages inaccessible. False if the system refuses.
bool makeUnreadable(Extent extent);
/// Where none of these is told of more, the system flushes the translations of
/// those pages alone, else all of the process. A virtual machine's host that
/// has page tables of its own then brings up to date all that have changed,
/// which takes 50 ms for 5 GiB (docs/decisions/0025-protect-by-pieces.md).
inline constexpr std::size_t kPiece = 32 * kPageSize;
/// How many mappings the system allows this process; each change of protection
/// from one page to the next makes one more.
std::size_t mostMappings();
/// Changes what whole pages are to be backed with when they are touched.
void advise(Extent extent, Pages pages);
/// Puts memory behind a reservation now, all of it.
void populate(Extent extent);
/// The same beside threads that use it; starts at a word.
void populateUnchanged(Extent extent);
/// Gives the memory behind whole pages back; they read as zero afterwards. The
/// system keeps what is locked (mlockall()), which is cleared.
void discard(Extent extent);
/// Makes all bytes of whole pages of a reservation 0xff, or 0, in time that
/// does not grow with what is written to them: each gets memory of its own when
/// it is. False if the system refuses, and then nothing may be relied on.
bool becomeOnes(Extent extent);
bool becomeZeros(Extent extent);
/// Whether there is a mapping behind all of it, be it accessible or not.
bool isMapped(Extent extent);
/// Makes whole pages inaccessible, or accessible again.
void poison(Extent extent);
void unpoison(Extent extent);
/// A larger reservation of small pages with the same contents, elsewhere
/// perhaps; or an empty extent, and nothing has changed. Takes the time of
/// moving page tables, not of copying.
Extent enlarge(Extent extent, std::size_t size);
/// Gives the address space back.
void unreserve(Extent extent);

} // namespace mps::platform

#endif
