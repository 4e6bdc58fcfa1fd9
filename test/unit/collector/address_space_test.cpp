// The system refuses address space: that is a result, and what is there stays
// usable.
#include "../platform/address_space_limit.h"
#include "heap_test.h"

namespace mps {
namespace {

/// More, in MiB: for few arrays, and for all.
class AddressSpaceTest : public HeapTest,
                         public testing::WithParamInterface<unsigned> {
protected:
  Result allocateLarge(std::size_t size) {
    platform::Locked locked(heap_.lock());
    Address object;
    return heap_.allocateLarge(leaf_, &object, size);
  }
  void cutAt(Word length) {
    Node *last = root();
    while (--length != 0)
      last = last->left;
    while (last != nullptr) { // A stale word may refer to any of them.
      Node *rest = last->left;
      store(last->left, nullptr);
      last = rest;
    }
  }
};

TEST_P(AddressSpaceTest, HeapThatMayNotGrowIsAResultAndStaysUsable) {
  constexpr Word kMany = 10000000;
  Word length = 0;
  {
    AddressSpaceLimit limit(GetParam() * kMiB);
    EXPECT_EQ(allocateLarge(100 * kMiB), Result::Resource);
    EXPECT_FALSE(push(0, kMany));
    length = lengthOf(root());
    EXPECT_GT(length * sizeof(Node), 4 * kMiB);
    cutAt(length / 2);
    EXPECT_TRUE(push(0, length / 4));
    EXPECT_EQ(lengthOf(root()), length / 2 + length / 4);
  }
  EXPECT_TRUE(push(0, length)) << "there is address space again";
  EXPECT_EQ(lengthOf(root()), length / 2 + length / 4 + length);
}

/// What is logged makes no full collection fail, nor get lost.
TEST_P(AddressSpaceTest, LogThatMayNotGrowLosesNothing) {
  constexpr Word kLength = 300000;
  ASSERT_TRUE(push(0, kLength));
  for (int i = 0; i < 3; ++i)
    collect();
  ASSERT_EQ(generationOf(root()), chain_.top());
  AddressSpaceLimit limit(GetParam() * kMiB);
  for (Node *each = root(); each != nullptr; each = each->left) {
    Node *young = makeNode(each->value);
    ASSERT_NE(young, nullptr);
    store(each->right, young);
  }
  collect(Heap::Scope::Young);
  for (Node *each = root(); each != nullptr; each = each->left)
    ASSERT_EQ(each->right->value, each->value);
}

INSTANTIATE_TEST_SUITE_P(MiB, AddressSpaceTest, testing::Values(3u, 32u),
                         testing::PrintToStringParamName());

} // namespace
} // namespace mps
