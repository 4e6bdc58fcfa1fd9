// The references inside a struct, array or vector, one by one.
#ifndef MPS_LLVM_PLUGIN_COMPOSITE_LEAVES_H
#define MPS_LLVM_PLUGIN_COMPOSITE_LEAVES_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/IR/IRBuilder.h"

namespace mps {

/// From a composite's type to one leaf, which is no composite: indices for
/// extractvalue, or one for extractelement as the last.
using LeafPath = llvm::SmallVector<unsigned, 4>;

/// The paths to all leaves of `type` that are managed references, in order.
/// Vectors must be of fixed length.
llvm::SmallVector<LeafPath> referencePaths(llvm::Type *type);

/// The value at `path`. Looks through insertions instead of adding code where
/// it can.
llvm::Value *extractLeaf(llvm::IRBuilderBase &builder, llvm::Value *composite,
                         llvm::ArrayRef<unsigned> path);

/// `composite` with `leaf` at `path`.
llvm::Value *insertLeaf(llvm::IRBuilderBase &builder, llvm::Value *composite,
                        llvm::Value *leaf, llvm::ArrayRef<unsigned> path);

} // namespace mps

#endif
