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

/// ModuleDescriptor::flags.
enum ModuleFlags : std::uint32_t {
  kReadBarrier = 1, ///< Every load of a reference from managed memory has one.
  /// For measuring: barriers of a kind were left out at the last step. Such a
  /// module only runs where nothing is ever collected.
  kLacksWriteBarriers = 2,
  kLacksReadBarriers = 4,
  kLacksPolls = 8,
  kLacksSomething = kLacksWriteBarriers | kLacksReadBarriers | kLacksPolls,
};

/// Modules of different flags that are linked together have a descriptor each,
/// so that the runtime sees all there are.
struct ModuleDescriptor {
  std::uint32_t version; ///< abi::kVersion.
  std::uint32_t flags;
  const FunctionEntry *rootsBegin; ///< Null if the module has none.
  const FunctionEntry *rootsEnd;
  const GlobalEntry *globalsBegin;
  const GlobalEntry *globalsEnd;
  /// The word that the module's read barriers test: not 0 while objects are
  /// evacuated beside the program. The runtime changes it with the world
  /// stopped. Null if the module has no read barrier.
  std::uint32_t *evacuating;
  const char *name; ///< Of one of its source files, for people.
};

static_assert(sizeof(GlobalEntry) == 16);
static_assert(sizeof(ModuleDescriptor) == 56);

} // namespace mps::abi

#endif
