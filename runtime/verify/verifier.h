// The heap verifier: a second walk over the whole heap and all roots, with code
// of its own.
//
// 1. Every segment of every pool is walked, object by object; each object's
//    first word is noted in a table of the verifier's own.
// 2. Every reference, of every root and every object, must lead to a noted
//    word, or outside of the arena, or be an immediate.
// 3. Every slot of a settled object must be armed, or known to the write log;
//    one that leads to an object that is not settled must be known to the log.
//
//   V1  a header leads to a plausible type descriptor
//   V2  objects fill their segment exactly
//   V3  a reference leads to an object
//   V4  an old slot that leads to a young object is logged (invariant W1)
//   V5  objects are aligned as their types say
//   V6  managed frames are in root tables, and root tables are in order
//   V7  outside of a collection, nothing is white, marked or forwarded
//   V8  an old slot that leads to a candidate that is not held is recorded
//       (invariant E1)
//   V9  a protected segment leads to no young generation but those of its
//       summary (invariant P2)
//   V10 an identity hash follows from an address, or is a word of the object
//   V11 a slot of a quiet frame or handle leads to a young object only if it is
//       listed, and to a candidate only if that is held (invariants F6, H1)
//   V12 a weak part is null or leads to an object; that of an old object that
//       leads to a young one is remembered (invariant W2)
//   V13 a guardian hangs on the segment that its block, an object, is in
//   V14 a segment of the snapshot, of a pool with protection, is protected, or
//       what its objects refer to has been marked (invariant M3)
//   V15 a slot of a global variable is armed or logged; one that leads to a
//       young object is logged, and what another leads to is in no candidate
//       that is not held (invariant L1)
//   V16 a segment of the snapshot, of a client's weak references or ephemerons,
//       cannot be read until it has been passed or cleared (invariant M5)
//   V17 a remembered slot is in an object, and in no garbage (invariant W3)
//
// A breach is a failed check: the plinth's assertion handler gets the rule, the
// place and the value, and the process aborts if it returns: a heap that is
// broken is not collected.
// Objects of a client's format are told by its skip, and their references by
// its scan, which gets a state that only checks.
// It finds frames by a walk of its own. With the world stopped, and the
// mutators' logs drained, only.
#ifndef MPS_VERIFY_VERIFIER_H
#define MPS_VERIFY_VERIFIER_H

#include "mutator/world.h"
#include "pool/pool.h"
#include "stack/root_source.h"
#include "trace/candidates.h"
#include "trace/write_log.h"
#include "verify/breach.h"
#include "verify/working_memory.h"

namespace mps {

class Verifier {
public:
  /// `when` is "before" or "after". The stacks of the world's threads need not
  /// be among the roots.
  Verifier(Arena &arena, Pool *pools, RootSource *roots, WriteLog &writeLog,
           World &world, WorkingMemory &memory, const char *when)
      : arena_(arena), pools_(pools), roots_(roots), writeLog_(writeLog),
        world_(world), memory_(memory), when_(when) {}
  /// An old collection is marking, or has marked: then what is not marked in
  /// its snapshot is garbage, and nothing that lives may refer to it (M2).
  void expectMarking() { hasMarks_ = true; }
  /// Weak parts may still lead to garbage: it counts as objects.
  void expectClearing() { hasMarks_ = isClearing_ = true; }
  void expectSweeping() { hasMarks_ = hasGarbage_ = true; }
  /// The same, and what leads to candidates is recorded (E1).
  void expectEvacuating(Candidates &candidates) {
    expectSweeping();
    candidates_ = &candidates;
  }
  void run();

private:
  /// Where a reference was found.
  struct Place {
    const char *kind;
    Address address;
    Address object;        ///< Null if it is of a root.
    Address returnAddress; ///< Of a frame's slot.
  };
  class Visitor;

  template <typename Visit> void forEachSegment(Visit visit);
  static Address objectsEnd(const Segment &segment);
  bool isOfSnapshot(const Segment &segment) const;

  void noteObjects(Segment &segment);
  std::size_t checkDescribed(Segment &segment, Address object, Address end);
  std::size_t checkClient(Segment &segment, Address object, Address end);
  bool isGarbage(const Segment &segment, Address object) const;
  void checkProtected(const Segment &segment);
  void checkUnmarked(const Segment &segment);
  void noteLog();
  void noteLogged(Slot slot);

  void checkReferences(Segment &segment);
  void checkWeakPart(const Segment &segment, Address object);
  void checkGuardians(const Segment &segment);
  void checkOldSlot(Slot slot, Address object);
  void checkNotRemembered(Extent dead);
  void checkRecorded(Slot slot, Address object);
  void checkSummary(Word word, const Segment &segment, Address object);
  void checkClientReferences(Segment &segment, Address object,
                             std::size_t size);
  void checkRoots();
  void checkFrames();
  void checkQuiet(Slot slot, bool isInList) const;
  bool isInLooseCandidate(const Segment &target) const;
  void checkGlobal(Slot slot, Address start);
  void checkReference(Word word, const Place &place);
  bool isObject(Word word, const Segment &segment) const;
  void initialiseScanState(ScanState &state, bool (*fix)(ScanState &, Word *),
                           void *closure) const;

  Arena &arena_;
  Pool *pools_;
  RootSource *roots_;
  WriteLog &writeLog_;
  World &world_;
  WorkingMemory &memory_;
  const char *when_;
  Candidates *candidates_ = nullptr;
  bool hasMarks_ = false, isClearing_ = false, hasGarbage_ = false;
};

} // namespace mps

#endif
