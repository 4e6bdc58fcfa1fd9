// A guardian: the wish to be told when a block dies (Dybvig, Bruggeman, Eby,
// "Guardians in a Generation-Based Garbage Collector", 1993).
//
// Guardians hang on the segment of their block, so that a trace looks at those
// of the segments that it condemns, and at no others. When all that is strong
// has been found, and a guardian's block has not, the trace takes the guardian,
// finds the block once more, and hands the guardian to whoever runs the trace.
#ifndef MPS_TRACE_GUARDIAN_H
#define MPS_TRACE_GUARDIAN_H

#include "arena/segment.h"

namespace mps {

struct Guardian {
  Ref block;
  Guardian *next = nullptr; ///< Of the same segment, or of a GuardianList.
};

class GuardianList {
public:
  bool isEmpty() const { return first_ == nullptr; }
  void push(Guardian *guardian) {
    guardian->next = first_;
    first_ = guardian;
  }
  Guardian *pop() {
    Guardian *guardian = first_;
    if (guardian != nullptr)
      first_ = guardian->next;
    return guardian;
  }

private:
  Guardian *first_ = nullptr;
};

/// The guardian of a block in the segment hangs on it from now on.
inline void attach(Segment &segment, Guardian &guardian) {
  guardian.next = segment.guardians;
  segment.guardians = &guardian;
}

/// Takes the youngest guardian of a block from its segment, or returns null.
/// Time: the number of guardians in the segment.
inline Guardian *detach(Segment &segment, Ref block) {
  for (Guardian **link = &segment.guardians; *link != nullptr;
       link = &(*link)->next)
    if ((*link)->block == block) {
      Guardian *found = *link;
      *link = found->next;
      return found;
    }
  return nullptr;
}

} // namespace mps

#endif
