// Stores to global variables that hold references. The runtime takes such a
// variable for a part of an old object: its slots are armed, and a store to one
// needs a write barrier (runtime/api/global_roots.h).
#ifndef MPS_LLVM_PLUGIN_GLOBAL_STORES_H
#define MPS_LLVM_PLUGIN_GLOBAL_STORES_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/IR/InstrTypes.h"

#include <optional>

namespace mps {

/// An instruction that writes at `pointer`, and where references may be among
/// what it writes: offsets in bytes.
struct GlobalStore {
  llvm::Instruction *instruction;
  llvm::Value *pointer;
  llvm::SmallVector<std::uint64_t> offsets;
};

/// Of a store, an exchange, a compare and swap, unless it is sure to be of a
/// local or thread-local variable. The optimiser may store null as an integer.
std::optional<GlobalStore> asGlobalStore(llvm::Instruction &instruction);

/// Whether `pointer`, not into managed memory, leads to a global variable that
/// holds references, as far as can be seen.
bool leadsToGlobal(const llvm::Value *pointer);

} // namespace mps

#endif
