#ifndef MPS_LLVM_PLUGIN_EXPAND_MASKED_H
#define MPS_LLVM_PLUGIN_EXPAND_MASKED_H

namespace llvm {
class Function;
} // namespace llvm

namespace mps {

/// Makes masked loads, stores, gathers and scatters of references loads and
/// stores of single references. Changes the control flow.
void expandMaskedAccesses(llvm::Function &function);

} // namespace mps

#endif
