// What the write barrier logged, and the remembered set made of it.
//
// A slot of a settled object is armed (its bit in the log table is set), or it
// is in the log or in the remembered set. A store to an armed slot clears the
// bit and logs the slot. At a flip the log is drained into the remembered set;
// in the collection each remembered slot is fixed. It stays remembered if what
// it refers to is not settled, and is armed again otherwise. Where all that is
// young settles, all are armed, as far as there is time: the rest stay
// remembered.
//
// Invariant W1: outside of a collection, every slot of a settled object that
// refers to an object that is not settled has a clear bit, and is in some
// thread's log or in the remembered set.
// Invariant W2: the same of the words of weak parts; their object is
// remembered.
// Invariant W3: a remembered slot is in an object that may be alive: no mutator
// could have stored to what was garbage when marking began.
#ifndef MPS_TRACE_WRITE_LOG_H
#define MPS_TRACE_WRITE_LOG_H

#include "arena/side_memory.h"
#include "base/function_ref.h"

namespace mps {

/// So many remembered slots are gone through between looks at the clock.
inline constexpr std::size_t kSlotsAtOnce = 32;

class WriteLog {
public:
  void add(Slot slot) {
    if (!slots_.push(slot))
      noteLoss();
  }
  /// There was no memory for a slot: until all are found again, in a full
  /// collection, the set is of no use.
  void noteLoss() { isComplete_ = false; }
  bool isComplete() const { return isComplete_; }
  /// All slots remembered so far. Who takes one away has to arm it.
  GrowingArray<Slot> &slots() { return slots_; }
  /// The same, to be gone through until forgetTaken().
  GrowingArray<Slot> &takeAll() {
    isComplete_ = true;
    areTaken_ = true;
    return slots_;
  }
  /// The same with settled objects of which a weak part leads out of the
  /// settled generation (invariant W2).
  void addWeak(Address object) {
    if (!weak_.push(object))
      noteLoss();
  }
  GrowingArray<Address> &takeAllWeak() {
    areWeakTaken_ = true;
    return weak_;
  }
  /// Of what has been taken, add() and addWeak() make a new set.
  void forgetTaken() {
    if (areTaken_)
      slots_.clear();
    if (areWeakTaken_)
      weak_.clear();
    areTaken_ = areWeakTaken_ = false;
  }
  template <typename Visit> void forEachWeak(Visit visit) {
    for (Address object : weak_)
      visit(object);
  }
  template <typename Predicate> void keepIf(Predicate isKept) {
    std::size_t kept = 0;
    for (Slot slot : slots_)
      if (isKept(slot))
        slots_[kept++] = slot;
    slots_.truncate(kept);
    kept = 0;
    for (Address object : weak_)
      if (isKept(Slot::at(object)))
        weak_[kept++] = object;
    weak_.truncate(kept);
  }
  std::size_t size() const { return slots_.size(); }
  /// Loads what is in each, to no other end than that it is in the cache. False
  /// if it `isOver` before that, which is asked after some each time.
  bool areRead(FunctionRef<bool()> isOver) {
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      (void)*static_cast<const volatile Word *>(slots_[i].address().as<Word>());
      if (i % kSlotsAtOnce == kSlotsAtOnce - 1 && isOver())
        return false;
    }
    return true;
  }
  void showArrays(SideMemory &memory) { memory.show(slots_, weak_); }
  template <typename Visit> void forEach(Visit visit) {
    for (Slot slot : slots_)
      visit(slot);
  }

private:
  bool isComplete_ = true;
  bool areTaken_ = false, areWeakTaken_ = false;
  GrowingArray<Slot> slots_;
  GrowingArray<Address> weak_;
};

} // namespace mps

#endif
