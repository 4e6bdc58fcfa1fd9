// Location dependencies through mps.h.
#include "lisp_heap_test.h"

namespace {

class LocationTest : public LispHeapTest {};

TEST_F(LocationTest, NothingAddedIsNeverStale) {
  mps_ld_s ld;
  mps_ld_reset(&ld, arena());
  object_ = makeList(10);
  collect();
  EXPECT_FALSE(mps_ld_isstale(&ld, arena(), object_));
  EXPECT_FALSE(mps_ld_isstale_any(&ld, arena()));
}

TEST_F(LocationTest, AddedBlockIsStaleOnceItMoved) {
  mps_ld_s ld;
  mps_ld_reset(&ld, arena());
  object_ = makeList(10);
  mps_ld_add(&ld, arena(), object_);
  EXPECT_FALSE(mps_ld_isstale(&ld, arena(), object_));
  collect();
  EXPECT_TRUE(mps_ld_isstale(&ld, arena(), object_));
  EXPECT_TRUE(mps_ld_isstale_any(&ld, arena()));
  mps_ld_reset(&ld, arena());
  mps_ld_add(&ld, arena(), object_);
  EXPECT_FALSE(mps_ld_isstale(&ld, arena(), object_));
}

TEST_F(LocationTest, MergedSetIsAsOldAsItsOldest) {
  mps_ld_s old, fresh;
  mps_ld_reset(&old, arena());
  mps_ld_reset(&fresh, arena());
  object_ = makeList(10);
  mps_ld_add(&old, arena(), object_);
  collect();
  mps_ld_add(&fresh, arena(), object_);
  EXPECT_FALSE(mps_ld_isstale_any(&fresh, arena()));
  mps_ld_merge(&fresh, arena(), &old);
  EXPECT_TRUE(mps_ld_isstale_any(&fresh, arena()));
}

} // namespace
