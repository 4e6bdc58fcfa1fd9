// The pace of an old collection: what part of it a mutator takes upon itself
// before it gets more memory, so that the collection ends before memory does.
//
// Due is a part of the marking, or of the sweeping, that follows the part of
// the room that is gone; who finds less done does some of it, for a part of the
// pause time (docs/design/old-collections.md).
#include "collector/old_collection.h"

#include "platform/clock.h"

#include <algorithm>
#include <limits>

namespace mps {

namespace {
/// Of one step, and between two looks at the clock: each slot may lead to pages
/// that nobody has touched, and take 10 us and more.
constexpr std::size_t kSlotsAssisted = 256, kSlotsBetweenLooks = 16;
/// Where a step opens and closes clients' segments.
constexpr std::size_t kSlotsOfClients = 256;
/// Of bytes that are asked for at once.
constexpr std::size_t kLeastLarge = std::size_t(256) << 10;
/// Marking is to have ended when this part of the headroom has been used, and
/// if as much is to be marked as is expected, when this part of that has; and
/// sweeping, when this part of what is left then has.
constexpr double kHeadroomUsed = 0.75, kExpectedUsed = 0.7,
                 kSweepRoomUsed = 0.5;
/// There may be so many times as much as the last time, as a rule.
constexpr double kGrowth = 1.25;
/// Of what is expected: so much less may have been done than is due.
constexpr double kBehindPart = 1.0 / 64;
/// Nothing is known yet of the objects' shape, nor how many live.
constexpr double kSlotsPerByte = 0.05;
} // namespace

/// Who asks for little is back for more soon. A burst of long arrays takes the
/// headroom in some dozens of pauses; what a marking takes must fit in those,
/// and in what is left when the headroom that it may use is gone.
std::uint64_t OldCollection::timeFor(std::size_t size, bool isLast) const {
  return assistTime_ * (size >= kLeastLarge ? 3 : isLast ? 2 : 1);
}

bool OldCollection::isAssistDue(std::size_t size) {
  bool isDue = true;
  if (phase() == Phase::Sweeping) {
    sweepAllocated_ += size;
    isDue = sweeper_.sweptSize() < sweptDue();
  } else if (phase() == Phase::Marking) {
    isDue = !isDrained_ && double(slotsDone_) < slotsDue(headroomGone());
    isBehind_ &= isDue; // What is due may be done by another at the moment.
    return isDue;
  }
  isBehind_ = false;
  return isDue;
}

/// How much is to have been swept.
std::size_t OldCollection::sweptDue() const {
  double gone =
      double(sweepAllocated_) / (kSweepRoomUsed * double(sweepRoom_ + 1));
  return std::size_t(gone * double(usedAtBegin_));
}

void OldCollection::assist(std::size_t size) {
  if (phase() == Phase::Marking && !isDrained_)
    isBehind_ = assistMarking(slotsDue(headroomGone()), hasClients_, size) ==
                Assisted::Behind;
  else if (evacuator_.isActive() && !evacuator_.isDrained())
    assistEvacuating();
  else if (phase() == Phase::Guarding ||
           (phase() == Phase::Clearing && !isCleared_))
    assistWeak();
  else if (phase() == Phase::Sweeping)
    assistSweeping(size);
}

/// Of segments, and of what the runtime keeps for itself, such as records of
/// slots: all of it is taken from the headroom.
std::size_t OldCollection::grown() const {
  std::size_t limit = arena_.segmentLimit(), occupied = arena_.occupied();
  return occupied - std::min(occupied, occupiedAtBegin_) + limitAtBegin_ -
         std::min(limit, limitAtBegin_);
}

/// Of the headroom that marking may use, the part that is gone.
double OldCollection::headroomGone() const {
  return double(grown()) / (kHeadroomUsed * double(headroom_));
}

/// As many live as did the last time, or all of what there is.
void OldCollection::expectSlots() {
  double used = double(usedAtBegin_);
  slotsAtMost_ = used * slotsPerLive_;
  double expected =
      slotsOfLast_ != 0 ? kGrowth * double(slotsOfLast_) : used * kSlotsPerByte;
  slotsExpected_ = std::min(expected, slotsAtMost_);
}

/// How many slots are to have been looked at when so much is gone: as many as
/// are expected well before the end, then as many as there can be; and in the
/// end all there are.
double OldCollection::slotsDue(double gone) const {
  if (gone >= 1)
    return std::numeric_limits<double>::infinity();
  if (gone < kExpectedUsed)
    return slotsExpected_ * gone / kExpectedUsed;
  return slotsExpected_ + (slotsAtMost_ - slotsExpected_) *
                              (gone - kExpectedUsed) / (1 - kExpectedUsed);
}

bool OldCollection::isMarkingBeside(double &slotsOut) const {
  if (phase() != Phase::Marking || isDrained_ || hasClients_)
    return false;
  slotsOut = slotsDue(headroomGone());
  return true;
}

/// As far as less has been looked at. If our thread is at it, or another
/// mutator, that is enough, unless much is to be done, or all of the headroom
/// is gone: then a mutator waits for the lock, so that it is held up a little
/// each time, and not for long when memory is out. Nobody waits for longer than
/// an assist, and who does not get the lock stays behind, and gets little.
/// Another collection may have begun before it does. Nobody who waits in lock()
/// waits for more than a step.
OldCollection::Assisted
OldCollection::assistMarking(double slots, bool ofClients, std::size_t size) {
  bool isLast = slots == std::numeric_limits<double>::infinity();
  std::uint64_t end = platform::nanoseconds() + timeFor(size, isLast);
  bool isBehind = double(slotsDone_) < slots;
  while (isBehind) {
    bool isFar =
        isLast || double(slotsDone_) + kBehindPart * slotsExpected_ < slots;
    if (!thread_.tryLock() && !(isFar && thread_.lockUntil(end)))
      return isFar ? Assisted::Behind : Assisted::Busy;
    isBehind = phase() == Phase::Marking && hasClients_ == ofClients &&
               double(slotsDone_) < slots && markFor(end);
    thread_.unlock();
    if (thread_.isAwaited() || platform::nanoseconds() >= end)
      break;
  }
  return isBehind ? Assisted::Behind : Assisted::Done;
}

/// Within a step. Where there is next to no time, never: no marking would end
/// before memory does.
bool OldCollection::isLate(std::uint64_t end) const {
  constexpr std::uint64_t kLeastTime = 20000;
  return assistTime_ >= kLeastTime && platform::nanoseconds() >= end;
}

/// A step, or less if that takes too long. False if it is drained.
bool OldCollection::markFor(std::uint64_t end) {
  if (hasClients_)
    return mark(kSlotsOfClients, thread_.wanted());
  for (std::size_t done = 0; done < kSlotsAssisted;
       done += kSlotsBetweenLooks) {
    if (!mark(kSlotsBetweenLooks, thread_.wanted()))
      return false;
    if (isLate(end))
      break;
  }
  return true;
}

/// A little: what is left when the nursery is full is done with the world
/// stopped.
void OldCollection::assistEvacuating() {
  if (!thread_.tryLock())
    return;
  std::uint64_t end = platform::nanoseconds() + assistTime_;
  for (std::size_t done = 0; done < kSlotsAssisted;
       done += kSlotsBetweenLooks) {
    if (!evacuator_.step(kSlotsBetweenLooks, thread_.wanted()) || isLate(end))
      break;
  }
  thread_.unlock();
}

/// A little: where there are no holes, whoever asks gets fresh memory, and asks
/// again soon.
bool OldCollection::sweepFor(Pool &pool) {
  constexpr unsigned kPartOfAssist = 4;
  std::uint64_t start = platform::nanoseconds();
  while (phase() == Phase::Sweeping && !pool.hasOffered() &&
         sweeper_.sweepOneOf(pool) &&
         platform::nanoseconds() - start < assistTime_ / kPartOfAssist) {
  }
  noteSwept();
  return pool.hasOffered();
}

/// What our thread has taken is the last when it has lost its processor. False
/// if there is nothing to be had.
bool OldCollection::sweepOneOrTaken(std::uint64_t start) {
  if (sweeper_.sweepOne())
    return true;
  if (sweeper_.isDone() || !thread_.lockUntil(start + assistTime_))
    return false;
  sweeper_.keepTaken();
  thread_.unlock();
  return true;
}

void OldCollection::assistSweeping(std::size_t size) {
  std::uint64_t start = platform::nanoseconds();
  do
    isBehind_ = sweeper_.sweptSize() < sweptDue() && sweepOneOrTaken(start);
  while (isBehind_ && platform::nanoseconds() - start < timeFor(size, false));
  noteSwept();
}

} // namespace mps
