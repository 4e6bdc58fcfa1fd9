// Frames and other roots that are quiet: which need not be looked at, and how
// they come to be shown to the marker (stack/quiet_frames.h).
//
// Frames that have run since the last collection are scanned in the pause. If
// there are too many of them for that, or more bytes of them than the nursery
// has, say a million at once, the nursery settles where it is instead: then
// nothing is young, and there is no reason to look.
#include "collector/heap.h"

#include <algorithm>

namespace mps {

namespace {

/// Bytes of frames that are scanned in a pause, for each second of pause time:
/// small frames take a quarter of it.
constexpr double kBytesPerSecond = 1e9;
/// So many are scanned in any case, however small a nursery is.
constexpr std::size_t kFewBytes = std::size_t(1) << 20;
/// Frames shown to the marker in one step.
constexpr unsigned kFramesShown = 1024;
/// And of roots, of all their sources together.
constexpr unsigned kRootsShown = 4096;
/// Bytes of watched pages.
constexpr std::size_t kMostLeftOpen = std::size_t(256) << 10;

} // namespace

/// More than a nursery has are not worth what it may free: a look at a frame
/// costs as much as one at an object, and finds none that dies.
std::size_t Heap::mostRunning() const {
  double inTime = settings_.pauseTime * kBytesPerSecond;
  return std::size_t(std::min(inTime, double(std::max(newBytes(), kFewBytes))));
}

/// Whether too many frames have run since the last collection, and the nursery
/// may settle instead.
bool Heap::isStackTooDeep() {
  for (Chain *chain = chains_; chain != nullptr; chain = chain->next)
    if (chain != compiledChain_ && chain->due() != 0)
      return false;
  std::size_t size = 0;
  if (isAllCompiled())
    world_.forEachMutator([&](Mutator &mutator) {
      size += mutator.quietFrames.runningSize(world_.stackOf(mutator));
    });
  return size > mostRunning();
}

/// The nursery has settled. Where what roots lead to is still to be held
/// because it may be evacuated, they are looked at, if they are few.
void Heap::settleRoots() {
  if (old_.candidates().isRecording()) {
    if (arena_.protection().openSize() <= kMostLeftOpen)
      return;
    old_.candidates().giveUp();
  }
  for (RootSource *each = roots_; each != nullptr; each = each->next)
    each->settle();
}

void Heap::settleFrames(bool isTooDeep) {
  if (!isAllCompiled())
    return;
  world_.forEachMutator([&](Mutator &mutator) {
    if (isTooDeep)
      mutator.quietFrames.settle(world_.stackOf(mutator));
    else
      mutator.quietFrames.settleList();
  });
  if (isTooDeep)
    old_.candidates().giveUp(); // Nobody knows which of them frames lead to.
}

void Heap::makeReady(Mutator &mutator, const abi::ExitRecord &exit) {
  if (!mutator.quietFrames.isReached(Address::fromBits(exit.stackPointer)))
    return;
  noteLostFrames(mutator);
  mutator.quietFrames.retreat(&exit, [this](Slot slot) { show(slot); });
  world_.resetPollLimit(mutator);
}

// ---- The marker ----

void Heap::noteLostFrames(Mutator &mutator) {
  if (mutator.quietFrames.takeLost())
    old_.noteLoss();
}

/// Nothing of the snapshot moves, so what the slot holds is all there is to it.
void Heap::show(Slot slot) {
  old_.noteOldValue(slot.load().bits());
  old_.candidates().hold(slot.load());
}

class Heap::Shown final : public RootVisitor {
public:
  explicit Shown(Heap &heap) : heap_(heap) {}
  void exact(Slot slot) override { heap_.show(slot); }
  void ambiguous(Extent words) override {
    for (Address each = words.base; each < words.limit; each += kWordSize)
      heap_.old_.noteAmbiguous(*each.as<Word>());
  }

private:
  Heap &heap_;
};

/// A source that has nothing to show takes about as long as a slot.
bool Heap::showWaitingRoots() {
  Shown shown(*this);
  unsigned left = kRootsShown;
  while (waitingRoots_ != nullptr && left != 0 &&
         waitingRoots_->showWaiting(left, shown)) {
    waitingRoots_ = waitingRoots_->next;
    left -= left != 0;
  }
  return waitingRoots_ == nullptr;
}

/// It leaves; what it held when marking began must be seen.
void Heap::showAllOf(RootSource &source) {
  if (waitingRoots_ == &source)
    waitingRoots_ = source.next;
  if (!old_.isShading())
    return;
  Shown shown(*this);
  unsigned all = ~0u;
  while (!source.showWaiting(all, shown))
    all = ~0u;
  old_.passNoted();
}

/// Some of the calling thread's frames, and of roots, while marking. Whether
/// none is left.
bool Heap::showOwnWaiting() {
  if (old_.phase() != OldCollection::Phase::Marking)
    return true;
  PauseParts::During during(parts_, Part::Mark);
  bool isDone = true;
  world_.forEachMutator([&](Mutator &mutator) {
    if (!mutator.thread().isCurrent())
      return;
    noteLostFrames(mutator);
    mutator.quietFrames.showWaiting(kFramesShown,
                                    [this](Slot slot) { show(slot); });
    isDone = !mutator.quietFrames.isWaiting();
  });
  isDone &= showWaitingRoots();
  old_.passNoted();
  return isDone;
}

/// With the world stopped, of all threads.
bool Heap::showAllWaiting() {
  bool isDone = true;
  world_.forEachMutator([&](Mutator &mutator) {
    mutator.quietFrames.showWaiting(kFramesShown,
                                    [this](Slot slot) { show(slot); });
    isDone &= !mutator.quietFrames.isWaiting();
  });
  isDone &= showWaitingRoots();
  old_.passNoted();
  return isDone;
}

} // namespace mps
