// A random graph of objects survives many collections, and agrees with a model
// in plain memory, and the verifier has nothing to say. MPS_TEST_SEED repeats a
// run.
#include "tracer_test.h"

#include "verify/verifier.h"

#include <cstdlib>
#include <map>
#include <random>

namespace mps {
namespace {

class RandomGraphTest : public TracerTest {
protected:
  static constexpr std::size_t kRoots = 64;
  static constexpr int kSteps = 40000;

  /// What a node must be; nodes are told by their values.
  struct Model {
    Word left = 0, right = 0;
    std::uint64_t hash = 0; ///< Of its identity, if it was asked for.
  };

  RandomGraphTest() {
    const char *given = std::getenv("MPS_TEST_SEED");
    seed_ = given ? unsigned(std::strtoul(given, nullptr, 10))
                  : std::random_device()();
    random_.seed(seed_);
    arena_.setPoison(true); // A stale reference is a fault.
  }

  unsigned below(unsigned limit) { return unsigned(random_()) % limit; }
  static Word valueOf(const Node *node) { return node ? node->value : 0; }

  /// A node at the end of a random walk from a random root.
  Node *&somewhere() {
    Node **place = &root(below(kRoots));
    for (unsigned i = below(6); i > 0 && *place != nullptr; --i)
      place = below(2) ? &(*place)->left : &(*place)->right;
    return *place;
  }

  void allocateOne() {
    Node *left = somewhere(), *right = somewhere();
    Node *node = makeNode(++last_, left, right);
    ASSERT_NE(node, nullptr);
    model_[last_] = {valueOf(left), valueOf(right), 0};
    root(below(kRoots)) = node;
  }

  void mutateOne() {
    Node *node = somewhere();
    if (node == nullptr)
      return;
    Node *to = below(4) ? somewhere() : nullptr;
    Model &model = model_[node->value];
    if (below(2)) {
      store(node->left, to);
      model.left = valueOf(to);
    } else {
      store(node->right, to);
      model.right = valueOf(to);
    }
  }

  void hashOne() {
    if (Node *node = somewhere())
      model_[node->value].hash =
          DescribedFormat::identityHash(Address::of(node));
  }

  void pinSome() {
    roots_.ambiguous.clear();
    for (unsigned i = below(8); i > 0; --i)
      roots_.ambiguous.push_back(reinterpret_cast<Word>(somewhere()) +
                                 below(sizeof(Node)));
  }

  void collectSome() {
    if (below(5) == 0) {
      settleNursery();
      Verifier(arena_, &pool_, &roots_, writeLog_, world_, verified_, "settled")
          .run();
      return;
    }
    tracer_.setWorkers(1 + below(4), 0);
    pinSome();
    evacuation_.budget = below(2) ? Evacuation::kEverything : below(200000);
    evacuation_.densest = 0.5 * below(3);
    if (below(10) == 0)
      ASSERT_EQ(arena_.setCommitLimit(arena_.committed()), Result::Ok);
    collect(below(5) == 0 ? kAll : kGenerations);
    ASSERT_EQ(arena_.setCommitLimit(~std::size_t(0)), Result::Ok);
    roots_.ambiguous.clear();
    Verifier(arena_, &pool_, &roots_, writeLog_, world_, verified_, "after")
        .run();
  }

  /// Everything reachable is what the model says; the model forgets the rest.
  void compare() {
    std::map<Word, const Node *> seen;
    std::vector<const Node *> pending;
    for (std::size_t i = 0; i < kRoots; ++i)
      pending.push_back(root(i));
    while (!pending.empty()) {
      const Node *node = pending.back();
      pending.pop_back();
      if (node == nullptr)
        continue;
      Word header = DescribedFormat::headerOf(Address::of(node));
      ASSERT_EQ(&DescribedFormat::descriptorOf(header), &kNodeType);
      auto [place, isNew] = seen.emplace(node->value, node);
      ASSERT_EQ(place->second, node) << "one node, two addresses";
      if (!isNew)
        continue;
      const Model &model = model_.at(node->value);
      ASSERT_EQ(valueOf(node->left), model.left);
      ASSERT_EQ(valueOf(node->right), model.right);
      if (model.hash != 0)
        ASSERT_EQ(DescribedFormat::identityHash(Address::of(node)), model.hash);
      pending.push_back(node->left);
      pending.push_back(node->right);
    }
    std::erase_if(model_, [&](const auto &each) {
      return seen.find(each.first) == seen.end();
    });
  }

  World world_; ///< Without threads.
  WorkingMemory verified_;
  unsigned seed_;
  std::mt19937 random_;
  Word last_ = 0;
  std::map<Word, Model> model_;
};

/// A graph so large that several workers have something to do at a time.
TEST_F(RandomGraphTest, LargeGraphSurvivesParallelTraces) {
  SCOPED_TRACE("MPS_TEST_SEED=" + std::to_string(seed_));
  constexpr unsigned kNodes = 60000;
  root(kRoots - 1) = nullptr;
  for (int round = 0; round < 8; ++round) {
    // A table would keep all: what is linked from earlier nodes lives.
    for (unsigned i = 0; i < kNodes; ++i) {
      allocateOne();
      if (i % 3 == 0)
        mutateOne();
      if (i % 7 == 0)
        hashOne();
    }
    Node *list = nullptr;
    for (unsigned i = 0; i < kNodes; ++i) {
      model_[++last_] = {valueOf(list), i % 2 ? valueOf(somewhere()) : 0, 0};
      list = makeNode(last_, list);
      ASSERT_NE(list, nullptr);
    }
    root(0) = list;
    for (Node *each = list; each != nullptr; each = each->left) {
      Node *to = below(2) ? root(below(kRoots)) : nullptr;
      store(each->right, to);
      model_[each->value].right = valueOf(to);
    }
    collectSome();
    compare();
  }
}

TEST_F(RandomGraphTest, SurvivesManyCollections) {
  SCOPED_TRACE("MPS_TEST_SEED=" + std::to_string(seed_));
  root(kRoots - 1) = nullptr;
  for (int step = 0; step < kSteps && !HasFatalFailure(); ++step) {
    if (below(3) != 0)
      allocateOne();
    else
      mutateOne();
    if (below(8) == 0)
      hashOne();
    if (below(8) == 0)
      root(below(kRoots)) = nullptr;
    if (below(200) == 0) {
      collectSome();
      compare();
    }
  }
}

} // namespace
} // namespace mps
