// The fixture of tests of whole heaps: pools as compiled code has them, and
// this thread as a mutator that does in C++ what compiled code does inline.
#ifndef MPS_TEST_UNIT_COLLECTOR_HEAP_TEST_H
#define MPS_TEST_UNIT_COLLECTOR_HEAP_TEST_H

#include "../trace/described_objects.h"
#include "arena/log_table.h"
#include "collector/heap.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace mps {

class HeapTest : public testing::Test {
protected:
  static constexpr std::size_t kMiB = std::size_t(1) << 20;
  static constexpr std::size_t kNursery = kMiB;

  /// Exact roots, filled by hand.
  struct Roots final : RootSource {
    std::vector<void *> slots;
    void visit(Rank rank, RootVisitor &visitor) override {
      if (rank == Rank::Exact)
        for (void *const &each : slots)
          visitor.exact(Slot::at(Address::of(&each)));
    }
  };

  HeapTest() {
    chain_.count = 2;
    chain_.together = 2;
    chain_.generations[0].capacity = kNursery;
    chain_.generations[1].capacity = ~std::size_t(0);
  }

  void SetUp() override {
    ASSERT_EQ(heap_.arena().initialise(), Result::Ok);
    platform::Locked locked(heap_.lock());
    heap_.add(chain_);
    heap_.setCompiledChain(chain_);
    heap_.add(scanned_);
    heap_.add(leaf_);
    heap_.add(roots_);
    heap_.settings().nursery = kNursery;
    heap_.applySettings();
    mutator_.emplace(*Thread::use());
    ASSERT_TRUE(mutator_->isReady());
    scanned_.add(mutator_->scanned);
    leaf_.add(mutator_->leaf);
    heap_.world().add(*mutator_);
  }
  /// The pools go before the heap, whose thread may be working on them.
  void TearDown() override {
    platform::Locked locked(heap_.lock());
    heap_.finishOld();
    heap_.remove(*mutator_);
    mutator_.reset();
  }

  static ArenaOptions arenaOptions() {
    ArenaOptions options;
    options.size = 64 * kMiB;
    return options;
  }
  PoolOptions poolOptions(bool isLeaf) {
    PoolOptions options;
    options.chain = &chain_;
    options.isLeaf = isLeaf;
    options.hasBarrier = true;
    return options;
  }

  /// Null if memory ran out.
  void *allocate(Buffer &buffer, const abi::TypeDescriptor &type,
                 std::size_t size) {
    abi::AllocationPoint &point = *buffer.point;
    if (point.limit - point.alloc < size || point.limit == 0) {
      platform::Locked locked(heap_.lock());
      if (heap_.refill(buffer, size) != Result::Ok)
        return nullptr;
      Pool::clearGiven(buffer);
    }
    void *object = Address::fromBits(point.alloc).as();
    point.alloc += size;
    *static_cast<const abi::TypeDescriptor **>(object) = &type;
    return object;
  }
  /// What it refers to must be in roots: the allocation may collect.
  Node *makeNode(Word value) {
    auto *node = static_cast<Node *>(
        allocate(mutator_->scanned, kNodeType, sizeof(Node)));
    if (node != nullptr)
      node->value = value;
    return node;
  }
  Number *makeNumber(Word value) {
    auto *number = static_cast<Number *>(
        allocate(mutator_->leaf, kNumberType, sizeof(Number)));
    if (number != nullptr)
      number->value = value;
    return number;
  }
  /// Pushes nodes on the list in a root. False if memory ran out.
  bool push(std::size_t index, Word count) {
    for (Word i = 0; i < count; ++i) {
      Node *node = makeNode(i);
      if (node == nullptr)
        return false;
      store(node->left, root(index));
      root(index) = node;
    }
    return true;
  }
  static Word lengthOf(const Node *list) {
    Word length = 0;
    for (; list != nullptr; list = list->left)
      ++length;
    return length;
  }
  void allocateGarbage(std::size_t bytes) {
    for (std::size_t i = 0; i < bytes / sizeof(Node); ++i)
      ASSERT_NE(makeNode(i), nullptr);
  }

  /// The barrier of compiled code.
  static void store(Node *&field, Node *value) {
    Word slot = reinterpret_cast<Word>(&field);
    std::uint64_t &bits = mps_thread.logTable[slot >> 9];
    std::uint64_t bit = std::uint64_t(1) << ((slot >> 3) & 63);
    if (mps_thread.armedPages[slot >> 12] && bits & bit) {
      bits &= ~bit;
      *mps_thread.logCursor++ = {slot, reinterpret_cast<Word>(field)};
      if (mps_thread.logCursor == mps_thread.logLimit)
        static_cast<Mutator *>(mps_thread.mutator)->logFull();
    }
    __atomic_store_n(&field, value, __ATOMIC_RELAXED);
  }

  void collect(Heap::Scope scope = Heap::Scope::Full) {
    platform::Locked locked(heap_.lock());
    heap_.collect(scope, "test");
  }

  Node *&root(std::size_t index = 0) {
    if (roots_.slots.size() <= index)
      roots_.slots.resize(index + 1);
    return reinterpret_cast<Node *&>(roots_.slots[index]);
  }
  unsigned generationOf(const void *object) {
    return heap_.arena().segmentOf(Address::of(object))->generation;
  }

  Heap heap_{arenaOptions()};
  Chain chain_;
  Pool scanned_{heap_.arena(), poolOptions(false)};
  Pool leaf_{heap_.arena(), poolOptions(true)};
  Roots roots_;
  std::optional<Mutator> mutator_;
};

} // namespace mps

#endif
