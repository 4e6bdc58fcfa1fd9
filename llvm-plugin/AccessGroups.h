// Accesses of a block that share a barrier's test.
//
// Those of one key, between which there is no call, share one, which is put
// before the first of them: nothing that it looks at changes but at a
// safepoint. An access whose address is not known there yet, not even as a
// constant distance from a value that is, begins another group.
#ifndef MPS_LLVM_PLUGIN_ACCESS_GROUPS_H
#define MPS_LLVM_PLUGIN_ACCESS_GROUPS_H

#include "ReferenceAccess.h"

#include "llvm/IR/IRBuilder.h"

namespace mps {

/// A slot: `offset` bytes from a value that is known where it is tested.
struct SlotPlace {
  llvm::Value *base;
  std::uint64_t offset;

  bool operator==(const SlotPlace &) const = default;

  /// Its address, as an integer; computed anew, so that the access can compute
  /// its own as a part of its instruction.
  llvm::Value *address(llvm::IRBuilderBase &builder) const;
};

struct AccessGroup {
  llvm::Instruction *first;
  llvm::Value *key;
  llvm::SmallVector<SlotPlace> slots; ///< Each once.
};

/// The groups of a function, block by block.
class AccessGroups {
public:
  explicit AccessGroups(const llvm::DataLayout &layout) : layout_(layout) {}

  /// Each instruction, in order, before it is added: a call ends all groups.
  void pass(const llvm::Instruction &instruction);
  void add(const ReferenceAccess &access, llvm::Value *key);

  llvm::ArrayRef<AccessGroup> groups() const { return groups_; }

private:
  SlotPlace placeOf(llvm::Value *pointer, const llvm::Instruction &first) const;

  const llvm::DataLayout &layout_;
  const llvm::BasicBlock *block_ = nullptr;
  llvm::SmallVector<AccessGroup> groups_;
  std::size_t open_ = 0; ///< Those from here on may still grow.
};

} // namespace mps

#endif
