// The heap verifier: it is silent about heaps that are right, and for each of
// its rules there is a test that breaks the rule and expects the message.
#include "../collector/heap_test.h"
#include "../stack/fake_stack.h"
#include "api/interface.h"
#include "stack/root_tables.h"

namespace mps {
namespace {

class VerifierTest : public HeapTest {
protected:
  void SetUp() override {
    connectPlinth(); // Its handler prints the message.
    HeapTest::SetUp();
    heap_.settings().verify = true;
  }

  /// A root whose object has settled.
  void settleRoot() {
    root() = makeNode(1);
    for (int i = 0; i < 3; ++i)
      collect();
    ASSERT_EQ(generationOf(root()), chain_.top());
  }
  static Word &headerOf(void *object) { return *static_cast<Word *>(object); }
  static Node *inside(Node *node) {
    return reinterpret_cast<Node *>(&node->left);
  }
};

// ---- Heaps that are right ----

TEST_F(VerifierTest, IsSilentAboutARightHeap) {
  ASSERT_TRUE(push(0, 3000));
  for (int i = 0; i < 3; ++i)
    collect();
  for (Node *each = root(); each != nullptr; each = each->left) {
    Node *young = makeNode(each->value);
    store(each->right, young);
    if (each->value % 100 == 0)
      collect(Heap::Scope::Young);
  }
  makeNumber(3);
  allocateGarbage(5 * kNursery);
  collect();
  EXPECT_EQ(lengthOf(root()), 3000u);
}

TEST_F(VerifierTest, IsSilentWhenMemoryRunsOut) {
  ASSERT_EQ(heap_.arena().setCommitLimit(2 * kMiB), Result::Ok);
  EXPECT_FALSE(push(0, 1000000));
  EXPECT_GT(lengthOf(root()), 10000u);
}

TEST_F(VerifierTest, KnowsImmediatesAndForeignAddresses) {
  static Node outside = {&kNodeType, nullptr, nullptr, 0};
  root() = makeNode(1);
  root()->left = reinterpret_cast<Node *>(reinterpret_cast<Word>(root()) + 5);
  root()->right = &outside;
  collect();
  EXPECT_EQ(root()->right, &outside);
}

// ---- One sabotage for each rule ----

using VerifierDeathTest = VerifierTest;

TEST_F(VerifierDeathTest, HeaderToNoMemoryBreaksV1) {
  root() = makeNode(1);
  headerOf(root()) = 0x7fff0;
  EXPECT_DEATH(collect(), "before collection: V1: object 0x.* has header "
                          "0x7fff0: no type descriptor: no memory is there");
}

TEST_F(VerifierDeathTest, HeaderToSomethingElseBreaksV1) {
  alignas(16) static const Word nothing[8] = {};
  root() = makeNode(1);
  headerOf(root()) = reinterpret_cast<Word>(nothing);
  EXPECT_DEATH(collect(), "V1: .*its size is impossible");
}

TEST_F(VerifierDeathTest, ImpossibleTypeBreaksV1) {
  alignas(16) static constexpr abi::TypeDescriptor type = {
      0, sizeof(Node), 0, 0, 0b10000, 0, nullptr, "Impossible"};
  root() = makeNode(1);
  headerOf(root()) = reinterpret_cast<Word>(&type);
  EXPECT_DEATH(collect(), "V1: .*it has references beyond its end");
}

TEST_F(VerifierDeathTest, WeakPartInAMapBreaksV1) {
  alignas(16) static constexpr abi::TypeDescriptor type = {
      abi::kWeak, sizeof(Node), 0, 0, 0b10, 0, nullptr, "TwiceAReference"};
  root() = makeNode(1);
  headerOf(root()) = reinterpret_cast<Word>(&type);
  EXPECT_DEATH(collect(), "V1: .*it says that its weak part is strong, too");
}

TEST_F(VerifierDeathTest, WeakSlotIntoAnObjectBreaksV12) {
  root() = makeNode(1);
  auto *weak = static_cast<WeakNode *>(
      allocate(mutator_->scanned, kWeakNodeType, sizeof(WeakNode)));
  root(1) = reinterpret_cast<Node *>(weak);
  weak->referent = inside(root());
  EXPECT_DEATH(collect(), "V12: weak slot 0x.* holds 0x.*: not an object");
}

TEST_F(VerifierDeathTest, UnknownStoreToAnOldWeakPartBreaksV12) {
  root() = static_cast<Node *>(
      allocate(mutator_->scanned, kWeakNodeType, sizeof(WeakNode)));
  for (int i = 0; i < 3; ++i)
    collect();
  ASSERT_EQ(generationOf(root()), chain_.top());
  root(1) = makeNode(1);
  reinterpret_cast<WeakNode *>(root())->referent = root(1);
  EXPECT_DEATH(collect(), "V12: the weak part of settled object 0x.* is not "
                          "known to the log: it leads to a young object");
}

TEST_F(VerifierDeathTest, GuardianOfNoObjectBreaksV13) {
  root() = makeNode(1);
  {
    platform::Locked locked(heap_.lock());
    ASSERT_EQ(heap_.guard(Ref::to(Address::of(inside(root())))), Result::Ok);
  }
  EXPECT_DEATH(collect(), "V13: a guardian of segment 0x.* has block 0x.*: not "
                          "an object in it");
}

TEST_F(VerifierDeathTest, OverwrittenLengthBreaksV2) {
  auto *table = static_cast<Table *>(
      allocate(mutator_->scanned, kTableType, Table::sizeFor(4)));
  table->length = 4000000;
  EXPECT_DEATH(collect(), "V2: object 0x.*, of size 32000016, exceeds");
}

TEST_F(VerifierDeathTest, RootIntoAnObjectBreaksV3) {
  root() = makeNode(1);
  root(1) = inside(root());
  EXPECT_DEATH(collect(), "V3: root 0x.* holds 0x.*: not an object");
}

TEST_F(VerifierDeathTest, StaleRootBreaksV3) {
  Address free = heap_.arena().firstChunk()->extent.limit - 64;
  root() = free.as<Node>();
  EXPECT_DEATH(collect(), "V3: root 0x.* holds 0x.*: not an object");
}

TEST_F(VerifierDeathTest, StaleSlotBreaksV3) {
  root() = makeNode(1);
  root()->right = inside(root());
  EXPECT_DEATH(collect(), "V3: slot 0x.* in object 0x.* \\(type Node\\) holds "
                          "0x.*: not an object");
}

TEST_F(VerifierDeathTest, DroppedBarrierBreaksV4) {
  settleRoot();
  root()->left = makeNode(2);
  EXPECT_DEATH(collect(), "V4: slot 0x.* in settled object 0x.* \\(type "
                          "Node\\) holds 0x.*: a young object");
}

TEST_F(VerifierDeathTest, LostLogBreaksV4) {
  settleRoot();
  store(root()->left, makeNode(2));
  mps_thread.logCursor -= 1;
  EXPECT_DEATH(collect(), "V4: .*a young object, which no log knows of");
}

TEST_F(VerifierDeathTest, SlotThatWouldNotBeLoggedBreaksV4) {
  settleRoot();
  LogTable::disarm(Slot::at(Address::of(&root()->left)));
  EXPECT_DEATH(collect(), "V4: .*neither armed nor logged");
}

TEST_F(VerifierDeathTest, PageThatBarriersWouldPassByBreaksV4) {
  settleRoot();
  LogTable::pages()[Address::of(root()).bits() >> LogTable::kPageShift] = 0;
  EXPECT_DEATH(collect(), "V4: .*neither armed nor logged");
}

TEST_F(VerifierDeathTest, PageOfAnObjectThatBarriersWouldPassByBreaksV4) {
  root() = static_cast<Node *>(
      allocate(mutator_->scanned, kTableType, Table::sizeFor(2000)));
  reinterpret_cast<Table *>(root())->length = 2000;
  for (int i = 0; i < 3; ++i)
    collect();
  // Not where most of its slots are.
  LogTable::pages()[Address::of(root()).bits() >> LogTable::kPageShift] = 0;
  EXPECT_DEATH(collect(), "V4: .*neither armed nor logged");
}

TEST_F(VerifierDeathTest, MisalignedObjectBreaksV5) {
  root() = makeNode(1);
  if (Address::of(root()).isAligned(64))
    root() = makeNode(2);
  headerOf(root()) = reinterpret_cast<Word>(&kAlignedNodeType);
  EXPECT_DEATH(collect(),
               "V5: object 0x.* \\(type AlignedNode\\) is not aligned to 64");
}

TEST_F(VerifierDeathTest, FrameInNoRootTableBreaksV6) {
  abi::ExitRecord record = {nullptr, reinterpret_cast<Word>(&record), 0x1234};
  EXPECT_DEATH(
      {
        mps_thread.exitHead = &record;
        collect();
      },
      "V6: the managed frame at 0x.*, to be returned to at 0x1234, is in no "
      "root table");
}

/// A root table of two functions, each with one safepoint.
struct FakeTable {
  abi::FunctionEntry entries[2] = {};
  abi::FunctionData data = {abi::kRootTableVersion, 0, 1, 32};
  abi::SafepointEntry safepoint = {4, 0};
  std::uint16_t slots[2] = {};
  abi::ModuleDescriptor module = {};

