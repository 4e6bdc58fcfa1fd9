// The heap verifier over a client's format.
#include "../api/lisp_heap_test.h"
#include "api/arena_handle.h"

namespace {

class VerifiedClientHeapTest : public LispHeapTest {
protected:
  void SetUp() override {
    LispHeapTest::SetUp();
    arena()->settings().verify = true;
  }
};

TEST_F(VerifiedClientHeapTest, RightHeapPasses) {
  object_ = makeList(20000);
  object_ = make_vector(ap_, 30000, object_);
  for (int i = 0; i < 3; ++i) {
    makeList(5000);
    collect();
  }
  expectList(object_->vector.element[29999], 20000);
}

TEST_F(VerifiedClientHeapTest, OpenReservationsAreNotLookedAt) {
  mps_addr_t p = nullptr;
  ASSERT_EQ(mps_reserve(&p, ap_, sizeof(pair_s)), MPS_RES_OK);
  static_cast<mps_word_t *>(p)[0] = 0xdeaddead;
  collect();
  lisp_pad(p, sizeof(pair_s));
  mps_commit(ap_, p, sizeof(pair_s));
}

using VerifiedClientHeapDeathTest = VerifiedClientHeapTest;

TEST_F(VerifiedClientHeapDeathTest, StaleReferenceBreaksV3) {
  object_ = make_pair(ap_, nullptr, nullptr);
  object_->pair.head = reinterpret_cast<object_t>(&object_->pair.tail);
  EXPECT_DEATH(collect(), "V3: a reference 0x.* in object 0x.* holds 0x.*: "
                          "not an object");
}

TEST_F(VerifiedClientHeapDeathTest, StaleRootBreaksV3) {
  object_ = make_pair(ap_, nullptr, nullptr);
  object_ = reinterpret_cast<object_t>(&object_->pair.tail);
  EXPECT_DEATH(collect(), "V3: a client's root 0x.* holds 0x.*: not an object");
}

TEST_F(VerifiedClientHeapDeathTest, OverwrittenLengthBreaksV2) {
  object_ = make_vector(ap_, 3, nullptr);
  object_->vector.length = 1 << 20;
  EXPECT_DEATH(collect(), "V2: object 0x.* exceeds the objects");
}

TEST_F(VerifiedClientHeapDeathTest, LeftOverForwardingBreaksV7) {
  object_ = make_pair(ap_, nullptr, nullptr);
  lisp_fwd(object_, make_pair(ap_, nullptr, nullptr));
  EXPECT_DEATH(collect(), "V7: object 0x.* leads to 0x.*: forwarded");
}

} // namespace
