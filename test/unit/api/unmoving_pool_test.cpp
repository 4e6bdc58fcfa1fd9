// AWL and ephemeron pools through mps.h: weak tables with dependent objects,
// ephemerons, and the holes that dead objects leave.
#include "weak_tables_test.h"

#include <random>
#include <vector>

namespace {

using UnmovingPoolTest = WeakTablesTest;

TEST_F(UnmovingPoolTest, WeakTableLosesItsKeysWithTheirValues) {
  constexpr mps_word_t kLength = 100;
  Table *keys = makeTable(weak_, kLength, PLAIN);
  tables_[0] = keys;
  Table *values = makeTable(exact_, kLength, PLAIN);
  tables_[1] = values;
  keys->dependent = values;
  object_ = make_vector(ap_, kLength, nullptr);
  for (mps_word_t i = 0; i < kLength; ++i) {
    object_t key = make_integer(ap_, i);
    keys->words[i] = key;
    if (i % 2 == 0)
      object_->vector.element[i] = key;
    values->words[i] = make_integer(ap_, 1000 + i);
  }
  for (int round = 0; round < 3; ++round) {
    collect();
    ASSERT_EQ(tables_[0], keys) << "it does not move";
    EXPECT_EQ(keys->splat, kLength / 2);
    for (mps_word_t i = 0; i < kLength; ++i) {
      EXPECT_EQ(keys->words[i], object_->vector.element[i]);
      ASSERT_EQ(values->words[i] != nullptr, i % 2 == 0);
      if (i % 2 == 0)
        EXPECT_EQ(static_cast<object_t>(values->words[i])->integer.value,
                  1000 + i);
    }
  }
}

TEST_F(UnmovingPoolTest, YoungCollectionsUpdateAndSplatOldTables) {
  tables_[0] = makeTable(weak_, 2, PLAIN);
  collect();
  object_ = make_integer(ap_, 7);
  table(0)->words[0] = object_;
  table(0)->words[1] = make_integer(ap_, 8);
  mps_word_t before = mps_collections(arena());
  while (mps_collections(arena()) < before + 3)
    makeGarbage(1000);
  EXPECT_EQ(table(0)->words[0], object_);
  EXPECT_EQ(table(0)->words[1], nullptr);
}

TEST_F(UnmovingPoolTest, EphemeronsKeepValuesOfLivingKeys) {
  constexpr mps_word_t kLength = 50;
  tables_[0] = makeTable(pair_, 2 * kLength, PAIRS);
  object_ = make_vector(ap_, kLength, nullptr);
  for (mps_word_t i = 0; i < kLength; ++i) {
    object_t key = make_integer(ap_, i);
    table(0)->words[i] = key;
    if (i % 2 == 0)
      object_->vector.element[i] = key;
    // The value refers to the key.
    table(0)->words[kLength + i] = make_pair(ap_, key, nullptr);
  }
  collect();
  EXPECT_EQ(table(0)->splat, kLength / 2);
  for (mps_word_t i = 0; i < kLength; ++i) {
    auto *value = static_cast<object_t>(table(0)->words[kLength + i]);
    EXPECT_EQ(table(0)->words[i], object_->vector.element[i]);
    ASSERT_EQ(value != nullptr, i % 2 == 0);
    if (value != nullptr)
      EXPECT_EQ(value->pair.head, table(0)->words[i]);
  }
}

TEST_F(UnmovingPoolTest, ChainThroughManyTablesIsKeptAndThenDies) {
  constexpr mps_word_t kLength = 300;
  object_t key = object_ = make_integer(ap_, 0);
  for (mps_word_t i = 0; i < kLength; ++i) {
    Table *made = makeTable(pair_, 2, PAIRS);
    tables_[i] = made;
    made->words[0] = key;
    made->words[1] = key = make_integer(ap_, i + 1);
  }
  collect();
  for (mps_word_t i = 0; i < kLength; ++i)
    ASSERT_EQ(static_cast<object_t>(table(i)->words[1])->integer.value, i + 1);
  object_ = nullptr;
  collect();
  for (mps_word_t i = 0; i < kLength; ++i) {
    ASSERT_EQ(table(i)->words[1], nullptr);
    EXPECT_EQ(table(i)->splat, 1u);
  }
}

TEST_F(UnmovingPoolTest, HolesAreFilled) {
  for (size_t i = 0; i < kTables; ++i)
    tables_[i] = makeTable(exact_, 100, PLAIN);
  size_t total = mps_pool_total_size(awl_);
  for (int round = 0; round < 20; ++round) {
    for (size_t i = round % 2; i < kTables; i += 2)
      tables_[i] = nullptr;
    collect();
    for (size_t i = round % 2; i < kTables; i += 2)
      tables_[i] = makeTable(exact_, 100, PLAIN);
  }
  EXPECT_LT(mps_pool_total_size(awl_), 2 * total);
  EXPECT_LT(mps_pool_free_size(awl_), mps_pool_total_size(awl_));
  for (size_t i = 0; i < kTables; ++i)
    tables_[i] = nullptr;
  collect();
  EXPECT_LT(mps_pool_total_size(awl_), total / 4) << "empty ones are freed";
}

TEST_F(UnmovingPoolTest, ObjectsAreFoundAndFinalized) {
  tables_[0] = makeTable(exact_, 10, PLAIN);
  mps_addr_t base = nullptr;
  EXPECT_EQ(mps_addr_object(&base, arena(), &table(0)->words[3]), MPS_RES_OK);
  EXPECT_EQ(base, tables_[0]);
  mps_message_type_enable(arena(), mps_message_type_finalization());
  mps_addr_t cell = tables_[0];
  ASSERT_EQ(mps_finalize(arena(), &cell), MPS_RES_OK);
  tables_[0] = nullptr;
  collect();
  mps_message_t message = nullptr;
  ASSERT_TRUE(
      mps_message_get(&message, arena(), mps_message_type_finalization()));
  mps_addr_t block = nullptr;
  mps_message_finalization_ref(&block, arena(), message);
  EXPECT_EQ(block, cell);
  mps_message_discard(arena(), message);
}

TEST_F(UnmovingPoolTest, RanksThatTheClassHasNotAssert) {
  Assertions assertions;
  MPS_ARGS_BEGIN(args) {
    mps_ap_t ap = nullptr;
    MPS_ARGS_ADD(args, MPS_KEY_RANK, mps_rank_ambig());
    EXPECT_EQ(mps_ap_create_k(&ap, awl_, args), MPS_RES_PARAM);
  }
  MPS_ARGS_END(args);
  EXPECT_EQ(assertions.count(), 1);
}

/// Tables of every size come, go and are filled; a model knows what is in them.
TEST_F(UnmovingPoolTest, RandomTablesHoldWhatTheModelSays) {
  unsigned seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  constexpr mps_word_t kKeys = 64;
  struct Model {
    mps_word_t half = 0;
    std::vector<int> keys; ///< By place; -1: none.
  };
  std::vector<Model> models(kTables);
  object_ = make_vector(ap_, kKeys, nullptr);
  std::vector<bool> lives(kKeys);
  mps_word_t time = 0;
  for (int round = 0; round < 40; ++round) {
    for (int i = 0; i < 200; ++i) {
      size_t index = random() % kTables;
      mps_word_t key = random() % kKeys;
      Model &model = models[index];
      switch (random() % 4) {
      case 0:
        object_->vector.element[key] = make_integer(ap_, key << 32 | ++time);
        lives[key] = true;
        for (Model &each : models) // What held the one before holds nothing.
          for (int &at : each.keys)
            if (at == int(key))
              at = -1;
        break;
      case 1:
        model.half = 1 + random() % 60;
        tables_[index] = makeTable(pair_, 2 * model.half, PAIRS);
        model.keys.assign(model.half, -1);
        break;
      case 2:
        tables_[index] = nullptr;
        model = {};
        break;
      default:
        if (model.half == 0 || !lives[key])
          break;
        mps_word_t place = random() % model.half;
        object_t value = make_integer(ap_, key);
        table(index)->words[place] = object_->vector.element[key];
        table(index)->words[model.half + place] = value;
        model.keys[place] = int(key);
      }
    }
    collect();
    for (size_t index = 0; index < kTables; ++index)
      for (mps_word_t place = 0; place < models[index].half; ++place) {
        int key = models[index].keys[place];
        mps_addr_t *words = table(index)->words;
        if (key < 0) {
          ASSERT_EQ(words[place], nullptr);
          ASSERT_EQ(words[models[index].half + place], nullptr);
          continue;
        }
        ASSERT_EQ(words[place], object_->vector.element[key]);
        auto *value = static_cast<object_t>(words[models[index].half + place]);
        ASSERT_EQ(value->integer.value, mps_word_t(key));
      }
  }
}

} // namespace
