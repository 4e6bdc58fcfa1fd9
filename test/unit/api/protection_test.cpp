// Generations of clients that have no write barrier: what is old is protected,
// and scanned again only where somebody has stored into it.
#include "lisp_heap_test.h"

#include "api/arena_handle.h"

#include <thread>

using namespace mps;

namespace {

std::size_t scannedBytes;

mps_res_t countingScan(mps_ss_t ss, mps_addr_t base, mps_addr_t limit) {
  scannedBytes += Address::of(limit) - Address::of(base);
  return lisp_scan(ss, base, limit);
}

class ClientProtectionTest : public LispHeapTest {
protected:
  static constexpr mps_word_t kLength = 50000;

  void SetUp() override {
    LispHeapTest::SetUp();
    arena()->settings().verify = true;
    MPS_ARGS_BEGIN(args) {
      MPS_ARGS_ADD(args, MPS_KEY_FMT_ALIGN, WORD);
      MPS_ARGS_ADD(args, MPS_KEY_FMT_SCAN, countingScan);
      MPS_ARGS_ADD(args, MPS_KEY_FMT_SKIP, lisp_skip);
      MPS_ARGS_ADD(args, MPS_KEY_FMT_FWD, lisp_fwd);
      MPS_ARGS_ADD(args, MPS_KEY_FMT_ISFWD, lisp_isfwd);
      MPS_ARGS_ADD(args, MPS_KEY_FMT_PAD, lisp_pad);
      ASSERT_EQ(mps_fmt_create_k(&format_, arena(), args), MPS_RES_OK);
    }
    MPS_ARGS_END(args);
    MPS_ARGS_BEGIN(args) {
      MPS_ARGS_ADD(args, MPS_KEY_FORMAT, format_);
      MPS_ARGS_ADD(args, MPS_KEY_CHAIN, heap_.chain);
      ASSERT_EQ(mps_pool_create_k(&counted_, arena(), mps_class_amc(), args),
                MPS_RES_OK);
    }
    MPS_ARGS_END(args);
    mps_ap_destroy(ap_);
    ASSERT_EQ(mps_ap_create_k(&ap_, counted_, mps_args_none), MPS_RES_OK);
  }
  void TearDown() override {
    mps_arena_park(arena());
    mps_ap_destroy(ap_);
    mps_pool_destroy(counted_);
    mps_fmt_destroy(format_);
    ASSERT_EQ(mps_ap_create_k(&ap_, heap_.pool, mps_args_none), MPS_RES_OK);
    LispHeapTest::TearDown();
  }

  static Segment &segmentOf(const void *object, mps_arena_t arena) {
    return *arena->arena().segmentOf(Address::of(object));
  }
  bool isProtected(const void *object) {
    return Protection::isProtected(segmentOf(object, arena()));
  }
  void collectYoung() {
    platform::Locked locked(arena()->lock());
    arena()->collect(Heap::Scope::Young, "test");
  }
  /// Without the verifier's.
  std::size_t scannedInYoung() {
    arena()->settings().verify = false;
    scannedBytes = 0;
    collectYoung();
    arena()->settings().verify = true;
    return scannedBytes;
  }
  [[gnu::noinline]] object_t middleOf(object_t list) {
    for (mps_word_t i = 0; i < kLength / 2; ++i)
      list = list->pair.tail;
    return list;
  }

  /// To the language, a race with the collector; but that stops the thread.
  [[gnu::noinline, gnu::no_sanitize("thread")]] static void
  copyElement(object_t vector, mps_word_t to, mps_word_t from) {
    vector->vector.element[to] = vector->vector.element[from];
  }

