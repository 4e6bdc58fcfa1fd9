// Guardians of a heap's blocks: from a client's wish to its message.
#include "collector/heap.h"

namespace mps {

Result Heap::guard(Ref block) {
  Guardian *guardian = messages_.makeGuardian(block);
  if (guardian == nullptr)
    return Result::Memory;
  old_.noteGuarded(block);
  attach(*arena_.segmentOf(block.address()), *guardian);
  return Result::Ok;
}

Result Heap::unguard(Ref block) {
  Guardian *guardian = detach(*arena_.segmentOf(block.address()), block);
  if (guardian == nullptr)
    return Result::Fail;
  messages_.free(*guardian);
  return Result::Ok;
}

/// What the last trace has found dying.
void Heap::postDead() {
  while (Guardian *guardian = tracer_.takeDead())
    messages_.post(*guardian);
}

/// Their messages are held back until the old collection ends. Where nobody was
/// to be told when their blocks were found dying, those were not marked: that
/// somebody is by now is too late.
void Heap::takeOldDead() {
  while (Guardian *guardian = old_.takeDead())
    if (old_.findsDying())
      messages_.postOuter(*guardian);
    else
      messages_.free(*guardian);
}

void Heap::freeGuardians(Segment &segment) {
  while (Guardian *guardian = segment.guardians) {
    segment.guardians = guardian->next;
    messages_.free(*guardian);
  }
}

} // namespace mps
