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

/// A table for addresses below `limit`, or null.
std::uint32_t *reserveFor(Address limit) {
  covered = limit;
  return platform::reserveReadOnly(limit.bits() / LogTable::kGranule)
      .base.as<std::uint32_t>();
}

Address addressOf(unsigned bits) { return Address::fromBits(Word(1) << bits); }
} // namespace

std::uint32_t *LogTable::table_ = nullptr;

std::uint32_t *LogTable::base() {
  platform::Locked locked(making);
  if (table_ == nullptr)
    table_ = reserveFor(addressOf(kAddressBits));
  // What is mapped, and our own data, tell where everything is.
  if (table_ == nullptr && Address::of(&table_) < addressOf(kFewAddressBits)) {
    table_ = reserveFor(addressOf(kFewAddressBits));
    MPS_CHECK(Address::of(table_) < covered,
              "address space is limited; the log table needs 2 TiB of it");
  }
  return table_;
}

bool LogTable::cover(Extent extent) {
  Address table = Address::of(base());
  if (!table || extent.limit > covered)
    return false;
  Address from = table + extent.base.bits() / kGranule;
  Address to = table + extent.limit.bits() / kGranule;
  return platform::makeWritable({from.alignedDown(platform::kPageSize),
                                 to.alignedUp(platform::kPageSize)});
}

void LogTable::fill(Extent extent, int byte) {
  std::memset(Address::of(table_).as<char>() + extent.base.bits() / kGranule,
              byte, extent.size() / kGranule);
}

} // namespace mps
