// Old collections of clients' objects with headers, in increments: references
// lead behind the word that an object begins with.
#include "lisp_heap_test.h"

#include "api/arena_handle.h"

using namespace mps;

namespace {

constexpr std::size_t kHeader = WORD;

/// 0, or of padding its size and 1.
mps_word_t &headerOf(mps_addr_t p) { return static_cast<mps_word_t *>(p)[-1]; }

mps_addr_t skip(mps_addr_t p) {
  if (headerOf(p) & 1)
    return static_cast<char *>(p) + (headerOf(p) & ~mps_word_t(1));
  return static_cast<char *>(lisp_skip(p)) + kHeader;
}

mps_res_t scan(mps_ss_t ss, mps_addr_t base, mps_addr_t limit) {
  for (; base < limit; base = skip(base))
    if (!(headerOf(base) & 1))
      if (mps_res_t res = lisp_scan_object(ss, object_t(base)))
        return res;
  return MPS_RES_OK;
}

/// What padding is in may have been forwarded once.
mps_addr_t forwarded(mps_addr_t p) {
  return headerOf(p) & 1 ? nullptr : lisp_isfwd(p);
}

void pad(mps_addr_t base, size_t size) {
  *static_cast<mps_word_t *>(base) = size | 1;
}

/// The fixture's own pool has objects without headers.
class HeaderIncrementsTest : public LispHeapTest {
protected:
  static constexpr mps_word_t kLength = 20000;
  using Phase = OldCollection::Phase;

  void SetUp() override {
    LispHeapTest::SetUp();
    arena()->settings().verify = true;
    MPS_ARGS_BEGIN(args) {
      MPS_ARGS_ADD(args, MPS_KEY_FMT_ALIGN, WORD);
      MPS_ARGS_ADD(args, MPS_KEY_FMT_HEADER_SIZE, kHeader);
      MPS_ARGS_ADD(args, MPS_KEY_FMT_SCAN, scan);
      MPS_ARGS_ADD(args, MPS_KEY_FMT_SKIP, skip);
      MPS_ARGS_ADD(args, MPS_KEY_FMT_FWD, lisp_fwd);
      MPS_ARGS_ADD(args, MPS_KEY_FMT_ISFWD, forwarded);
      MPS_ARGS_ADD(args, MPS_KEY_FMT_PAD, pad);
      ASSERT_EQ(mps_fmt_create_k(&format_, arena(), args), MPS_RES_OK);
    }
    MPS_ARGS_END(args);
    makePool(pool_, point_, mps_class_amc());
    makePool(leafPool_, leafPoint_, mps_class_amcz());
  }
  void TearDown() override {
    mps_arena_park(arena());
    for (mps_ap_t each : {point_, leafPoint_})
      mps_ap_destroy(each);
    for (mps_pool_t each : {pool_, leafPool_})
      mps_pool_destroy(each);
    mps_fmt_destroy(format_);
    LispHeapTest::TearDown();
  }
  void makePool(mps_pool_t &pool, mps_ap_t &point, mps_pool_class_t cls) {
    MPS_ARGS_BEGIN(args) {
      MPS_ARGS_ADD(args, MPS_KEY_FORMAT, format_);
      MPS_ARGS_ADD(args, MPS_KEY_CHAIN, heap_.chain);
      ASSERT_EQ(mps_pool_create_k(&pool, arena(), cls, args), MPS_RES_OK);
    }
    MPS_ARGS_END(args);
    ASSERT_EQ(mps_ap_create_k(&point, pool, mps_args_none), MPS_RES_OK);
  }
  template <typename Initialise>
  static object_t make(mps_ap_t ap, size_t size, Initialise initialise) {
    mps_addr_t p;
    object_t object;
    do {
      EXPECT_EQ(mps_reserve(&p, ap, size + kHeader), MPS_RES_OK);
      object = object_t(static_cast<char *>(p) + kHeader);
      headerOf(object) = 0;
      initialise(*object);
    } while (!mps_commit(ap, p, size + kHeader));
    return object;
  }
  [[gnu::noinline]] object_t makeListWithHeaders(mps_word_t count) {
    object_t list = nullptr;
    for (mps_word_t i = 0; i < count; ++i) {
      object_t integer = make(leafPoint_, sizeof(integer_s), [&](object_u &to) {
        to.integer = {INTEGER, i};
      });
      list = make(point_, sizeof(pair_s), [&](object_u &to) {
        to.pair = {PAIR, integer, list};
      });
    }
    return list;
  }
  void collectOf(Heap::Scope scope) {
    platform::Locked locked(arena()->lock());
    arena()->collect(scope, "test");
  }
  void begin() {
    collectOf(Heap::Scope::Begin);
    ASSERT_EQ(arena()->old().phase(), Phase::Marking);
  }
  void hurry() {
    platform::Locked locked(arena()->lock());
    while (arena()->old().isRunning()) {
      arena()->old().hurry();
      if (arena()->old().isReadyToEnd())
        arena()->collect(Heap::Scope::End, "test");
    }
  }
  std::size_t used() {
    platform::Locked locked(arena()->lock());
    return arena()->arena().used();
  }
  [[gnu::noinline]] void makeGarbage() {
    object_t list = makeListWithHeaders(10 * kLength);
    EXPECT_NE(list, nullptr);
  }

  mps_fmt_t format_;
  mps_pool_t pool_, leafPool_;
  mps_ap_t point_, leafPoint_;
};

TEST_F(HeaderIncrementsTest, GarbageGoesAndTheRestStays) {
  object_ = makeListWithHeaders(kLength);
  makeGarbage();
  collectOf(Heap::Scope::Settle);
  std::size_t before = used();
  begin();
  hurry();
  EXPECT_LT(used(), before / 2);
  expectList(object_, kLength);
}

TEST_F(HeaderIncrementsTest, WhatIsOverwrittenWasOfTheSnapshot) {
  object_ = makeListWithHeaders(kLength);
  begin();
  object_t rest = object_->pair.tail; // On the stack only.
  object_->pair.tail = nullptr;
  collectOf(Heap::Scope::Young);
  hurry();
  expectList(rest, kLength - 1);
}

} // namespace