  mps_fmt_t format_ = nullptr;
  mps_pool_t counted_ = nullptr;
};

TEST_F(ClientProtectionTest, WhatIsOldIsProtected) {
  object_ = makeList(kLength);
  EXPECT_FALSE(isProtected(object_));
  collect();
  collect();
  EXPECT_TRUE(isProtected(middleOf(object_)));
  expectList(object_, kLength);
}

TEST_F(ClientProtectionTest, YoungCollectionScansWhatIsDirtyAlone) {
  object_ = makeList(kLength);
  collect();
  collect();
  collectYoung();
  std::size_t clean = scannedInYoung();
  EXPECT_LT(clean, 3 * Arena::kStandardSegment);
  middleOf(object_)->pair.head = nullptr;
  std::size_t dirty = scannedInYoung();
  EXPECT_GT(dirty, clean);
  EXPECT_LE(dirty, clean + Arena::kStandardSegment);
  EXPECT_TRUE(isProtected(middleOf(object_)));
  EXPECT_EQ(scannedInYoung(), clean);
}

/// Each of four passes read them for each call again, and none was so short
/// that it was the last.
TEST_F(ClientProtectionTest, TablesAreReadAheadOnce) {
  object_ = makeList(kLength);
  collect();
  collect();
  for (object_t each = object_; each != nullptr; each = each->pair.tail)
    each->pair.head = nullptr;
  platform::Locked locked(arena()->lock());
  std::size_t grains = 0;
  for (const Chunk *each = arena()->arena().firstChunk(); each;
       each = each->next)
    grains += each->grainOf(each->highest);
  ProtectionAhead ahead(arena()->arena());
  auto lookedAt = [&](std::uint64_t nanoseconds) {
    std::size_t before = ahead.lookedAt();
    bool isDone = ahead.step(nanoseconds);
    return std::pair(ahead.lookedAt() - before, isDone);
  };
  for (int i = 0; i < 3; ++i) {
    auto [looked, isDone] = lookedAt(0);
    EXPECT_FALSE(isDone);
    EXPECT_GT(looked, 0u);
    EXPECT_LE(looked, 20u) << "16, and what stays open";
  }
  constexpr std::uint64_t kLong = ~std::uint64_t(0) / 2;
  EXPECT_FALSE(ahead.step(kLong)) << "the end of a pass in several steps";
  EXPECT_EQ(ahead.read(), grains);
  auto [looked, isDone] = lookedAt(kLong);
  EXPECT_TRUE(isDone);
  EXPECT_LE(looked, 4u);
  EXPECT_EQ(ahead.read(), grains);
}

TEST_F(ClientProtectionTest, YoungObjectInOldOneLives) {
  object_ = makeList(kLength);
  collect();
  collect();
  for (mps_word_t i = 0; i < 20; ++i) {
    middleOf(object_)->pair.head = make_integer(ap_, 1000 + i);
    collectYoung();
    ASSERT_EQ(middleOf(object_)->pair.head->integer.value, 1000 + i);
  }
}

TEST_F(ClientProtectionTest, GenerationsBetweenAreFollowedToTheTop) {
  object_ = makeList(kLength);
  collect();
  collect();
  object_t middle = middleOf(object_);
  middle->pair.head = make_integer(ap_, 7);
  for (int i = 0; i < 4; ++i) {
    collectYoung();
    ASSERT_EQ(middleOf(object_)->pair.head->integer.value, 7u);
  }
}

TEST_F(ClientProtectionTest, StressAndVerifyFindNothing) {
  arena()->settings().stress = Stress::Alloc;
  arena()->applySettings();
  object_ = make_vector(ap_, 1000, nullptr);
  for (mps_word_t i = 0; i < 4000; ++i) {
    object_t pair = make_pair(ap_, make_integer(ap_, i),
                              object_->vector.element[i * 7 % 1000]);
    object_->vector.element[i * 7 % 1000] = pair;
  }
  mps_word_t count = 0;
  for (mps_word_t i = 0; i < 1000; ++i)
    for (object_t each = object_->vector.element[i]; each != nullptr;
         each = each->pair.tail)
      ++count;
  EXPECT_EQ(count, 4000u);
}

TEST_F(ClientProtectionTest, WithoutMappingsAllIsDirtyAndRight) {
  Protection::setMostBoundaries(Protection::boundaries());
  object_ = makeList(kLength);
  collect();
  collect();
  EXPECT_FALSE(isProtected(middleOf(object_)));
  middleOf(object_)->pair.head = make_integer(ap_, 9);
  collectYoung();
  EXPECT_EQ(middleOf(object_)->pair.head->integer.value, 9u);
  Protection::setMostBoundaries(platform::mostMappings() / 2);
}

/// The other thread takes no lock: under the thread sanitizer a signal does not
/// get to one that sleeps for it.
TEST_F(ClientProtectionTest, ThreadsStoreWhileTheWorldIsStopped) {
  constexpr mps_word_t kElements = 20000;
  object_ = make_vector(ap_, kElements, make_integer(ap_, 0));
  collect();
  collect();
  std::atomic<bool> isDone{false};
  std::thread other([&] {
    mps_thr_t thread;
    mps_root_t stack;
    void *cold = &cold;
    ASSERT_EQ(mps_thread_reg(&thread, arena()), MPS_RES_OK);
    ASSERT_EQ(mps_root_create_thread(&stack, arena(), thread, cold),
              MPS_RES_OK);
    for (mps_word_t i = 0; !isDone; i = (i + 17) % (kElements - 17))
      copyElement(object_, i + 17, i);
    mps_root_destroy(stack);
    mps_thread_dereg(thread);
  });
  for (mps_word_t i = 1; i <= 100; ++i) {
    object_->vector.element[0] = make_integer(ap_, i);
    collectYoung();
  }
  isDone = true;
  other.join();
  for (mps_word_t i = 0; i < kElements; ++i)
    ASSERT_LE(object_->vector.element[i]->integer.value, 100u);
}

using ClientProtectionDeathTest = ClientProtectionTest;

TEST_F(ClientProtectionDeathTest, StoreThatDoesNotFaultBreaksV9) {
  object_ = makeList(kLength);
  collect();
  collect();
  object_t old = middleOf(object_);
  ASSERT_TRUE(isProtected(old));
  platform::makeWritable(segmentOf(old, arena()).extent);
  old->pair.head = make_integer(ap_, 7);
  EXPECT_DEATH(collectYoung(),
               "V9: object 0x.* holds 0x.*, of generation 0: its segment is "
               "protected");
}

} // namespace
