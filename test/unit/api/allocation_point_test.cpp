// Allocation points through mps.h: reserve, commit, patterns, frames.
#include "lisp_heap_test.h"

namespace {

class AllocationPointTest : public LispHeapTest {
protected:
  static void fillPair(mps_addr_t p) {
    auto *pair = static_cast<pair_s *>(p);
    *pair = {PAIR, nullptr, nullptr};
  }
};

TEST_F(AllocationPointTest, StartsEmpty) {
  EXPECT_EQ(ap_->init, nullptr);
  EXPECT_EQ(ap_->alloc, nullptr);
  EXPECT_EQ(ap_->limit, nullptr);
}

TEST_F(AllocationPointTest, FunctionsDoWhatTheMacrosDo) {
  mps_addr_t p = nullptr;
  ASSERT_EQ((mps_reserve)(&p, ap_, sizeof(pair_s)), MPS_RES_OK);
  fillPair(p);
  EXPECT_EQ(ap_->init, p);
  EXPECT_TRUE((mps_commit)(ap_, p, sizeof(pair_s)));
  mps_addr_t next = nullptr;
  mps_res_t result = MPS_RES_FAIL;
  MPS_RESERVE_BLOCK(result, next, ap_, sizeof(pair_s));
  ASSERT_EQ(result, MPS_RES_OK);
  EXPECT_EQ(next, static_cast<char *>(p) + sizeof(pair_s));
  fillPair(next);
  EXPECT_TRUE(mps_commit(ap_, next, sizeof(pair_s)));
}

TEST_F(AllocationPointTest, CommitFailsAfterACollection) {
  mps_addr_t p = nullptr;
  ASSERT_EQ(mps_reserve(&p, ap_, sizeof(pair_s)), MPS_RES_OK);
  fillPair(p);
  collect();
  EXPECT_FALSE(mps_commit(ap_, p, sizeof(pair_s)));
  ASSERT_EQ(mps_reserve(&p, ap_, sizeof(pair_s)), MPS_RES_OK);
  fillPair(p);
  EXPECT_TRUE(mps_commit(ap_, p, sizeof(pair_s)));
}

TEST_F(AllocationPointTest, ReservedBlockIsLeftAloneByCollections) {
  mps_ap_t other = nullptr;
  ASSERT_EQ(mps_ap_create_k(&other, heap_.pool, mps_args_none), MPS_RES_OK);
  object_ = makeList(100);
  mps_addr_t p = nullptr;
  ASSERT_EQ(mps_reserve(&p, other, vector_size(100)), MPS_RES_OK);
  for (size_t i = 0; i < vector_size(100) / WORD; ++i)
    static_cast<mps_word_t *>(p)[i] = 0xdead0000 + i;
  for (int i = 0; i < 5; ++i)
    collect();
  for (size_t i = 0; i < vector_size(100) / WORD; ++i)
    ASSERT_EQ(static_cast<mps_word_t *>(p)[i], 0xdead0000 + i);
  // It was never an object, so it is made one before the point goes.
  lisp_pad(p, vector_size(100));
  mps_commit(other, p, vector_size(100));
  mps_ap_destroy(other);
  collect();
  expectList(object_, 100);
}

TEST_F(AllocationPointTest, BlockWhoseInitWasStoredBeforeTheFlipIsLive) {
  mps_addr_t p = nullptr;
  ASSERT_EQ(mps_reserve(&p, ap_, sizeof(pair_s)), MPS_RES_OK);
  fillPair(p);
  ap_->init = ap_->alloc; // The first half of a commit.
  collect();
  EXPECT_EQ(ap_->limit, nullptr);
  EXPECT_TRUE(mps_ap_trip(ap_, p, sizeof(pair_s)));
  EXPECT_EQ(static_cast<pair_s *>(p)->type, mps_word_t(PAIR))
      << "the stack refers to it, so it stayed";
}

TEST_F(AllocationPointTest, LargeObjectsHaveRoomAndSurvive) {
  constexpr mps_word_t kLength = 200000;
  object_ = make_vector(ap_, kLength, nullptr);
  ASSERT_NE(object_, nullptr);
  object_->vector.element[kLength - 1] = make_integer(ap_, 7);
  for (int i = 0; i < 3; ++i)
    collect();
  ASSERT_EQ(object_->vector.length, kLength);
  EXPECT_EQ(object_->vector.element[kLength - 1]->integer.value, 7u);
}

TEST_F(AllocationPointTest, MisalignedSizeAsserts) {
  Assertions assertions;
  mps_addr_t p = nullptr;
  EXPECT_NE(mps_ap_fill(&p, ap_, 13), MPS_RES_OK);
  EXPECT_EQ(assertions.count(), 1);
  EXPECT_NE(mps_ap_fill(&p, ap_, 0), MPS_RES_OK);
  EXPECT_EQ(assertions.count(), 2);
  EXPECT_EQ(p, nullptr);
}

TEST_F(AllocationPointTest, ImpossibleSizeIsAResult) {
  mps_addr_t p = nullptr;
  EXPECT_NE(mps_reserve(&p, ap_, size_t(1) << 60), MPS_RES_OK);
  EXPECT_NE(mps_reserve(&p, ap_, ~size_t(7)), MPS_RES_OK);
  EXPECT_EQ(p, nullptr);
  EXPECT_NE(make_integer(ap_, 1), nullptr);
}

TEST_F(AllocationPointTest, SecondReservationAsserts) {
  mps_addr_t p = nullptr, second = nullptr;
  ASSERT_EQ(mps_reserve(&p, ap_, sizeof(pair_s)), MPS_RES_OK);
  Assertions assertions;
  EXPECT_NE((mps_reserve)(&second, ap_, sizeof(pair_s)), MPS_RES_OK);
  EXPECT_EQ(assertions.count(), 1);
  fillPair(p);
  EXPECT_TRUE(mps_commit(ap_, p, sizeof(pair_s)));
}

TEST_F(AllocationPointTest, DestroyWithAReservationAsserts) {
  mps_addr_t p = nullptr;
  ASSERT_EQ(mps_reserve(&p, ap_, sizeof(pair_s)), MPS_RES_OK);
  Assertions assertions;
  mps_ap_destroy(ap_);
  EXPECT_EQ(assertions.count(), 1);
  fillPair(p);
  EXPECT_TRUE(mps_commit(ap_, p, sizeof(pair_s)));
}

TEST_F(AllocationPointTest, PatternsNestAndEndWithoutBeginFails) {
  EXPECT_EQ(mps_ap_alloc_pattern_end(ap_, mps_alloc_pattern_ramp()),
            MPS_RES_FAIL);
  EXPECT_EQ(mps_ap_alloc_pattern_begin(ap_, mps_alloc_pattern_ramp()),
            MPS_RES_OK);
  EXPECT_EQ(
      mps_ap_alloc_pattern_begin(ap_, mps_alloc_pattern_ramp_collect_all()),
      MPS_RES_OK);
  EXPECT_EQ(mps_ap_alloc_pattern_end(ap_, mps_alloc_pattern_ramp_collect_all()),
            MPS_RES_OK);
  EXPECT_EQ(mps_ap_alloc_pattern_end(ap_, mps_alloc_pattern_ramp()),
            MPS_RES_OK);
  EXPECT_EQ(mps_ap_alloc_pattern_end(ap_, mps_alloc_pattern_ramp()),
            MPS_RES_FAIL);
  EXPECT_EQ(mps_ap_alloc_pattern_begin(ap_, mps_alloc_pattern_ramp()),
            MPS_RES_OK);
  EXPECT_EQ(mps_ap_alloc_pattern_reset(ap_), MPS_RES_OK);
  EXPECT_EQ(mps_ap_alloc_pattern_reset(ap_), MPS_RES_OK);
  EXPECT_EQ(mps_ap_alloc_pattern_end(ap_, mps_alloc_pattern_ramp()),
            MPS_RES_FAIL);
}

TEST_F(AllocationPointTest, FramesAreAcceptedBetweenReservations) {
  mps_frame_t frame = nullptr;
  EXPECT_EQ(mps_ap_frame_push(&frame, ap_), MPS_RES_OK);
  object_ = makeList(10);
  mps_addr_t p = nullptr;
  ASSERT_EQ(mps_reserve(&p, ap_, sizeof(pair_s)), MPS_RES_OK);
  mps_frame_t inner = nullptr;
  EXPECT_EQ(mps_ap_frame_push(&inner, ap_), MPS_RES_FAIL);
  EXPECT_EQ(mps_ap_frame_pop(ap_, frame), MPS_RES_FAIL);
  fillPair(p);
  mps_commit(ap_, p, sizeof(pair_s));
  EXPECT_EQ(mps_ap_frame_pop(ap_, frame), MPS_RES_OK);
  expectList(object_, 10);
}

TEST_F(AllocationPointTest, KeyOfHashArraysIsUsed) {
  mps_ap_t ap = nullptr;
  MPS_ARGS_BEGIN(args) {
    MPS_ARGS_ADD(args, MPS_KEY_AP_HASH_ARRAYS, 1);
    ASSERT_EQ(mps_ap_create_k(&ap, heap_.pool, args), MPS_RES_OK);
    EXPECT_EQ(args[0].key, MPS_KEY_ARGS_END);
  }
  MPS_ARGS_END(args);
  mps_ap_destroy(ap);
}

} // namespace
