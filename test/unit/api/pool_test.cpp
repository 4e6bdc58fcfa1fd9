// Pools, chains and formats through mps.h.
#include "lisp_heap_test.h"

namespace {

class PoolTest : public LispHeapTest {};

TEST_F(PoolTest, FormatIsRequiredByName) {
  Assertions assertions;
  mps_pool_t pool = nullptr;
  EXPECT_NE(mps_pool_create_k(&pool, arena(), mps_class_amc(), mps_args_none),
            MPS_RES_OK);
  EXPECT_EQ(assertions.text(), "MPS_KEY_FORMAT");
  EXPECT_EQ(pool, nullptr);
}

TEST_F(PoolTest, ClassesAreTheSameHandleEveryTime) {
  EXPECT_EQ(mps_class_amc(), mps_class_amc());
  EXPECT_NE(mps_class_amc(), mps_class_amcz());
}

TEST_F(PoolTest, EveryKeyOfTheClassIsUsed) {
  mps_pool_t pool = nullptr;
  MPS_ARGS_BEGIN(args) {
    MPS_ARGS_ADD(args, MPS_KEY_FORMAT, heap_.fmt);
    MPS_ARGS_ADD(args, MPS_KEY_CHAIN, heap_.chain);
    MPS_ARGS_ADD(args, MPS_KEY_INTERIOR, 0);
    MPS_ARGS_ADD(args, MPS_KEY_EXTEND_BY, 65536);
    MPS_ARGS_ADD(args, MPS_KEY_LARGE_SIZE, 32768);
    ASSERT_EQ(mps_pool_create_k(&pool, arena(), mps_class_amcz(), args),
              MPS_RES_OK);
    EXPECT_EQ(args[0].key, MPS_KEY_ARGS_END);
  }
  MPS_ARGS_END(args);
  mps_pool_destroy(pool);
}

TEST_F(PoolTest, VarargsCreatorTakesFormatAndChain) {
  mps_pool_t pool = nullptr;
  ASSERT_EQ(
      mps_pool_create(&pool, arena(), mps_class_amc(), heap_.fmt, heap_.chain),
      MPS_RES_OK);
  mps_pool_destroy(pool);
}

TEST_F(PoolTest, FreeSizeIsPartOfTotalSize) {
  object_ = makeList(10000);
  size_t live = 10000 * (sizeof(pair_s) + sizeof(integer_s));
  EXPECT_GE(mps_pool_total_size(heap_.pool), live);
  EXPECT_LE(mps_pool_free_size(heap_.pool), mps_pool_total_size(heap_.pool));
}

TEST_F(PoolTest, LeafObjectsAreNotScanned) {
  mps_pool_t pool = nullptr;
  mps_ap_t ap = nullptr;
  MPS_ARGS_BEGIN(args) {
    MPS_ARGS_ADD(args, MPS_KEY_FORMAT, heap_.fmt);
    MPS_ARGS_ADD(args, MPS_KEY_CHAIN, heap_.chain);
    ASSERT_EQ(mps_pool_create_k(&pool, arena(), mps_class_amcz(), args),
              MPS_RES_OK);
  }
  MPS_ARGS_END(args);
  ASSERT_EQ(mps_ap_create_k(&ap, pool, mps_args_none), MPS_RES_OK);
  // What looks like a reference in a leaf object is not updated, and its
  // bits are copied with the object.
  object_ = make_pair(ap, reinterpret_cast<object_t>(0x1000), nullptr);
  object_t before = object_;
  mps_root_destroy(stack_);
  collect();
  EXPECT_NE(object_, before) << "only an exact root refers to it";
  EXPECT_EQ(object_->pair.head, reinterpret_cast<object_t>(0x1000));
  ASSERT_EQ(mps_root_create_thread(&stack_, arena(), thread_, &ap), MPS_RES_OK);
  mps_arena_park(arena());
  mps_ap_destroy(ap);
  object_ = nullptr;
  mps_pool_destroy(pool);
}

TEST_F(PoolTest, DestroyAssertsWhileThereIsAnAllocationPoint) {
  Assertions assertions;
  mps_pool_destroy(heap_.pool);
  EXPECT_EQ(assertions.count(), 1);
}

TEST_F(PoolTest, FormatInUseIsNotDestroyed) {
  Assertions assertions;
  mps_fmt_destroy(heap_.fmt);
  EXPECT_EQ(assertions.count(), 1);
}

TEST_F(PoolTest, ChainInUseIsNotDestroyed) {
  Assertions assertions;
  mps_chain_destroy(heap_.chain);
  EXPECT_EQ(assertions.count(), 1);
}

TEST_F(PoolTest, ChainParametersAreChecked) {
  Assertions assertions;
  mps_chain_t chain = nullptr;
  mps_gen_param_s noCapacity = {0, 0.5};
  mps_gen_param_s badMortality = {100, 1.5};
  EXPECT_NE(mps_chain_create(&chain, arena(), 1, &noCapacity), MPS_RES_OK);
  EXPECT_EQ(assertions.count(), 1);
  EXPECT_NE(mps_chain_create(&chain, arena(), 1, &badMortality), MPS_RES_OK);
  EXPECT_EQ(assertions.count(), 2);
  EXPECT_NE(mps_chain_create(&chain, arena(), 0, &badMortality), MPS_RES_OK);
  EXPECT_EQ(assertions.count(), 3);
  EXPECT_EQ(chain, nullptr);
}

TEST_F(PoolTest, FormatAlignmentMustBeAPowerOfTwo) {
  Assertions assertions;
  mps_fmt_t fmt = nullptr;
  MPS_ARGS_BEGIN(args) {
    MPS_ARGS_ADD(args, MPS_KEY_FMT_ALIGN, 12);
    EXPECT_NE(mps_fmt_create_k(&fmt, arena(), args), MPS_RES_OK);
  }
  MPS_ARGS_END(args);
  EXPECT_EQ(assertions.count(), 1);
}

TEST_F(PoolTest, OldFormatStructuresMakeFormats) {
  mps_fmt_A_s a = {WORD,     lisp_scan,  lisp_skip, nullptr,
                   lisp_fwd, lisp_isfwd, lisp_pad};
  mps_fmt_t fmt = nullptr;
  mps_pool_t pool = nullptr;
  ASSERT_EQ(mps_fmt_create_A(&fmt, arena(), &a), MPS_RES_OK);
  ASSERT_EQ(mps_pool_create(&pool, arena(), mps_class_amc(), fmt, heap_.chain),
            MPS_RES_OK);
  mps_ap_t ap = nullptr;
  ASSERT_EQ(mps_ap_create(&ap, pool), MPS_RES_OK);
  object_ = make_pair(ap, make_integer(ap, 42), nullptr);
  collect();
  EXPECT_EQ(object_->pair.head->integer.value, 42u);
  object_ = nullptr;
  mps_arena_park(arena());
  mps_ap_destroy(ap);
  mps_pool_destroy(pool);
  mps_fmt_destroy(fmt);
}

} // namespace
