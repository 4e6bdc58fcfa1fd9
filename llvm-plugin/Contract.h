// The IR contract's terms, for all passes: what is a managed reference, a
// managed function, a safepoint. The full text is docs/ir.md.
#ifndef MPS_LLVM_PLUGIN_CONTRACT_H
#define MPS_LLVM_PLUGIN_CONTRACT_H

#include "mps/abi/entry_points.h"

#include "llvm/IR/Function.h"
#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/InstrTypes.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/Statepoint.h"
#include "llvm/IR/Type.h"

namespace mps {

inline constexpr char kStrategyName[] = "mps";
inline constexpr unsigned kManagedAddressSpace = 1;

/// Attribute of a function, or of a call: short, never blocks, never calls
/// managed code; so a call of it is no safepoint.
inline constexpr char kLeafAttribute[] = "mps-leaf";
/// Attribute of a function that EmitThunks made: the way out of managed code.
inline constexpr char kExitThunkAttribute[] = "mps-exit-thunk";
/// Attribute of a managed function or call: no foreign code calls it, so it has
/// no entry thunk; of an indirect call: the pointer is such a function's.
inline constexpr char kInternalAttribute[] = "mps-internal";
inline constexpr char kManagedCallAttribute[] = "mps-managed";
/// Attributes of a function whose stores, or loads, get no barrier. For tests
/// of the heap verifier only: such a program is broken.
inline constexpr char kSabotageAttribute[] = "mps-sabotage-barriers";
inline constexpr char kSabotageReadsAttribute[] = "mps-sabotage-read-barriers";
/// A module with this global has managed functions that are not marked yet.
inline constexpr char kAdoptGlobal[] = "mps.adopt";
/// Module flag: the early passes have seen the module.
inline constexpr char kProtectedFlag[] = "mps.protected";
/// The function that registers a module with the runtime; its name goes on
/// where the module's flags are not 0.
inline constexpr char kModuleConstructor[] = "mps.module.register";
/// Metadata of an alloca that holds references. Its operands are constants:
/// the size in words, then 64 bits of the reference map each.
inline constexpr char kFrameAreaMetadata[] = "mps.frame";
/// Metadata of a ptrtoint that may be stale after a safepoint (mps.address).
inline constexpr char kAddressMetadata[] = "mps.address";
/// Metadata of a store that tells the optimiser a new array's length, which the
/// allocation stores.
inline constexpr char kLengthMetadata[] = "mps.length";
/// ptr @mps.pin(ptr addrspace(1)).
inline constexpr char kPinFunction[] = "mps.pin";

inline bool isManagedReference(const llvm::Type *type) {
  return type->isPointerTy() &&
         type->getPointerAddressSpace() == kManagedAddressSpace;
}

/// Whether a value of this type is or contains a managed reference.
inline bool containsReference(const llvm::Type *type) {
  if (isManagedReference(type))
    return true;
  for (const llvm::Type *element : type->subtypes())
    if (containsReference(element))
      return true;
  return false;
}

/// A struct, array or vector that contains a managed reference.
inline bool isComposite(const llvm::Type *type) {
  return !isManagedReference(type) && containsReference(type);
}

inline bool isManagedFunction(const llvm::Function &function) {
  return function.hasGC() && function.getGC() == kStrategyName;
}

/// The runtime's functions that run in state Managed.
inline bool isRuntimeLeaf(llvm::StringRef name) {
  return name == abi::kLogFull || name == abi::kCopy || name == abi::kFill ||
         name == abi::kHeal || name == abi::kHealRange || name == abi::kLand ||
         name == abi::kIdentityHash || name == abi::kAddThreadLocal ||
         name == abi::kDropDeadRecords;
}

/// Whether a collection may happen during this call of a managed function,
/// which LowerRoots has not yet made a statepoint.
inline bool isSafepoint(const llvm::CallBase &call) {
  if (call.isInlineAsm() || call.isMustTailCall())
    return false;
  if (const llvm::Function *callee = call.getCalledFunction())
    if (callee->isIntrinsic() || isRuntimeLeaf(callee->getName()) ||
        callee->getName() == kPinFunction)
      return false;
  return llvm::isa<llvm::InvokeInst>(call) || !call.hasFnAttr(kLeafAttribute);
}

/// Whether the callee is foreign code: its references are pinned meanwhile.
inline bool isForeignCall(const llvm::CallBase &call) {
  return call.hasFnAttr(kExitThunkAttribute);
}

} // namespace mps

#endif
