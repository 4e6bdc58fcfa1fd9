// Guardians and weak references of an old collection.
//
// 1. Guarding begins when all that the roots lead to is marked. Step by step,
//    the guardians of the snapshot's blocks are looked at: those of unmarked
//    ones are dying. When all have been looked at, the dying blocks are marked,
//    and marking goes on with what they lead to. A block that a mutator has
//    revived meanwhile, through a weak reference, may be told to be dying all
//    the same.
// 2. Clearing begins when marking has ended for good (trace/marker_weak.cpp).
//
// Not here: what mutators do that load from weak parts (api/compiled_weak.cpp).
#include "collector/old_collection.h"

#include "platform/clock.h"

namespace mps {

namespace {
/// Of one step.
constexpr unsigned kSegmentsTogether = 256, kGuardiansTogether = 64;
constexpr std::size_t kWeakTogether = 512;
/// Lists of a pool with segments of the snapshot.
constexpr unsigned kLists[] = {Pool::kSnapshot, Pool::kSparse};
} // namespace

/// Whether a block of the snapshot may have one.
bool OldCollection::hasGuardians() const { return guardians_ != 0; }

void OldCollection::startGuarding() {
  guardedPool_ = pools_;
  guardedList_ = 0;
  guardedSegment_ = nullptr;
  hasGuarded_ = true;
  phase_.store(Phase::Guarding, std::memory_order_release);
  thread_.wake();
}

/// The next segment of the snapshot, or null. The lists do not change
/// meanwhile.
Segment *OldCollection::nextGuarded() {
  if (guardedSegment_ != nullptr)
    guardedSegment_ = guardedSegment_->next;
  while (guardedSegment_ == nullptr && guardedPool_ != nullptr) {
    if (guardedList_ < std::size(kLists)) {
      guardedSegment_ = guardedPool_->segments[kLists[guardedList_++]].first();
    } else {
      guardedPool_ = guardedPool_->next;
      guardedList_ = 0;
    }
  }
  return guardedSegment_;
}

/// A step. False if it has ended.
bool OldCollection::guard() {
  for (unsigned i = 0; i < kSegmentsTogether && guardedPool_ != nullptr; ++i)
    if (Segment *segment = nextGuarded())
      lookAtGuardians(*segment);
  if (guardedPool_ != nullptr)
    return true;
  for (unsigned i = 0; i < kGuardiansTogether; ++i) {
    Guardian *guardian = dying_.pop();
    if (guardian == nullptr)
      break;
    findDying(*guardian);
  }
  if (!dying_.isEmpty())
    return true;
  isDrained_ = false;
  phase_.store(Phase::Marking, std::memory_order_release);
  return true;
}

void OldCollection::lookAtGuardians(Segment &segment) {
  Guardian *guardian = segment.guardians;
  segment.guardians = nullptr;
  while (guardian != nullptr) {
    Guardian *following = guardian->next;
    if (marker_.isUnmarked(guardian->block))
      dying_.push(guardian);
    else
      attach(segment, *guardian);
    guardian = following;
  }
}

/// Unless another guardian of the block was told, or it has been revived.
void OldCollection::findDying(Guardian &guardian) {
  if (!marker_.isUnmarked(guardian.block))
    return attach(*arena_.segmentOf(guardian.block.address()), guardian);
  if (findsDying_)
    marker_.markDying(guardian.block);
  dead_.push(&guardian);
}

void OldCollection::abandonGuarding() {
  while (Guardian *guardian = dying_.pop())
    attach(*arena_.segmentOf(guardian->block.address()), *guardian);
}

// ---- Clearing ----

/// A step, by whoever holds the lock of steps. False if it is done.
bool OldCollection::clear() {
  if (marker_.clearSome(kWeakTogether))
    return true;
  isCleared_.store(true, std::memory_order_release);
  return false;
}

/// There is no measure of what is left: all the time there is, and a step. Our
/// thread may not have a processor to finish its own with.
void OldCollection::assistWeak() {
  std::uint64_t end = platform::nanoseconds() + assistTime_;
  bool goesOn = true;
  do {
    if (!thread_.tryLock())
      return;
    goesOn = phase() == Phase::Guarding ? guard() : clear();
    goesOn &= phase() == Phase::Guarding || phase() == Phase::Clearing;
    thread_.unlock();
  } while (goesOn && platform::nanoseconds() < end);
}

void OldCollection::noteGuarded(Ref block) {
  if (phase() != Phase::Guarding)
    return;
  Held held(*this);
  marker_.markDying(block);
}

} // namespace mps
