// For a scope: the process gets no more than so much more address space.
#ifndef MPS_TEST_UNIT_PLATFORM_ADDRESS_SPACE_LIMIT_H
#define MPS_TEST_UNIT_PLATFORM_ADDRESS_SPACE_LIMIT_H

#include "platform/memory.h"

#include <fstream>
#include <sys/resource.h>

namespace mps {

class AddressSpaceLimit {
public:
  explicit AddressSpaceLimit(std::size_t more) {
    std::size_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    getrlimit(RLIMIT_AS, &before_);
    rlimit now = {pages * platform::kPageSize + more, before_.rlim_max};
    setrlimit(RLIMIT_AS, &now);
  }
  ~AddressSpaceLimit() { setrlimit(RLIMIT_AS, &before_); }
  AddressSpaceLimit(const AddressSpaceLimit &) = delete;
  AddressSpaceLimit &operator=(const AddressSpaceLimit &) = delete;

private:
  rlimit before_ = {};
};

} // namespace mps

#endif
