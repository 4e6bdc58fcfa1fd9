// Ephemerons whose key has not been found yet (Hayes, "Ephemerons: a new
// finalization mechanism", 1997).
//
//   add()     an ephemeron waits for its key
//   found()   somebody has found an object: the ephemerons that wait for it are
//             ready
//   take()    one of those: its value is to be found next
//
// What waits when nothing is ready, and nothing is grey, is dead. Each
// ephemeron is added once and taken once, and found() looks at as many keys as
// share a bucket, however many wait for one of them: the time is linear in the
// number of ephemerons, however they depend on each other, and none of these
// takes long. The table grows a bucket at a time (Litwin, "Linear
// hashing: a new tool for file and table addressing", 1980), so that no step of
// a marker takes long.
#ifndef MPS_TRACE_EPHEMERONS_H
#define MPS_TRACE_EPHEMERONS_H

#include "arena/side_memory.h"

namespace mps {

struct Ephemeron {
  Slot key, value;
  /// A client's object that it is in, to be scanned again if it dies; null in a
  /// described object.
  Address owner;
  /// What the value of a client's is, while nobody can change it.
  Ref known = {};
};

class WaitingEphemerons {
public:
  bool isEmpty() const { return entries_.size() == 0; }
  /// For a key that the ephemeron had: others may store to it meanwhile. False
  /// if there is no memory.
  bool add(const Ephemeron &ephemeron, Ref key);
  void found(Ref object);
  bool isReady() const { return ready_ != kNone; }
  /// False if none is ready.
  bool take(Ephemeron &out);
  /// Those that wait still.
  template <typename Visit> void forEachWaiting(Visit visit) {
    for (Entry &each : entries_)
      if (each.isWaiting)
        visit(each.ephemeron);
  }
  void clear();
  /// When nothing more is found, and none is ready: one that has been added,
  /// and whether it waits still; it does no more. False if there is none left.
  bool remove(Ephemeron &out, bool &wasWaiting);
  void showArrays(SideMemory &memory) { memory.show(entries_, buckets_); }
  /// Entries that were looked at, since it was made.
  std::size_t steps() const { return steps_; }

private:
  using Index = std::uint32_t;
  static constexpr Index kNone = ~Index(0);
  struct Entry {
    Ephemeron ephemeron;
    Ref key;
    bool isWaiting;
    /// Of the first of a key only: in the bucket; or, once the key is found,
    /// the first of the next that is ready.
    Index nextKey;
    Index nextSame; ///< Of the same key.
  };

  static std::size_t hashOf(Ref key);
  Index &bucketOf(Ref key);
  Index *find(Ref key);
  bool grow();

  GrowingArray<Entry> entries_;
  GrowingArray<Index> buckets_;
  Index ready_ = kNone;
  std::size_t steps_ = 0;
};

} // namespace mps

#endif
