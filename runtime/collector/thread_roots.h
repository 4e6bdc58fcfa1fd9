// The stacks of compiled code's threads, as roots of one collection.
#ifndef MPS_COLLECTOR_THREAD_ROOTS_H
#define MPS_COLLECTOR_THREAD_ROOTS_H

#include "mutator/world.h"

namespace mps {

class ThreadRoots final : public RootSource {
public:
  enum class Frames : bool {
    Running, ///< That may have run since they were last visited.
    All,
  };

  ThreadRoots(World &world, Frames frames) : world_(world), frames_(frames) {}

  void visit(Rank rank, RootVisitor &visitor) override {
    if (rank == Rank::Weak)
      return;
    world_.forEachMutator([&](Mutator &mutator) {
      if (frames_ == Frames::All && rank == Rank::Ambiguous)
        mutator.quietFrames.clear();
      mutator.quietFrames.visit(world_.stackOf(mutator), rank, visitor,
                                counts_);
    });
  }
  const WalkCounts &counts() const { return counts_; }

private:
  World &world_;
  Frames frames_;
  WalkCounts counts_;
};

} // namespace mps

#endif
