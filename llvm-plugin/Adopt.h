// Makes managed functions of those that touch references, where a module asks
// for it by defining @mps.adopt: managed C does.
#ifndef MPS_LLVM_PLUGIN_ADOPT_H
#define MPS_LLVM_PLUGIN_ADOPT_H

namespace llvm {
class Function;
class Module;
} // namespace llvm

namespace mps {

/// Adds gc "mps" to the functions that touch references, and the function
/// attributes that the source's annotations name.
void adopt(llvm::Module &module);

/// Whether `function` has a reference among its parameters, results or
/// instructions.
bool touchesReferences(const llvm::Function &function);

} // namespace mps

#endif
