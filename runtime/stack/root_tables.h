// Root tables of all loaded modules: from a return address to its frame.
//
// A module registers its section when it is loaded, and withdraws it when it is
// unloaded; both are one atomic store, so a thread may be stopped in the midst
// of it and every other thread still finds what it needs. A look-up goes over
// the modules, then by binary search over a module's functions and over the
// function's safepoints: no work at start-up.
#ifndef MPS_STACK_ROOT_TABLES_H
#define MPS_STACK_ROOT_TABLES_H

#include "base/address.h"
#include "mps/abi/module.h"

namespace mps {

/// What the tables know of the frame of one return address.
struct FrameDescription {
  std::uint32_t size = 0;
  const std::uint16_t *slots = nullptr; ///< A count, then that many slots.
  explicit operator bool() const { return slots != nullptr; }
};

class RootTables {
public:
  /// False if there are too many modules already.
  static bool add(const abi::ModuleDescriptor *module);
  static void remove(const abi::ModuleDescriptor *module);

  /// Empty if the address is in no managed function. Throughout a process,
  /// only one thread at a time, with managed threads of its heap stopped.
  static FrameDescription find(Address returnAddress);

  template <typename Visit> static void forEachModule(Visit visit) {
    for (unsigned i = 0; i < count(); ++i)
      if (const abi::ModuleDescriptor *each = module(i))
        visit(*each);
  }
  /// Of all tables.
  static std::size_t sizeInBytes();

private:
  static unsigned count();
  static const abi::ModuleDescriptor *module(unsigned index);
};

} // namespace mps

#endif
