// Accesses of references in managed memory, which barriers are for.
#ifndef MPS_LLVM_PLUGIN_REFERENCE_ACCESS_H
#define MPS_LLVM_PLUGIN_REFERENCE_ACCESS_H

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/IR/Function.h"
#include "llvm/IR/InstrTypes.h"

#include <optional>

namespace mps {

/// A place of managed memory where an instruction reads or writes a value that
/// is or contains a reference.
struct ReferenceAccess {
  llvm::Instruction *instruction;
  llvm::Value *pointer;
  llvm::Type *type; ///< Of the value.
};

/// Of a store, an exchange, a compare and swap.
std::optional<ReferenceAccess> asReferenceStore(llvm::Instruction &instruction);
/// Of a load, an exchange, a compare and swap.
std::optional<ReferenceAccess> asReferenceLoad(llvm::Instruction &instruction);

/// The offsets, in bytes, of the references in a value of `type`.
llvm::SmallVector<std::uint64_t> referenceOffsets(llvm::Type *type,
                                                  const llvm::DataLayout &);

/// Finds accesses to objects that are new: allocated in the same function, with
/// no safepoint between on any path. They are in the nursery. Or nearly so:
/// with none but other allocations between.
///
/// A path along a back edge does not count as free of safepoints: PlacePolls
/// may put one there.
class Freshness {
public:
  explicit Freshness(const llvm::Function &function);

  using Allocations = llvm::SmallVector<llvm::CallBase *, 4>;

  /// Those since the object was allocated, on any path: with none, it is new.
  /// Null if there is another safepoint, or it was not allocated here.
  std::optional<Allocations>
  allocationsSince(const ReferenceAccess &access) const;
  bool isFresh(const ReferenceAccess &access) const {
    auto since = allocationsSince(access);
    return since && since->empty();
  }

private:
  std::optional<Allocations>
  allocationsBetween(const llvm::CallInst &allocation,
                     llvm::Instruction &access) const;

  llvm::DenseSet<std::pair<const llvm::BasicBlock *, const llvm::BasicBlock *>>
      backEdges_;
};

} // namespace mps

#endif
