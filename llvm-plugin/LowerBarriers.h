// Puts the write barrier before every store of a reference into managed memory.
#ifndef MPS_LLVM_PLUGIN_LOWER_BARRIERS_H
#define MPS_LLVM_PLUGIN_LOWER_BARRIERS_H

namespace llvm {
class Function;
}

namespace mps {

/// Also lowers copies and fills of managed memory. Before allocations are
/// lowered: a store into an object that is new needs no barrier.
void lowerBarriers(llvm::Function &function);

} // namespace mps

#endif
