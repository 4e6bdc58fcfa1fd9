// What a heap does when a schedule, and not the clock, tells it when: each turn
// is something that could have come at this safepoint.
#include "collector/heap.h"

namespace mps {

void Heap::takeTurn() {
  noteOldEnded();
  switch (schedule_.next()) {
  case Schedule::Turn::Nothing:
    return;
  case Schedule::Turn::Due:
    if (isDue())
      collectWhatIsDue();
    return;
  case Schedule::Turn::Begin:
    if (mayBeginOld())
      collect(Scope::Begin, "schedule");
    return;
  case Schedule::Turn::Step:
    if (old_.hasClients())
      return whileStopped([&] { old_.advance(schedule_.slots()); });
    return old_.advance(schedule_.slots());
  case Schedule::Turn::End:
    if (old_.isShading() || old_.isHiding())
      collect(Scope::End, "schedule");
    return;
  case Schedule::Turn::Group:
    if (old_.phase() == OldCollection::Phase::Evacuating)
      collect(Scope::Groups, "schedule");
    return;
  case Schedule::Turn::Finish:
    return finishOld();
  case Schedule::Turn::Young:
    setFillsHoles(false);
    return collect(Scope::Young, "schedule");
  case Schedule::Turn::Settle:
    setFillsHoles(hasAllBarriers());
    if (hasAllBarriers())
      collect(Scope::Settle, "schedule");
    return;
  case Schedule::Turn::Full:
    if (schedule_.affords(arena_.used()))
      collect(Scope::Full, "schedule");
    return;
  case Schedule::Turn::Compact:
    if (schedule_.affords(arena_.used()))
      collect(Scope::Compact, "schedule");
    return;
  }
}

} // namespace mps
