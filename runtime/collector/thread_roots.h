// The stacks of compiled code's threads, as roots of one collection.
#ifndef MPS_COLLECTOR_THREAD_ROOTS_H
#define MPS_COLLECTOR_THREAD_ROOTS_H

#include "mutator/world.h"

namespace mps {

class ThreadRoots final : public RootSource {
public:
  explicit ThreadRoots(World &world) : world_(world) {}

  void visit(Rank rank, RootVisitor &visitor) override {
    world_.forEachMutator([&](Mutator &mutator) {
      walk(world_.stackOf(mutator), rank, visitor, counts_);
    });
  }
  const WalkCounts &counts() const { return counts_; }

private:
  World &world_;
  WalkCounts counts_;
};

} // namespace mps

#endif
