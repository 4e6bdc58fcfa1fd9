// References in the global variables of compiled code's modules, and in its
// static objects.
//
// A million of them must not make a pause. So they are slots of something that
// is old and never dies: they are armed like the slots of settled objects
// (arena/log_table.h), compiled code stores to them with the write barrier, and
// what that logs is remembered. A young collection sees those that are
// remembered, and no others; a full one sees all. When an old collection
// begins, all wait to be shown to the marker, in steps: what is overwritten
// before has been logged.
//
// What they lead to is not evacuated in groups: nobody records their slots.
// Weak parts of static objects have no barrier that would log a slot, and are
// seen in each collection.
//
// Invariant L1: with the world stopped and all logs drained, a slot here is
// armed, or remembered; one that leads to what is not settled is remembered;
// and what an armed one leads to is in no candidate that is not held.
#ifndef MPS_API_GLOBAL_ROOTS_H
#define MPS_API_GLOBAL_ROOTS_H

#include "arena/control_memory.h"
#include "mps/abi/module.h"
#include "stack/root_source.h"

namespace mps {

class GlobalRoots final : public RootSource {
public:
  // With the arena's lock:

  /// The module's code has not run: its variables lead to nothing in an arena.
  /// False if there is no memory.
  bool add(const abi::ModuleDescriptor &module);
  /// It leaves. Nothing is waiting, and no log has slots of extentOf(module).
  void remove(const abi::ModuleDescriptor &module);
  /// Where its variables are.
  static Extent extentOf(const abi::ModuleDescriptor &module);
  bool showWaiting(unsigned &slots, RootVisitor &visitor) override;

  // World stopped:

  void visit(Rank rank, RootVisitor &visitor) override;
  void wait() override;

private:
  struct Table {
    const abi::GlobalEntry *begin, *end;
  };

  bool isKnown(const abi::ModuleDescriptor &module);
  bool addWeakParts(const abi::ModuleDescriptor &module);
  unsigned showPart(const abi::GlobalEntry &entry, FunctionRef<void(Slot)>);

  GrowingArray<Table> tables_;
  GrowingArray<Address> weak_; ///< Static objects with weak parts.
  /// What waits: tables from this one on, entries from that one on, and of a
  /// static array, elements.
  std::size_t waitingTable_ = 0, waitingEnd_ = 0;
  const abi::GlobalEntry *waiting_ = nullptr;
  std::size_t waitingElement_ = 0;
};

} // namespace mps

#endif
