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
constexpr double kAll = std::numeric_limits<double>::infinity();
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
/// So many fewer slots than are due may have been looked at before somebody
/// waits: a part of what is expected, and what one step may have in hand.
constexpr double kOverduePart = 1.0 / 64, kLeastOverdue = 4096;
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
    isBehind_ = assistMarking({slotsDue(headroomGone())}, hasClients_, size) ==
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

/// How many slots are to have been looked at when so much is gone: as many as
/// are expected well before the end, then as many as there can be; and in the
/// end all there are.
double OldCollection::slotsDue(double gone) const {
  if (gone >= 1)
    return kAll;
  if (gone < kExpectedUsed)
    return slotsExpected_ * gone / kExpectedUsed;
  return slotsExpected_ + (slotsAtMost_ - slotsExpected_) *
                              (gone - kExpectedUsed) / (1 - kExpectedUsed);
}

bool OldCollection::isMarkingBeside(Due &dueOut) const {
  if (phase() != Phase::Marking || isDrained_ || hasClients_)
    return false;
  dueOut.slots = slotsDue(headroomGone());
  dueOut.overdue =
      dueOut.slots - std::max(kOverduePart * slotsExpected_, kLeastOverdue);
  return true;
}

/// As far as less has been looked at than is due. If another is at it, our
/// thread or a mutator, that will do, unless it is overdue: then who asks is
/// held up by a step each time, and not for long when all of the headroom is
/// gone. But nobody waits for longer than an assist, nor before one who waits
/// in lock(), and who does not get the lock stays behind, and gets little.
/// Another collection may have begun before it does.
OldCollection::Assisted OldCollection::assistMarking(Due due, bool ofClients,
                                                     std::size_t size) {
  bool isLast = due.slots == kAll;
  std::uint64_t end = platform::nanoseconds() + timeFor(size, isLast);
  while (double(slotsDone_) < due.slots) {
    if (!thread_.tryLock()) {
      if (!isLast && double(slotsDone_) >= due.overdue)
        return Assisted::Busy;
      if (!thread_.lockUntil(end))
        break;
    }
    bool goesOn = phase() == Phase::Marking && hasClients_ == ofClients &&
                  double(slotsDone_) < due.slots && markFor(end);
    thread_.unlock();
    if (!goesOn)
      return Assisted::Done;
    if (thread_.isAwaited() || platform::nanoseconds() >= end)
      break;
  }
  return double(slotsDone_) < due.slots ? Assisted::Behind : Assisted::Done;
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
