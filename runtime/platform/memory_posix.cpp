#include "platform/memory.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__has_attribute) &&                                                \
    __has_attribute(disable_sanitizer_instrumentation)
#define MPS_NOT_INSTRUMENTED __attribute__((disable_sanitizer_instrumentation))
#else
#define MPS_NOT_INSTRUMENTED __attribute__((no_sanitize("address", "thread")))
#endif

namespace mps::platform {

namespace {

constexpr int kMapFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;

Extent map(std::size_t size, int protection) {
  void *base = mmap(nullptr, size, protection, kMapFlags, -1, 0);
  if (base == MAP_FAILED)
    return {};
  return Extent::of(Address::of(base), size);
}

void unmap(Address base, Address limit) {
  if (base < limit)
    munmap(base.as(), limit - base);
}

/// From the beginning of a huge page on.
Extent mapAligned(std::size_t size, int protection) {
  if (size > ~std::size_t(0) - kHugePageSize)
    return {};
  Extent wide = map(size + kHugePageSize, protection);
  if (wide.isEmpty())
    return {};
  Extent aligned = Extent::of(wide.base.alignedUp(kHugePageSize), size);
  unmap(wide.base, aligned.base);
  unmap(aligned.limit, wide.limit);
  return aligned;
}

} // namespace

Extent reserve(std::size_t size, Pages pages) {
  if (pages == Pages::Small)
    return map(size, PROT_READ | PROT_WRITE);
  Extent aligned = mapAligned(size, PROT_READ | PROT_WRITE);
  if (!aligned.isEmpty())
    madvise(aligned.base.as(), size, MADV_HUGEPAGE);
  return aligned;
}

Extent reserveReadOnly(std::size_t size) { return map(size, PROT_READ); }

bool makeWritable(Extent extent) {
  return mprotect(extent.base.as(), extent.size(), PROT_READ | PROT_WRITE) == 0;
}

bool makeReadOnly(Extent extent) {
  return mprotect(extent.base.as(), extent.size(), PROT_READ) == 0;
}

bool makeUnreadable(Extent extent) {
  return mprotect(extent.base.as(), extent.size(), PROT_NONE) == 0;
}

std::size_t mostMappings() {
  constexpr std::size_t kUsual = 65530;
  char text[32] = {};
  int file = open("/proc/sys/vm/max_map_count", O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return kUsual;
  ssize_t length = read(file, text, sizeof text - 1);
  close(file);
  return length > 0 ? std::strtoul(text, nullptr, 10) : kUsual;
}

void advise(Extent extent, Pages pages) {
  madvise(extent.base.as(), extent.size(),
          pages == Pages::Huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
}

void populate(Extent extent) {
  for (Address page = extent.base; page < extent.limit; page += kPageSize)
    *page.as<volatile char>() = 0;
}

/// A page that has been written to has memory, whatever is in it; one that has
/// not holds 0, which is written. Not madvise(): that keeps all mappings of the
/// process locked, and so those who map memory or start a thread, for as long
/// as it takes. To the language this is a race with whoever uses the memory; to
/// the processor it is not.
MPS_NOT_INSTRUMENTED void populateUnchanged(Extent extent) {
  for (Address page = extent.base; page < extent.limit; page += kPageSize) {
    Word expected = 0;
    __atomic_compare_exchange_n(page.as<Word>(), &expected, Word(0), false,
                                __ATOMIC_RELAXED, __ATOMIC_RELAXED);
  }
}

void discard(Extent extent) {
  if (madvise(extent.base.as(), extent.size(), MADV_DONTNEED) != 0)
    std::memset(extent.base.as(), 0, extent.size());
}

namespace {
/// The size of what is mapped over and over, each time copied on write. To make
/// a page of it may take 150 us, and a mapping 5; but there is a limit to
/// those.
std::size_t patternFor(Extent extent) {
  constexpr std::size_t kPart = 16, kLeast = 8 * kPageSize,
                        kMost = std::size_t(256) << 10;
  return std::clamp((extent.size() / kPart) / kPageSize * kPageSize, kLeast,
                    kMost);
}

bool fillPattern(int file, std::size_t pattern) {
  static unsigned char ones[kPageSize];
  std::memset(ones, 0xff, sizeof ones);
  for (std::size_t size = 0; size < pattern; size += sizeof ones)
    if (write(file, ones, sizeof ones) != ssize_t(sizeof ones))
      return false;
  return true;
}

bool mapOver(Extent extent, int flags, int file) {
  return mmap(extent.base.as(), extent.size(), PROT_READ | PROT_WRITE,
              MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE | flags, file,
              0) != MAP_FAILED;
}
} // namespace

/// The file is not kept: a program may close what it has not opened.
bool becomeOnes(Extent extent) {
  int file = memfd_create("mps-ones", MFD_CLOEXEC);
  if (file < 0)
    return false;
  std::size_t pattern = patternFor(extent);
  bool isDone = fillPattern(file, pattern);
  for (Address base = extent.base; isDone && base < extent.limit;
       base += pattern)
    isDone = mapOver({base, std::min(base + pattern, extent.limit)}, 0, file);
  close(file);
  return isDone;
}

bool becomeZeros(Extent extent) { return mapOver(extent, MAP_ANONYMOUS, -1); }

bool isMapped(Extent extent) {
  if (extent.limit < extent.base)
    return false;
  for (Address page = extent.base.alignedDown(kPageSize); page < extent.limit;
       page += kPageSize) {
    unsigned char isResident = 0;
    if (mincore(page.as(), kPageSize, &isResident) != 0)
      return false;
  }
  return true;
}

void poison(Extent extent) {
  mprotect(extent.base.as(), extent.size(), PROT_NONE);
}

void unpoison(Extent extent) {
  mprotect(extent.base.as(), extent.size(), PROT_READ | PROT_WRITE);
}

/// Where both begin a huge page, the system moves whole tables of pages.
Extent enlarge(Extent extent, std::size_t size) {
  int flags = MREMAP_MAYMOVE;
  Extent to;
  if (size >= kHugePageSize) {
    to = mapAligned(size, PROT_READ | PROT_WRITE); // It is what limits count.
    flags |= to.isEmpty() ? 0 : MREMAP_FIXED;
  }
  void *base =
      mremap(extent.base.as(), extent.size(), size, flags, to.base.as());
  if (base == MAP_FAILED) // Then `to` may be of others already.
    return {};
  return Extent::of(Address::of(base), size);
}

void unreserve(Extent extent) { unmap(extent.base, extent.limit); }

} // namespace mps::platform
