// The fixture of tests of one pool as compiled code has it, with one buffer.
#ifndef MPS_TEST_UNIT_POOL_POOL_TEST_H
#define MPS_TEST_UNIT_POOL_POOL_TEST_H

#include "../trace/described_objects.h"
#include "pool/pool.h"

#include <gtest/gtest.h>

namespace mps {

class OnePoolTest : public testing::Test {
protected:
  OnePoolTest() {
    chain_.count = 2;
    for (Generation &each : chain_.generations)
      each.capacity = 1 << 20;
  }
  void SetUp() override {
    ASSERT_EQ(arena_.initialise(), Result::Ok);
    buffer_.point = &point_;
    buffer_.owner = BufferOwner::Compiled;
    pool_.add(buffer_);
  }

  PoolOptions options() {
    PoolOptions options;
    options.chain = &chain_;
    options.hasBarrier = true;
    return options;
  }
  std::size_t room() const { return point_.limit - point_.alloc; }
  Address take(std::size_t size) {
    Address object = Address::fromBits(point_.alloc);
    point_.alloc += size;
    return object;
  }

  Chain chain_;
  Arena arena_{ArenaOptions()};
  Pool pool_{arena_, options()};
  abi::AllocationPoint point_ = {0, 0, 0};
  Buffer buffer_;
};

} // namespace mps

#endif
