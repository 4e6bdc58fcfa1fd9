// What the system was told of huge pages.
#ifndef MPS_TEST_UNIT_ARENA_HUGE_PAGES_H
#define MPS_TEST_UNIT_ARENA_HUGE_PAGES_H

#include "base/address.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

namespace mps {

inline bool hasHugePages() {
  return std::filesystem::exists("/sys/kernel/mm/transparent_hugepage");
}

/// Bytes of mappings in the extent that were advised to be of huge pages.
inline std::size_t hugeIn(Extent extent) {
  std::ifstream file("/proc/self/smaps");
  std::size_t size = 0, inside = 0;
  for (std::string line; std::getline(file, line);) {
    unsigned long base = 0, limit = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx", &base, &limit) == 2) {
      base = std::max(base, extent.base.bits());
      limit = std::min(limit, extent.limit.bits());
      inside = base < limit ? limit - base : 0;
    } else if (line.find("VmFlags:") == 0 &&
               line.find(" hg") != std::string::npos) {
      size += inside;
    }
  }
  return size;
}

} // namespace mps

#endif
