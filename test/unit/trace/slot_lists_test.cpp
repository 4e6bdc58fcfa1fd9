// Many lists of slots.
#include "trace/slot_lists.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace mps {
namespace {

std::vector<Word> contentsOf(const SlotLists::List &list) {
  std::vector<Word> contents;
  SlotLists::forEach(list, [&](Word slot) { contents.push_back(slot); });
  std::sort(contents.begin(), contents.end());
  return contents;
}

TEST(SlotListsTest, ListsKeepApartWhatIsPushed) {
  SlotLists lists;
  SlotLists::List even, odd;
  for (Word i = 0; i < 10000; ++i)
    ASSERT_TRUE(lists.push(i % 2 == 0 ? even : odd, i));
  std::vector<Word> ofEven = contentsOf(even), ofOdd = contentsOf(odd);
  ASSERT_EQ(ofEven.size(), 5000u);
  ASSERT_EQ(ofOdd.size(), 5000u);
  for (Word i = 0; i < 5000; ++i) {
    EXPECT_EQ(ofEven[i], 2 * i);
    EXPECT_EQ(ofOdd[i], 2 * i + 1);
  }
}

TEST(SlotListsTest, FreedListIsEmptyAndItsMemoryServesAnother) {
  SlotLists lists;
  SlotLists::List first, second;
  for (Word i = 0; i < 1000; ++i)
    ASSERT_TRUE(lists.push(first, i));
  auto *block = first.first;
  lists.free(first);
  EXPECT_TRUE(contentsOf(first).empty());
  bool isUsedAgain = false;
  for (Word i = 0; i < 1000; ++i) {
    ASSERT_TRUE(lists.push(second, i));
    isUsedAgain |= second.first == block;
  }
  EXPECT_TRUE(isUsedAgain);
  EXPECT_EQ(contentsOf(second).size(), 1000u);
}

TEST(SlotListsTest, ClearedListsServeAgain) {
  SlotLists lists;
  for (unsigned round = 0; round < 3; ++round) {
    SlotLists::List list;
    for (Word i = 0; i < 300000; ++i) // More than one piece.
      ASSERT_TRUE(lists.push(list, i));
    EXPECT_EQ(contentsOf(list).size(), 300000u);
    lists.clear();
  }
}

} // namespace
} // namespace mps
