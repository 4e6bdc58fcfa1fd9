// Writes what a module tells the runtime: mps/abi/module.h.
#ifndef MPS_LLVM_PLUGIN_EMIT_MODULE_H
#define MPS_LLVM_PLUGIN_EMIT_MODULE_H

namespace llvm {
class Module;
}

namespace mps {

/// Adds the module descriptor, its constructor and destructor, and an entry for
/// each global variable that holds references.
void emitModule(llvm::Module &module);

} // namespace mps

#endif