  FakeTable() {
    for (abi::FunctionEntry &each : entries) {
      each.data = std::int32_t(reinterpret_cast<char *>(&data) -
                               reinterpret_cast<char *>(&each.data));
      each.function = 0; // Its own address: in order.
    }
    module.rootsBegin = entries;
    module.rootsEnd = entries + 2;
  }
};

TEST_F(VerifierDeathTest, UnorderedRootTableBreaksV6) {
  static FakeTable table;
  table.entries[0].function = 64;
  EXPECT_DEATH(
      {
        RootTables::add(&table.module);
        collect();
      },
      "V6: function 0x.* is out of order in its root table");
}

TEST_F(VerifierDeathTest, ImpossibleFrameSizeBreaksV6) {
  static FakeTable table;
  table.data.frameSize = 12;
  EXPECT_DEATH(
      {
        RootTables::add(&table.module);
        collect();
      },
      "V6: function 0x.* has a frame of size 12");
}

TEST_F(VerifierDeathTest, StaleSlotOfAManagedFrameBreaksV3) {
  static FakeTable table;
  table.slots[0] = 1;
  table.slots[1] = 1 << 1; // The frame's second word.
  root() = makeNode(1);
  struct {
    abi::ExitRecord record;
    Word frame[4];
  } stack = {};
  stack.frame[1] = reinterpret_cast<Word>(inside(root()));
  stack.record = {nullptr, reinterpret_cast<Word>(stack.frame),
                  reinterpret_cast<Word>(&table.entries[1].function) + 4};
  EXPECT_DEATH(
      {
        RootTables::add(&table.module);
        mps_thread.exitHead = &stack.record;
        collect();
      },
      "V3: slot 0x.* of the managed frame that is returned to at 0x.* holds "
      "0x.*: not an object");
}

TEST_F(VerifierDeathTest, IdentityHashInTwoPlacesBreaksV10) {
  root() = makeNode(1);
  headerOf(root()) |= abi::kHashedTag | abi::kHashMovedTag;
  EXPECT_DEATH(collect(),
               "V10: object 0x.* its identity hash is in two places");
}

TEST_F(VerifierDeathTest, HashWordThatIsNotThereBreaksV2) {
  root() = makeNode(1);
  headerOf(root()) |= abi::kHashMovedTag;
  EXPECT_DEATH(collect(), "V2: |V1: ");
}

/// Frames above the test's own, which have been scanned, and do not run.
class QuietFramesVerifierTest : public VerifierTest {
protected:
  static constexpr unsigned kDepth = 300;

