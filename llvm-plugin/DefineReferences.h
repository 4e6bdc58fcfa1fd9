#ifndef MPS_LLVM_PLUGIN_DEFINE_REFERENCES_H
#define MPS_LLVM_PLUGIN_DEFINE_REFERENCES_H

namespace llvm {
class Function;
} // namespace llvm

namespace mps {

/// Makes undefined references null, in all operands of `function`.
void defineReferences(llvm::Function &function);

} // namespace mps

#endif
