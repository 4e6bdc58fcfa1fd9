#include "arena/log_table.h"

#include "base/check.h"
#include "platform/memory.h"
#include "platform/mutex.h"

#include <cstring>

namespace mps {

namespace {
constexpr unsigned kAddressBits = 47;
/// Of processes that run under valgrind, which has not so much.
constexpr unsigned kFewAddressBits = 38;
platform::Mutex making;
Address covered; ///< The table is for what is below.

/// Bytes of address space for each byte of the table of bits.
constexpr std::size_t kGranule = 8 * kWordSize;
constexpr std::size_t kPage = std::size_t(1) << LogTable::kPageShift;

/// What a table with a byte for each `granule` bytes has for the extent, in
/// whole pages.
Extent pagesOf(const void *table, Extent extent, std::size_t granule) {
  Address from = Address::of(table) + extent.base.bits() / granule;
  Address to = Address::of(table) + extent.limit.bits() / granule;
  return {from.alignedDown(platform::kPageSize),
          to.alignedUp(platform::kPageSize)};
}

Address addressOf(unsigned bits) { return Address::fromBits(Word(1) << bits); }
} // namespace

std::uint64_t *LogTable::table_ = nullptr;
std::uint8_t *LogTable::pages_ = nullptr;
std::uint8_t *LogTable::noPages_ = nullptr;

/// Tables for addresses below `limit`, or none.
void LogTable::reserveFor(Address limit) {
  Extent bits = platform::reserveReadOnly(limit.bits() / kGranule);
  Extent pages = platform::reserveReadOnly(limit.bits() / kPage);
  Extent none = platform::reserveReadOnly(limit.bits() / kPage);
  if (bits.isEmpty() || pages.isEmpty() || none.isEmpty()) {
    platform::unreserve(bits);
    platform::unreserve(pages);
    platform::unreserve(none);
    return;
  }
  covered = limit;
  table_ = bits.base.as<std::uint64_t>();
  pages_ = pages.base.as<std::uint8_t>();
  noPages_ = none.base.as<std::uint8_t>();
}

std::uint64_t *LogTable::base() {
  platform::Locked locked(making);
  if (table_ == nullptr)
    reserveFor(addressOf(kAddressBits));
  // What is mapped, and our own data, tell where everything is.
  if (table_ == nullptr && Address::of(&table_) < addressOf(kFewAddressBits)) {
    reserveFor(addressOf(kFewAddressBits));
    MPS_CHECK(Address::of(table_) < covered,
              "address space is limited; the log table needs 2 TiB of it");
  }
  return table_;
}

bool LogTable::cover(Extent extent) {
  return base() != nullptr && extent.limit <= covered &&
         platform::makeWritable(pagesOf(table_, extent, kGranule)) &&
         platform::makeWritable(pagesOf(pages_, extent, kPage));
}

void LogTable::forEachTable(Extent memory, void (*visit)(Extent)) {
  visit(pagesOf(table_, memory, kGranule));
  visit(pagesOf(pages_, memory, kPage));
}

namespace {
/// Of the table: more is mapped.
constexpr std::size_t kMostFilled = std::size_t(64) << 10;

void fillWith(int byte, Extent part) {
  std::memset(part.base.as(), byte, part.size());
}

/// The same by mapping, but for what is no whole page. False if it cannot be.
bool mapWith(int byte, Extent part) {
  Extent pages = {part.base.alignedUp(platform::kPageSize),
                  part.limit.alignedDown(platform::kPageSize)};
  if (!(byte != 0 ? platform::becomeOnes(pages) : platform::becomeZeros(pages)))
    return false;
  fillWith(byte, {part.base, pages.base});
  fillWith(byte, {pages.limit, part.limit});
  return true;
}
} // namespace

void LogTable::fill(Extent extent, int byte) {
  Address table = Address::of(table_);
  Extent part = {table + extent.base.bits() / kGranule,
                 table + extent.limit.bits() / kGranule};
  if (part.size() <= kMostFilled || !mapWith(byte, part))
    fillWith(byte, part);
  std::memset(pages_ + extent.base.bits() / kPage, byte, extent.size() / kPage);
}

void LogTable::armPages(Extent extent) {
  std::size_t first = extent.base.bits() / kPage;
  std::size_t end = extent.limit.alignedUp(kPage).bits() / kPage;
  std::memset(pages_ + first, 0xff, end - first);
}

} // namespace mps