  void collectWith(FakeStack<kDepth> &stack, Heap::Scope scope) {
    mps_thread.exitHead = &stack.exit();
    collect(scope);
    mps_thread.exitHead = nullptr;
  }
  /// A young object that one of them alone refers to.
  void scan(FakeStack<kDepth> &stack) {
    stack.setDepth(kDepth);
    allocateGarbage(kNursery / 2); // What is youngest ages.
    stack.slot(1).store(Ref::fromBits(reinterpret_cast<Word>(makeNode(7))));
    collectWith(stack, Heap::Scope::Young);
  }

  FrameTable table_;
};

TEST_F(QuietFramesVerifierTest, WhatTheyReferToLivesAndSettles) {
  FakeStack<kDepth> stack(table_);
  scan(stack);
  EXPECT_EQ(mutator_->quietFrames.listSize(), 1u);
  collectWith(stack, Heap::Scope::Young);
  EXPECT_EQ(stack.slot(1).load().address().as<Node>()->value, 7u);
  EXPECT_EQ(generationOf(stack.slot(1).load().address().as()), chain_.top());
  EXPECT_EQ(mutator_->quietFrames.listSize(), 0u);
}

using QuietFramesVerifierDeathTest = QuietFramesVerifierTest;

TEST_F(QuietFramesVerifierDeathTest, UnlistedSlotOfAQuietFrameBreaksV11) {
  FakeStack<kDepth> stack(table_);
  scan(stack);
  mutator_->quietFrames.dropLastOfList();
  EXPECT_DEATH(collectWith(stack, Heap::Scope::Young),
               "V11: slot 0x.* that has not changed holds 0x.*: a young "
               "object, which no list knows of");
}

TEST_F(VerifierDeathTest, LeftOverMarkBreaksV7) {
  root() = makeNode(1);
  heap_.arena().firstChunk()->mark(Address::of(root()));
  EXPECT_DEATH(collect(), "V7: .*is marked outside of a collection");
}

TEST_F(VerifierDeathTest, LeftOverWhiteSegmentBreaksV7) {
  root() = makeNode(1);
  Segment *segment = heap_.arena().segmentOf(Address::of(root()));
  heap_.arena().setTag(segment, segment->tag | kWhiteGrain);
  EXPECT_DEATH(collect(), "V7: segment 0x.* is condemned");
}

TEST_F(VerifierDeathTest, LeftOverForwardingBreaksV7) {
  root() = makeNode(1);
  headerOf(root()) = reinterpret_cast<Word>(makeNode(2)) | 1;
  EXPECT_DEATH(collect(), "V7: object 0x.*: forwarded outside");
}

} // namespace
} // namespace mps
