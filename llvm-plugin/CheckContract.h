// Checks the rules of docs/ir.md that can be seen in a front end's IR.
#ifndef MPS_LLVM_PLUGIN_CHECK_CONTRACT_H
#define MPS_LLVM_PLUGIN_CHECK_CONTRACT_H

namespace llvm {
class Function;
class Module;
class Value;
} // namespace llvm

namespace mps {

/// Reports what breaks the contract; the first breach of each function.
void checkContract(llvm::Module &module);

/// Whether references may be stored where `pointer`, not into managed memory,
/// leads.
bool mayHoldReferences(const llvm::Value *pointer);

/// Derived pointers that are stored, passed or returned. On optimised IR, where
/// local variables are values.
void checkDerivedPointers(llvm::Function &function);

} // namespace mps

#endif
