// Keeps the optimiser from hiding references in integers.
#ifndef MPS_LLVM_PLUGIN_PROTECT_MEMORY_H
#define MPS_LLVM_PLUGIN_PROTECT_MEMORY_H

namespace llvm {
class Function;
class Module;
} // namespace llvm

namespace mps {

/// Turns the memory intrinsics of a managed function that touch references into
/// typed loads and stores, or into reserved functions.
void protectMemory(llvm::Function &function);

/// Says so in the module.
void markProtected(llvm::Module &module);
bool isProtected(const llvm::Module &module);

/// Makes SSA values of local variables that hold references, at any
/// optimisation level: only values may point into objects.
void promoteReferences(llvm::Function &function);

} // namespace mps

#endif
