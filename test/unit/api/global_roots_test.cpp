// Global variables as roots: a young collection looks at what was stored to.
#include "api/global_roots.h"

#include "../collector/heap_test.h"
#include "api/interface.h"

namespace mps {
namespace {

constexpr std::size_t kVariables = 20032, kOfEntry = 64;
/// The last entry that begins in the first page ends in the second.
constexpr std::size_t kInFirstPage = 480;
struct alignas(4096) {
  Node *others[512 - kInFirstPage];
  Node *variables[kVariables];
} memory;
auto &variables = memory.variables;
abi::GlobalEntry entries[kVariables / kOfEntry];

class GlobalRootsTest : public HeapTest {
protected:
  struct Counter final : RootVisitor {
    explicit Counter(bool all) : all_(all) {}
    void exact(Slot) override { ++count; }
    bool wantsQuiet() override { return all_; }
    std::size_t count = 0;

  private:
    bool all_;
  };

  GlobalRootsTest() {
    for (std::size_t i = 0; i < std::size(entries); ++i) {
      std::ptrdiff_t offset =
          reinterpret_cast<char *>(variables + i * kOfEntry) -
          reinterpret_cast<char *>(&entries[i].variable);
      entries[i] = {std::int32_t(offset), kOfEntry, ~std::uint64_t(0)};
    }
    module_.globalsBegin = entries;
    module_.globalsEnd = std::end(entries);
    std::fill(std::begin(variables), std::end(variables), nullptr);
  }
  void SetUp() override {
    connectPlinth();
    HeapTest::SetUp();
    heap_.settings().verify = true;
    platform::Locked locked(heap_.lock());
    heap_.add(globals_);
    ASSERT_TRUE(globals_.add(module_));
  }
  void TearDown() override {
    unload();
    HeapTest::TearDown();
    platform::Locked locked(heap_.lock());
    heap_.remove(globals_);
  }
  void unload() {
    platform::Locked locked(heap_.lock());
    heap_.forget(module_, Extent(), GlobalRoots::extentOf(module_));
    globals_.remove(module_);
  }
  std::size_t visited(bool all) {
    Counter counter(all);
    globals_.visit(Rank::Exact, counter);
    return counter.count;
  }

  abi::ModuleDescriptor module_ = {};
  GlobalRoots globals_;
};

TEST_F(GlobalRootsTest, YoungCollectionFindsWhatWasStoredAndNothingElse) {
  for (Word i = 0; i < kVariables; ++i)
    store(variables[i], makeNode(i));
  EXPECT_EQ(visited(true), kVariables);
  EXPECT_EQ(visited(false), 0u);
  for (int round = 0; round < 3; ++round) {
    collect(Heap::Scope::Young);
    for (Word i = 0; i < kVariables; i += 100)
      store(variables[i], makeNode(i));
  }
  collect(Heap::Scope::Young);
  collect();
  for (Word i = 0; i < kVariables; ++i)
    ASSERT_EQ(variables[i]->value, i);
}

TEST_F(GlobalRootsTest, FullCollectionRemembersWhatIsStillYoung) {
  store(variables[7], makeNode(7));
  collect();
  for (int round = 0; round < 3; ++round)
    collect(Heap::Scope::Young);
  EXPECT_EQ(variables[7]->value, 7u);
}

TEST_F(GlobalRootsTest, VariablesThatWaitAreShownInSteps) {
  globals_.wait();
  Counter shown(true);
  std::size_t steps = 0;
  for (unsigned slots = 1000; !globals_.showWaiting(slots, shown); slots = 1000)
    ++steps;
  EXPECT_EQ(shown.count, kVariables);
  EXPECT_GE(steps, kVariables / (1000 + kOfEntry));
}

TEST_F(GlobalRootsTest, WhatAnUnloadedModuleHeldIsMarkedAllTheSame) {
  store(variables[3], makeNode(3));
  store(variables[3]->left, makeNode(4));
  collect(Heap::Scope::Begin);
  ASSERT_EQ(heap_.old().phase(), OldCollection::Phase::Marking);
  root() = variables[3];
  unload();
  std::fill(std::begin(variables), std::end(variables), nullptr);
  while (heap_.old().isRunning()) {
    platform::Locked locked(heap_.lock());
    heap_.workOnOld(1000000);
  }
  EXPECT_EQ(root()->value, 3u);
  EXPECT_EQ(root()->left->value, 4u);
}

TEST_F(GlobalRootsTest, VariablesOfAnUnloadedModuleAreNoLongerRemembered) {
  store(variables[3], makeNode(3));
  unload();
  variables[3] = reinterpret_cast<Node *>(8); // The memory is somebody else's.
  collect(Heap::Scope::Young);
  EXPECT_EQ(variables[3], reinterpret_cast<Node *>(8));
  EXPECT_FALSE(LogTable::isArmed(Slot::at(Address::of(&variables[4]))));
}

using GlobalRootsDeathTest = GlobalRootsTest;

TEST_F(GlobalRootsDeathTest, StoreWithoutALogBreaksV15) {
  variables[5] = makeNode(5);
  EXPECT_DEATH(collect(Heap::Scope::Young),
               "V15: global variable's slot 0x.* holds 0x.*: a young object");
}

TEST_F(GlobalRootsDeathTest, SlotThatIsNeitherArmedNorLoggedBreaksV15) {
  LogTable::disarm(Slot::at(Address::of(&variables[5])));
  EXPECT_DEATH(collect(Heap::Scope::Young),
               "V15: .* is neither armed nor logged");
}

TEST_F(GlobalRootsDeathTest, PageOfAVariableThatBarriersWouldPassByBreaksV15) {
  for (Word i = 0; i < kInFirstPage; ++i) // What is logged is not looked at.
    store(variables[i], makeNode(i));
  LogTable::pages()[Address::of(variables).bits() >> LogTable::kPageShift] = 0;
  EXPECT_DEATH(collect(Heap::Scope::Young),
               "V15: .* is neither armed nor logged");
}

} // namespace
} // namespace mps
