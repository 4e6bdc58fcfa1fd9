// The reserved functions of the IR contract: their names, signatures, and what
// the optimiser may know of them.
#ifndef MPS_LLVM_PLUGIN_RESERVED_H
#define MPS_LLVM_PLUGIN_RESERVED_H

#include "llvm/IR/InstrTypes.h"
#include "llvm/IR/Module.h"

#include <optional>

namespace mps {

enum class Reserved {
  Allocate,
  AllocateLeaf,
  AllocateArray,
  AllocateLeafArray,
  AllocateUninitializedArray, ///< A leaf array, too.
  IsImmediate,
  Immediate,
  Address,
  IdentityHash,
  Pin,
  Copy, ///< Made by ProtectMemory; so is Fill.
  Fill,
};

/// Which reserved function `function` is.
std::optional<Reserved> reservedKind(const llvm::Function &function);
/// Which one is called.
std::optional<Reserved> reservedKind(const llvm::CallBase &call);

inline bool isAllocation(Reserved kind) {
  return kind <= Reserved::AllocateUninitializedArray;
}
inline bool isArrayAllocation(Reserved kind) {
  return kind >= Reserved::AllocateArray && isAllocation(kind);
}
inline bool isLeafAllocation(Reserved kind) {
  return kind == Reserved::AllocateLeaf ||
         kind == Reserved::AllocateLeafArray ||
         kind == Reserved::AllocateUninitializedArray;
}
/// Whether `call` allocates.
bool isAllocationCall(const llvm::CallBase &call);

/// Whether `function`, whose name is reserved, has the signature it must have.
bool hasReservedSignature(const llvm::Function &function);

/// What the optimiser may assume of reserved functions.
void addReservedAttributes(llvm::Function &function);

/// The same allocation function, of whose result the optimiser knows nothing.
llvm::Function &opaqueAllocation(llvm::Function &allocation);

/// mps.copy.D.S(ptr addrspace(D), ptr addrspace(S), i64), one of them 1.
llvm::FunctionCallee copyFunction(llvm::Module &module, unsigned to,
                                  unsigned from);
/// mps.fill(ptr addrspace(1), i8, i64).
llvm::FunctionCallee fillFunction(llvm::Module &module);

/// The fields of a type descriptor that the module defines.
struct KnownDescriptor {
  std::uint32_t flags, fixedSize, elementSize, lengthOffset;
  std::uint64_t fixedMap, elementMap; ///< 0 if not known.

  std::uint64_t alignment() const;
  /// Whether there is sure to be a reference, in an object of `count` elements,
  /// 0 if it has none.
  bool hasReferenceAt(std::uint64_t offset, std::uint64_t count) const;
};
std::optional<KnownDescriptor> knownDescriptor(const llvm::Value *descriptor);

} // namespace mps

#endif
