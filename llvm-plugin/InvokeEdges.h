// Gives every invoke of a managed function edges of its own, so that there is a
// place on each for what must follow the call.
//
//   normal edge   its destination has no other predecessor
//   unwind edge   its landing pad may serve several invokes, but then has no
//                 phi with references: such a pad is split, one for each invoke
//
// LowerComposites separates both, before EmitThunks begins each landing pad
// with a call; LowerRoots separates the normal edges that came since.
#ifndef MPS_LLVM_PLUGIN_INVOKE_EDGES_H
#define MPS_LLVM_PLUGIN_INVOKE_EDGES_H

namespace llvm {
class BasicBlock;
class Function;
} // namespace llvm

namespace mps {

void separateNormalEdges(llvm::Function &function);
void separateUnwindEdges(llvm::Function &function);

/// Whether a phi of `block` has references.
bool mergesReferences(const llvm::BasicBlock &block);

} // namespace mps

#endif
