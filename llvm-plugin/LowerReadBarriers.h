// Puts the read barrier before every load of a reference from managed memory.
#ifndef MPS_LLVM_PLUGIN_LOWER_READ_BARRIERS_H
#define MPS_LLVM_PLUGIN_LOWER_READ_BARRIERS_H

namespace llvm {
class Function;
}

namespace mps {

/// In modules that have one. Before allocations are lowered: a load from an
/// object that is new needs no barrier.
void lowerReadBarriers(llvm::Function &function);

} // namespace mps

#endif
