// Makes allocation calls inline code.
#ifndef MPS_LLVM_PLUGIN_LOWER_ALLOCATIONS_H
#define MPS_LLVM_PLUGIN_LOWER_ALLOCATIONS_H

namespace llvm {
class Function;
}

namespace mps {

/// Lowers the allocations of a managed function, and the reserved functions
/// about immediates and addresses.
void lowerAllocations(llvm::Function &function);

/// Lowers mps.pin, which LowerRoots has to see, to a cast.
void lowerPins(llvm::Function &function);

} // namespace mps

#endif
