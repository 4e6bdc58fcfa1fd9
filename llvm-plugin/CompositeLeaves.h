// The parts of a struct, array or vector, one by one.
#ifndef MPS_LLVM_PLUGIN_COMPOSITE_LEAVES_H
#define MPS_LLVM_PLUGIN_COMPOSITE_LEAVES_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/IR/IRBuilder.h"

namespace mps {

/// From a composite's type to one leaf: indices for extractvalue, and one for
/// extractelement if it ends inside a vector of references.
using LeafPath = llvm::SmallVector<unsigned, 4>;

struct Leaf {
  LeafPath path;
  llvm::Type *type;
};

/// All leaves of `type`, in order: what is no composite, and no other struct or
/// array. Vectors of references must be of fixed length.
llvm::SmallVector<Leaf> leavesOf(llvm::Type *type);

/// The value at `path`. Looks through insertions instead of adding code where
/// it can.
llvm::Value *extractLeaf(llvm::IRBuilderBase &builder, llvm::Value *composite,
                         llvm::ArrayRef<unsigned> path);

/// The value that an extraction yields, if it was put in where we can see it.
llvm::Value *knownLeaf(llvm::Instruction &extraction);

/// Whether a reference taken out of `composite` that knownLeaf() does not find
/// is a base: it comes from memory, an argument or a call.
bool hasBasesOnly(const llvm::Value *composite);

/// A composite of `type` from the values of all its leaves.
llvm::Value *buildComposite(llvm::IRBuilderBase &builder, llvm::Type *type,
                            llvm::ArrayRef<Leaf> leaves,
                            llvm::ArrayRef<llvm::Value *> values);

} // namespace mps

#endif
