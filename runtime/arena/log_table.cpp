#include "arena/log_table.h"

#include "platform/memory.h"
#include "platform/mutex.h"

#include <cstring>

namespace mps {

namespace {
constexpr unsigned kAddressBits = 47;
constexpr std::size_t kTableSize =
    (std::size_t(1) << kAddressBits) / LogTable::kGranule;
platform::Mutex making;
} // namespace

std::uint32_t *LogTable::table_ = nullptr;

std::uint32_t *LogTable::base() {
  platform::Locked locked(making);
  if (table_ == nullptr)
    table_ = platform::reserveReadOnly(kTableSize).base.as<std::uint32_t>();
  return table_;
}

bool LogTable::cover(Extent extent) {
  Address table = Address::of(base());
  if (!table)
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
