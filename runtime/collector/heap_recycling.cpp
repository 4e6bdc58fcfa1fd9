// When compiled code recycles what has died between settled objects, instead of
// filling nurseries (pool/recycling.cpp).
//
// It begins at the end of a collection, if as much survives of nurseries that
// to settle them is cheaper than to trace them, and unless an old collection is
// under way that does more than sweep. It ends when the world is stopped, for
// whatever reason; and to measure what survives of a nursery, from time to
// time, and before everything is collected.
//
// Nobody wants to know of stores meanwhile: threads are given a table in which
// no page is armed. So all slots stay armed, to begin and to end takes no time,
// and the heap may be of any size.
//
// Invariant R1: while the world is stopped, nothing is recycled: all free
// memory of settled segments is padding; and when that ends, every slot of
// theirs is armed.
// Invariant R2: while something is recycled, nothing is young.
#include "collector/heap.h"

namespace mps {

/// While something is marked or evacuated, stores must be logged.
bool Heap::mayRecycle() {
  bool isLogging =
      old_.isRunning() && old_.phase() != OldCollection::Phase::Sweeping;
  return mayCollect() && isAllCompiled() && writeLog_.isComplete() &&
         !isLogging && !old_.evacuator().isActive() && !isPreparing_;
}

bool Heap::wantsToRecycle() {
  if (schedule_.isOn())
    return schedule_.recycles();
  if (settings_.stress != Stress::None)
    return !hasReadBarrier_ && // Then it evacuates, beside the program.
           statistics_.collections % kStressedRecycling == 0;
  return isShort() ||
         (!isTimeToBegin() &&
          pacing_.wantsToRecycle(arena_.used(), arena_.segmentLimit()));
}

void Heap::noteTightness() {
  bool isTight = pacing_.isTight(arena_.segmentLimit());
  for (Pool *pool = pools_; pool != nullptr; pool = pool->next)
    pool->setIsTight(isTight);
}

/// No segment can be had, and what has died is gaps, if anything.
bool Heap::isShort() const { return arena_.available() < arena_.segmentSize(); }

/// True if gaps are filled from now on, until there are none.
bool Heap::recycleInstead() {
  if (isRecycling() || compiledChain_ == nullptr || !isShort() ||
      !mayRecycle() || schedule_.isOn() || settings_.stress != Stress::None)
    return false;
  collect(Scope::Settle, "out of memory");
  return isRecycling();
}

/// When those have been filled: gaps of what was to be evacuated, for which
/// there is no memory. A group of it, which a pause has time for. False if
/// there is none, or `size` is more than gaps are looked through for.
bool Heap::recycleSparse(std::size_t size) {
  if (!isRecycling() || !isShort() || size > Pool::kMostInGaps || !mayRecycle())
    return false;
  OldCollection::Held held(old_);
  if (!old_.candidates().dissolveLast(pools_))
    return false;
  for (Pool *pool = pools_; pool != nullptr; pool = pool->next)
    pool->lookForGapsAgain();
  return true;
}

/// The last thing in a pause. What is young settles, and every slot is armed.
void Heap::startRecycling(CollectionReport &report) {
  if (!mayRecycle() || !wantsToRecycle())
    return;
  if (slotsLeft_ == 0 || isShort())
    settle(report, isShort() ? Remembered::All : Remembered::InTime);
  if (slotsLeft_ != 0)
    return; // Next time.
  PauseParts::During during(parts_, Part::Recycle);
  for (Pool *pool = pools_; pool != nullptr; pool = pool->next)
    pool->startRecycling();
  compiledChain_->recycledBytes = 0;
  compiledChain_->isRecycling = true;
  goesOnRecycling_ = isShort();
  world_.setLogging(false);
  letRefillAlone();
}

/// Unless somebody wants to know whenever an allocation point is filled: then
/// it gets little at a time.
void Heap::letRefillAlone() {
  if (compiledChain_ == nullptr)
    return;
  bool alone = isRecycling() && settings_.stress == Stress::None &&
               !schedule_.isOn() && !old_.isBehind();
  __atomic_store_n(&compiledChain_->refillsAlone, alone, __ATOMIC_RELAXED);
}

/// The first thing in a pause.
void Heap::endRecycling() {
  if (!isRecycling())
    return;
  PauseParts::During during(parts_, Part::Recycle);
  compiledChain_->isRecycling = goesOnRecycling_ = false;
  world_.setLogging(true);
  recycled_ += compiledChain_->recycledBytes;
  letRefillAlone();
  for (Pool *pool = pools_; pool != nullptr; pool = pool->next)
    pool->endRecycling();
  pacing_.recyclingEnded(arena_.used(), arena_.segmentLimit(), *compiledChain_);
}

void Heap::stopRecycling() {
  if (isRecycling())
    whileStopped([] {});
}

bool Heap::isRecyclingOver() const {
  constexpr std::size_t kPlentyPart = 32; // Of the limit: there is some again.
  bool goesOn = goesOnRecycling_ &&
                arena_.available() < arena_.segmentLimit() / kPlentyPart;
  return isRecycling() && !goesOn &&
         (isTimeToBegin() ||
          pacing_.isRecyclingOver(arena_.used(), compiledChain_->recycledBytes,
                                  arena_.segmentLimit()));
}

} // namespace mps
