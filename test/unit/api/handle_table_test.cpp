// Handles as roots: a young collection looks at those that have changed.
#include "api/handle_table.h"

#include "../collector/heap_test.h"
#include "api/interface.h"

namespace mps {
namespace {

class HandleTableTest : public HeapTest {
protected:
  struct Counter final : RootVisitor {
    explicit Counter(bool all) : all_(all) {}
    void exact(Slot) override { ++count; }
    bool wantsQuiet() override { return all_; }
    std::size_t count = 0;

  private:
    bool all_;
  };

  void SetUp() override {
    connectPlinth();
    HeapTest::SetUp();
    heap_.settings().verify = true;
    platform::Locked locked(heap_.lock());
    heap_.add(handles_);
  }
  void TearDown() override {
    HeapTest::TearDown();
    platform::Locked locked(heap_.lock());
    heap_.remove(handles_);
  }
  static Word bitsOf(const void *object) {
    return reinterpret_cast<Word>(object);
  }
  static Node *at(const Word *handle) {
    return reinterpret_cast<Node *>(*handle);
  }
  std::size_t visited(bool all) {
    Counter counter(all);
    handles_.visit(Rank::Exact, counter);
    return counter.count;
  }
  void settleAll() {
    for (int i = 0; i < 3; ++i)
      collect(Heap::Scope::Young);
  }

  HandleTable handles_;
};

TEST_F(HandleTableTest, HandlesToSettledObjectsAreNotVisitedAgain) {
  std::vector<Word *> handles;
  for (Word i = 0; i < 20000; ++i)
    handles.push_back(handles_.create(bitsOf(makeNode(i))));
  settleAll();
  EXPECT_EQ(visited(true), 20000u);
  EXPECT_EQ(visited(false), 0u);
  for (Word i = 0; i < 20000; i += 100)
    handles_.set(handles[i], bitsOf(makeNode(i + 1)));
  collect(Heap::Scope::Young);
  collect();
  for (Word i = 0; i < 20000; ++i)
    ASSERT_EQ(at(handles[i])->value, i % 100 == 0 ? i + 1 : i);
}

TEST_F(HandleTableTest, WhatHandlesHeldIsKnownOnce) {
  Word *kept = handles_.create(bitsOf(makeNode(1)));
  Word *gone = handles_.create(bitsOf(makeNode(2)));
  settleAll();
  Word old[] = {*kept, *gone};
  handles_.set(kept, bitsOf(makeNode(3)));
  handles_.destroy(gone);
  handles_.set(kept, 0);
  std::vector<Word> values;
  auto take = [&] {
    return handles_.takeOldValues([&](Word value) { values.push_back(value); });
  };
  EXPECT_EQ(take(), OldValues::All);
  EXPECT_EQ(values, std::vector<Word>(std::begin(old), std::end(old)));
  take();
  EXPECT_EQ(values.size(), 2u);
}

TEST_F(HandleTableTest, HandlesThatWaitAreShownInSteps) {
  for (Word i = 0; i < 10000; ++i)
    handles_.create(bitsOf(makeNode(i)));
  handles_.wait();
  handles_.create(bitsOf(makeNode(1)));
  Counter shown(true);
  std::size_t steps = 0;
  for (unsigned slots = 1000; !handles_.showWaiting(slots, shown); slots = 1000)
    ++steps;
  EXPECT_GE(shown.count, 10000u);
  EXPECT_GE(steps, 10u);
}

using HandleTableDeathTest = HandleTableTest;

TEST_F(HandleTableDeathTest, HandleThatChangesUnseenBreaksV11) {
  Word *handle = handles_.create(bitsOf(makeNode(1)));
  settleAll();
  *handle = bitsOf(makeNode(2));
  EXPECT_DEATH(
      collect(Heap::Scope::Young),
      "V11: slot 0x.* that has not changed holds 0x.*: a young object");
}

} // namespace
} // namespace mps
