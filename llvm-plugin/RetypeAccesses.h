// Gives accesses of references the type of references.
#ifndef MPS_LLVM_PLUGIN_RETYPE_ACCESSES_H
#define MPS_LLVM_PLUGIN_RETYPE_ACCESSES_H

namespace llvm {
class Function;
}

namespace mps {

/// Front ends, clang among them, write atomic accesses of pointers as accesses
/// of integers, by way of local variables. Where a variable's type tells that
/// an integer is a reference, the accesses are made accesses of references;
/// where that is not possible, an error is reported.
void retypeAccesses(llvm::Function &function);

} // namespace mps

#endif
