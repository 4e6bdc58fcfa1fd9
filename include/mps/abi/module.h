// What a compiled module tells the runtime when it is loaded.
//
// The plugin emits, once per executable or shared object (in a COMDAT group,
// hidden), one ModuleDescriptor, a constructor that passes it to
// mps_rt_register_module, and a destructor that withdraws it.
//
// `mps_globals` is an array of GlobalEntry: one per global variable that holds
// references, and one per writable static object. Each entry is linked in
// order with its variable, and is dropped with it.
#ifndef MPS_ABI_MODULE_H
#define MPS_ABI_MODULE_H

#include <cstddef>
#include <cstdint>

#include "mps/abi/root_table.h"

namespace mps::abi {

inline constexpr char kGlobalSection[] = "mps_globals";

struct GlobalEntry {
  std::int32_t variable;  ///< The variable, relative to this field.
  std::uint32_t wordCount; ///< Its size in words; 0: a static object with a
                           ///< header, which tells the size itself.
  /// Bit i: word i is a reference; repeats every 64 words. Unused if
  /// wordCount is 0.
  std::uint64_t map;
};

struct ModuleDescriptor {
  std::uint32_t version; ///< abi::kVersion.
  std::uint32_t reserved;
  const FunctionEntry *rootsBegin; ///< Null if the module has none.
  const FunctionEntry *rootsEnd;
  const GlobalEntry *globalsBegin;
  const GlobalEntry *globalsEnd;
};

static_assert(sizeof(GlobalEntry) == 16);
static_assert(sizeof(ModuleDescriptor) == 40);

} // namespace mps::abi

#endif
