// The scanning protocol and the area scanners, through mps.h: which words are
// fixed, and what is stored back.
#include "lisp_heap_test.h"

namespace {

/// The stack of the test is no root here, so that its copies pin nothing.
class ScanTest : public LispHeapTest {
protected:
  void SetUp() override {
    LispHeapTest::SetUp();
    mps_root_destroy(stack_);
  }
  void TearDown() override {
    ASSERT_EQ(mps_root_create_thread(&stack_, arena(), thread_, &stack_),
              MPS_RES_OK);
    LispHeapTest::TearDown();
  }

  static mps_word_t bits(object_t object) {
    return reinterpret_cast<mps_word_t>(object);
  }

  /// Makes words_[i] of a fresh integer i with that tag, and an exact root of
  /// all words with the scanner; collects; destroys the root.
  void collectWith(mps_area_scan_t scan, mps_word_t mask, mps_word_t pattern) {
    for (size_t i = 0; i < kWords; ++i)
      before_[i] = words_[i] = bits(make_integer(ap_, i)) | tags_[i];
    mps_root_t root = nullptr;
    ASSERT_EQ(mps_root_create_area_tagged(&root, arena(), mps_rank_exact(), 0,
                                          words_, words_ + kWords, scan, mask,
                                          pattern),
              MPS_RES_OK);
    collect();
    mps_root_destroy(root);
  }

  void expectMoved(size_t i) {
    EXPECT_NE(words_[i], before_[i]);
    EXPECT_EQ(words_[i] & 7, tags_[i]);
    auto *object = reinterpret_cast<object_t>(words_[i] & ~mps_word_t(7));
    EXPECT_EQ(object->integer.value, i);
  }
  void expectUntouched(size_t i) { EXPECT_EQ(words_[i], before_[i]); }

  static constexpr size_t kWords = 4;
  mps_word_t tags_[kWords] = {0, 1, 2, 3};
  mps_word_t words_[kWords];
  mps_word_t before_[kWords];
};

TEST_F(ScanTest, MaskedScannerTakesEveryTag) {
  collectWith(mps_scan_area_masked, 7, 0);
  for (size_t i = 0; i < kWords; ++i)
    expectMoved(i);
}

TEST_F(ScanTest, TaggedScannerTakesThePatternOnly) {
  collectWith(mps_scan_area_tagged, 3, 2);
  expectUntouched(0);
  expectUntouched(1);
  expectMoved(2);
  expectUntouched(3);
}

TEST_F(ScanTest, TaggedOrZeroScannerTakesPatternAndZero) {
  collectWith(mps_scan_area_tagged_or_zero, 3, 2);
  expectMoved(0);
  expectUntouched(1);
  expectMoved(2);
  expectUntouched(3);
}

TEST_F(ScanTest, InterestTestIsFalseForNullAndForeignAddresses) {
  struct Seen {
    mps_bool_t null, foreign, managed;
  };
  static Seen seen;
  auto scan = [](mps_ss_t ss, void *p, size_t) -> mps_res_t {
    MPS_SCAN_BEGIN(ss) {
      auto *slot = static_cast<mps_addr_t *>(p);
      seen = {MPS_FIX1(ss, nullptr), MPS_FIX1(ss, &seen), MPS_FIX1(ss, *slot)};
      mps_res_t result = MPS_FIX12(ss, slot);
      if (result != MPS_RES_OK)
        return result;
    }
    MPS_SCAN_END(ss);
    return MPS_RES_OK;
  };
  mps_addr_t slot = make_integer(ap_, 5);
  mps_root_t root = nullptr;
  ASSERT_EQ(
      mps_root_create(&root, arena(), mps_rank_exact(), 0, scan, &slot, 0),
      MPS_RES_OK);
  collect();
  mps_root_destroy(root);
  EXPECT_FALSE(seen.null);
  EXPECT_FALSE(seen.foreign);
  EXPECT_TRUE(seen.managed);
  EXPECT_EQ(static_cast<object_t>(slot)->integer.value, 5u);
}

TEST_F(ScanTest, ScannersMayCallScanners) {
  auto scan = [](mps_ss_t ss, void *base, void *limit,
                 void *closure) -> mps_res_t {
    mps_res_t result = MPS_RES_OK;
    MPS_SCAN_BEGIN(ss) {
      MPS_FIX_CALL(ss, result = mps_scan_area(ss, base, limit, closure));
      if (result != MPS_RES_OK)
        return result;
    }
    MPS_SCAN_END(ss);
    return MPS_RES_OK;
  };
  object_t slot = make_integer(ap_, 5);
  object_t before = slot;
  mps_root_t root = nullptr;
  ASSERT_EQ(mps_root_create_area(&root, arena(), mps_rank_exact(), 0, &slot,
                                 &slot + 1, scan, nullptr),
            MPS_RES_OK);
  collect();
  mps_root_destroy(root);
  EXPECT_NE(slot, before);
  EXPECT_EQ(slot->integer.value, 5u);
}

} // namespace
