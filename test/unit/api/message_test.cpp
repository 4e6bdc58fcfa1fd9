// Messages and finalization through mps.h.
#include "lisp_heap_test.h"

#include "api/arena_handle.h"

#include <algorithm>
#include <map>
#include <random>
#include <vector>

namespace {

class MessageTest : public LispHeapTest {
protected:
  void SetUp() override {
    LispHeapTest::SetUp();
    arena()->settings().verify = true;
    mps_root_destroy(stack_); // Nothing is kept that is not in `object_`.
  }
  void TearDown() override {
    ASSERT_EQ(mps_root_create_thread(&stack_, arena(), thread_, &stack_),
              MPS_RES_OK);
    LispHeapTest::TearDown();
  }

  void makeGarbage(mps_word_t count) {
    for (mps_word_t i = 0; i < count; ++i)
      make_integer(ap_, i);
  }
  void enable(mps_message_type_t type) {
    mps_message_type_enable(arena(), type);
  }
  void enableAll() {
    for (mps_message_type_t type = 0; type < 3; ++type)
      enable(type);
  }
  /// Null if there is none.
  mps_message_t get(mps_message_type_t type) {
    mps_message_t message = nullptr;
    mps_message_get(&message, arena(), type);
    return message;
  }
  object_t blockOf(mps_message_t message) {
    mps_addr_t block = nullptr;
    mps_message_finalization_ref(&block, arena(), message);
    return static_cast<object_t>(block);
  }
  void registerBlock(object_t block) {
    mps_addr_t cell = block;
    ASSERT_EQ(mps_finalize(arena(), &cell), MPS_RES_OK);
  }
  mps_res_t definalize(object_t block) {
    mps_addr_t cell = block;
    return mps_definalize(arena(), &cell);
  }
  /// The numbers of the blocks whose messages are in the queue, in order.
  std::vector<mps_word_t> finalized() {
    std::vector<mps_word_t> numbers;
    while (mps_message_t message = get(mps_message_type_finalization())) {
      numbers.push_back(blockOf(message)->integer.value);
      mps_message_discard(arena(), message);
    }
    std::sort(numbers.begin(), numbers.end());
    return numbers;
  }
};

TEST_F(MessageTest, TypesAreConstantExpressions) {
  switch (mps_message_type_t(1)) {
  case mps_message_type_finalization():
  case mps_message_type_gc_start():
    FAIL();
  case mps_message_type_gc():
    break;
  }
}

TEST_F(MessageTest, NothingIsPostedUnlessEnabled) {
  object_ = make_integer(ap_, 1);
  registerBlock(object_);
  object_ = nullptr;
  collect();
  EXPECT_FALSE(mps_message_poll(arena()));
  enableAll();
  collect();
  EXPECT_EQ(finalized(), std::vector<mps_word_t>{})
      << "its registration was used up";
}

TEST_F(MessageTest, CollectionPostsStartBlocksAndEnd) {
  enableAll();
  object_ = make_pair(ap_, make_integer(ap_, 1), make_integer(ap_, 2));
  registerBlock(object_->pair.head);
  object_->pair.head = nullptr;
  collect();
  mps_message_type_t type = 7;
  ASSERT_TRUE(mps_message_queue_type(&type, arena()));
  EXPECT_EQ(type, mps_message_type_gc_start());
  mps_message_t start = get(type);
  EXPECT_EQ(mps_message_type(arena(), start), type);
  EXPECT_LT(strlen(mps_message_gc_start_why(arena(), start)), 128u);
  ASSERT_TRUE(mps_message_queue_type(&type, arena()));
  EXPECT_EQ(type, mps_message_type_finalization());
  mps_message_t dying = get(type);
  EXPECT_EQ(mps_message_clock(arena(), dying), 0u);
  EXPECT_EQ(blockOf(dying)->integer.value, 1u);
  ASSERT_TRUE(mps_message_queue_type(&type, arena()));
  EXPECT_EQ(type, mps_message_type_gc());
  mps_message_t end = get(type);
  EXPECT_GE(mps_message_clock(arena(), end), mps_message_clock(arena(), start));
  EXPECT_EQ(mps_message_gc_number(arena(), end),
            mps_message_gc_number(arena(), start));
  EXPECT_EQ(mps_message_gc_live_size(arena(), end),
            sizeof(pair_s) + 2 * sizeof(integer_s));
  EXPECT_GE(mps_message_gc_condemned_size(arena(), end),
            sizeof(pair_s) + 2 * sizeof(integer_s));
  EXPECT_FALSE(mps_message_poll(arena()));
  EXPECT_FALSE(mps_message_queue_type(&type, arena()));
  for (mps_message_t each : {start, dying, end})
    mps_message_discard(arena(), each);
}

TEST_F(MessageTest, StartsAndEndsAlternate) {
  enable(mps_message_type_gc());
  enable(mps_message_type_gc_start());
  makeGarbage(600000);
  mps_message_type_t type = 0;
  unsigned pairs = 0;
  while (mps_message_queue_type(&type, arena())) {
    ASSERT_EQ(type, mps_message_type_gc_start());
    mps_message_t start = get(type);
    ASSERT_TRUE(mps_message_queue_type(&type, arena()));
    ASSERT_EQ(type, mps_message_type_gc());
    mps_message_t end = get(type);
    EXPECT_EQ(mps_message_gc_number(arena(), start),
              mps_message_gc_number(arena(), end));
    mps_message_discard(arena(), start);
    mps_message_discard(arena(), end);
    ++pairs;
  }
  EXPECT_GT(pairs, 5u);
}

TEST_F(MessageTest, CollectionOfNothingPostsNothing) {
  enableAll();
  EXPECT_EQ(mps_arena_collect(arena()), MPS_RES_OK);
  EXPECT_FALSE(mps_message_poll(arena()));
}

TEST_F(MessageTest, GettingATypeLeavesTheOthersInTheirPlaces) {
  enableAll();
  object_ = make_integer(ap_, 1);
  collect();
  mps_message_t end = get(mps_message_type_gc());
  ASSERT_NE(end, nullptr);
  mps_message_discard(arena(), end);
  mps_message_type_t type = 0;
  ASSERT_TRUE(mps_message_queue_type(&type, arena()));
  EXPECT_EQ(type, mps_message_type_gc_start());
  mps_message_type_disable(arena(), type);
  EXPECT_FALSE(mps_message_poll(arena())) << "disabling discards";
}

TEST_F(MessageTest, MessageKeepsItsBlockUntilDiscarded) {
  enable(mps_message_type_finalization());
  object_ = make_pair(ap_, makeList(100), nullptr);
  registerBlock(object_);
  object_ = nullptr;
  collect();
  collect();
  mps_message_t message = get(mps_message_type_finalization());
  ASSERT_NE(message, nullptr);
  collect();
  object_t block = blockOf(message);
  expectList(block->pair.head, 100);
  object_ = block; // It lives again.
  mps_message_discard(arena(), message);
  collect();
  expectList(object_->pair.head, 100);
  registerBlock(object_);
  object_ = nullptr;
  collect();
  message = get(mps_message_type_finalization());
  ASSERT_NE(message, nullptr) << "it was registered again";
  mps_message_discard(arena(), message);
}

TEST_F(MessageTest, BlockIsFinalizedAtMostAsOftenAsRegistered) {
  enable(mps_message_type_finalization());
  object_ = make_integer(ap_, 5);
  for (int i = 0; i < 3; ++i)
    registerBlock(object_);
  object_ = nullptr;
  for (int i = 0; i < 3; ++i) {
    collect();
    EXPECT_EQ(finalized(), std::vector<mps_word_t>{5});
  }
  collect();
  EXPECT_EQ(finalized(), std::vector<mps_word_t>{});
}

TEST_F(MessageTest, DefinalizeRemovesOneRegistration) {
  object_ = make_integer(ap_, 5);
  EXPECT_EQ(definalize(object_), MPS_RES_FAIL);
  registerBlock(object_);
  registerBlock(object_);
  collect(); // It has moved.
  EXPECT_EQ(definalize(object_), MPS_RES_OK);
  EXPECT_EQ(definalize(object_), MPS_RES_OK);
  EXPECT_EQ(definalize(object_), MPS_RES_FAIL);
}

TEST_F(MessageTest, WeakReferenceIsSplatOnlyAfterFinalization) {
  enable(mps_message_type_finalization());
  mps_addr_t weak[2] = {};
  mps_root_t root = nullptr;
  ASSERT_EQ(mps_root_create_table(&root, arena(), mps_rank_weak(), 0, weak, 2),
            MPS_RES_OK);
  object_ = make_pair(ap_, make_integer(ap_, 1), nullptr);
  registerBlock(object_);
  weak[0] = object_;
  weak[1] = object_->pair.head;
  object_ = nullptr;
  collect();
  mps_message_t message = get(mps_message_type_finalization());
  ASSERT_NE(message, nullptr);
  EXPECT_EQ(weak[0], blockOf(message));
  EXPECT_EQ(weak[1], blockOf(message)->pair.head);
  mps_message_discard(arena(), message);
  collect();
  EXPECT_EQ(weak[0], nullptr);
  EXPECT_EQ(weak[1], nullptr);
  mps_root_destroy(root);
}

TEST_F(MessageTest, MistakesAssert) {
  Assertions assertions;
  mps_addr_t cell = nullptr;
  EXPECT_EQ(mps_finalize(arena(), &cell), MPS_RES_PARAM);
  EXPECT_EQ(assertions.count(), 1);
  cell = &cell;
  EXPECT_EQ(mps_definalize(arena(), &cell), MPS_RES_PARAM);
  EXPECT_EQ(assertions.count(), 2);
  mps_message_type_enable(arena(), 3);
  EXPECT_EQ(assertions.count(), 3);
  enableAll();
  object_ = make_integer(ap_, 1);
  collect();
  mps_message_t start = get(mps_message_type_gc_start());
  mps_message_gc_live_size(arena(), start);
  EXPECT_EQ(assertions.count(), 4);
  mps_message_discard(arena(), start);
  mps_message_discard(arena(), start);
  EXPECT_EQ(assertions.count(), 5);
}

TEST_F(MessageTest, PoolWithRegisteredBlocksMayGo) {
  mps_pool_t pool = nullptr;
  MPS_ARGS_BEGIN(args) {
    MPS_ARGS_ADD(args, MPS_KEY_FORMAT, heap_.fmt);
    ASSERT_EQ(mps_pool_create_k(&pool, arena(), mps_class_amcz(), args),
              MPS_RES_OK);
  }
  MPS_ARGS_END(args);
  mps_ap_t ap = nullptr;
  ASSERT_EQ(mps_ap_create_k(&ap, pool, mps_args_none), MPS_RES_OK);
  for (int i = 0; i < 100; ++i)
    registerBlock(make_integer(ap, 1));
  mps_ap_destroy(ap);
  mps_pool_destroy(pool);
}

/// A model tells which blocks must have been told after each full collection.
TEST_F(MessageTest, RandomRegistrationsAreToldAsTheModelPredicts) {
  unsigned seed = std::random_device()();
  RecordProperty("seed", int(seed));
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  enable(mps_message_type_finalization());
  constexpr mps_word_t kBlocks = 200;
  object_ = make_vector(ap_, kBlocks, nullptr);
  std::map<mps_word_t, unsigned> registrations; // By block, living or not.
  std::map<mps_word_t, mps_word_t> numberAt;    // By place in the vector.
  mps_word_t next = 0;
  for (int round = 0; round < 60; ++round) {
    for (int i = 0; i < 100; ++i) {
      mps_word_t place = random() % kBlocks;
      switch (random() % 4) {
      case 0: {
        object_t made = make_integer(ap_, ++next);
        object_->vector.element[place] = made;
        numberAt[place] = next;
        break;
      }
      case 1:
        object_->vector.element[place] = nullptr;
        numberAt.erase(place);
        break;
      case 2:
        if (numberAt.count(place) != 0) {
          registerBlock(object_->vector.element[place]);
          ++registrations[numberAt[place]];
        }
        break;
      default:
        if (numberAt.count(place) != 0) {
          unsigned &count = registrations[numberAt[place]];
          EXPECT_EQ(definalize(object_->vector.element[place]),
                    count != 0 ? MPS_RES_OK : MPS_RES_FAIL);
          count -= count != 0;
        }
      }
    }
    if (random() % 3 == 0)
      makeGarbage(20000);
    collect();
    std::vector<mps_word_t> expected;
    for (auto &[number, count] : registrations) {
      bool lives = std::any_of(
          numberAt.begin(), numberAt.end(),
          [&, sought = number](auto &each) { return each.second == sought; });
      if (!lives && count != 0) {
        --count;
        expected.push_back(number);
      }
    }
    EXPECT_EQ(finalized(), expected);
  }
}

} // namespace
