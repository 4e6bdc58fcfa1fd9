// The fixture of the tests of the trace: an arena with one pool of described
// objects, an allocation point, fake roots, and a write barrier in C++.
#ifndef MPS_TEST_UNIT_TRACE_TRACER_TEST_H
#define MPS_TEST_UNIT_TRACE_TRACER_TEST_H

#include "arena/log_table.h"
#include "described_objects.h"
#include "trace/tracer.h"

#include <gtest/gtest.h>

#include <vector>

namespace mps {

/// Roots that a test fills by hand.
class FakeRoots final : public RootSource {
public:
  void visit(Rank rank, RootVisitor &visitor) override {
    if (rank == Rank::Ambiguous) {
      visitor.ambiguous({Address::of(ambiguous.data()),
                         Address::of(ambiguous.data() + ambiguous.size())});
      for (void *const &each : pinned)
        visitor.pinned(Slot::at(Address::of(&each)));
    } else if (rank == Rank::Exact) {
      for (void *const &each : exact)
        visitor.exact(Slot::at(Address::of(&each)));
    }
  }

  std::vector<void *> exact, pinned;
  std::vector<Word> ambiguous;
};

class TracerTest : public testing::Test {
protected:
  static constexpr unsigned kGenerations = 2;
  static constexpr unsigned kAll = kMostGenerations;

  TracerTest() {
    chain_.count = kGenerations;
    buffer_.point = &point_;
    buffer_.owner = BufferOwner::Compiled;
  }
  void SetUp() override {
    ASSERT_EQ(arena_.initialise(), Result::Ok);
    pool_.add(buffer_);
  }

  static ArenaOptions arenaOptions() {
    ArenaOptions options;
    options.size = std::size_t(64) << 20;
    return options;
  }
  PoolOptions poolOptions() {
    PoolOptions options;
    options.chain = &chain_;
    options.hasBarrier = true;
    return options;
  }

  /// An object of zeros with its header, or null.
  void *allocate(const abi::TypeDescriptor &type, std::size_t size) {
    if (point_.limit - point_.alloc < size &&
        pool_.fill(buffer_, size) != Result::Ok)
      return nullptr;
    void *object = Address::fromBits(point_.alloc).as();
    point_.alloc += size;
    *static_cast<const abi::TypeDescriptor **>(object) = &type;
    return object;
  }
  Node *makeNode(Word value, Node *left = nullptr, Node *right = nullptr) {
    auto *node = static_cast<Node *>(allocate(kNodeType, sizeof(Node)));
    if (node != nullptr) {
      node->left = left;
      node->right = right;
      node->value = value;
    }
    return node;
  }
  Node *makeList(Word length) {
    Node *list = nullptr;
    for (Word i = 0; i < length; ++i)
      list = makeNode(i, list);
    return list;
  }
  static Word lengthOf(const Node *list) {
    Word length = 0;
    for (; list != nullptr; list = list->left)
      ++length;
    return length;
  }

  /// As compiled code stores a reference.
  void store(Node *&field, Node *value) {
    Slot slot = Slot::at(Address::of(&field));
    if (LogTable::isArmed(slot)) {
      LogTable::disarm(slot);
      writeLog_.add(slot);
    }
    field = value;
  }

  /// Collects that many of the youngest generations; by default everything.
  const TraceCounts &collect(unsigned generations = kAll) {
    tracer_.begin(&pool_, generations > kGenerations, evacuation_);
    tracer_.condemn(pool_, generations);
    tracer_.flip();
    tracer_.visitRoots(&roots_);
    tracer_.scan();
    tracer_.finishRanks(&roots_);
    tracer_.reclaim();
    return tracer_.counts();
  }
  void settleNursery() {
    ASSERT_TRUE(tracer_.settle(&pool_, [] { return false; }));
  }
  /// Until what the roots lead to has settled.
  void settle() {
    for (unsigned i = 0; i <= kGenerations; ++i)
      collect(kGenerations);
  }

  Node *&root(std::size_t index = 0) {
    if (roots_.exact.size() <= index)
      roots_.exact.resize(index + 1);
    return reinterpret_cast<Node *&>(roots_.exact[index]);
  }
  unsigned generationOf(const void *object) const {
    return arena_.segmentOf(Address::of(object))->generation;
  }

  Evacuation evacuation_;
  Chain chain_;
  Arena arena_{arenaOptions()};
  WriteLog writeLog_;
  Tracer tracer_{arena_, writeLog_};
  Pool pool_{arena_, poolOptions()};
  abi::AllocationPoint point_ = {0, 0, 0};
  Buffer buffer_;
  FakeRoots roots_;
};

} // namespace mps

#endif
