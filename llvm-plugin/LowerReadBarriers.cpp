// The read barrier.
//
// While objects are evacuated beside the program, a slot may still lead to
// where an object was. Before each load of a reference at address A of managed
// memory, and before an exchange or a compare and swap, the module's word tells
// whether that is so; if it is, mps.heal makes A lead to where the object is
// now:
//
//   if (evacuating) mps.heal(A)                                        (cold)
//
// An evacuation begins at a safepoint only, and nobody stores a reference to
// where an object was: so a slot that was healed before the access is still
// healed when it is accessed, whatever the form of the access is. That is also
// why accesses between which there is no call share one test: all of their
// slots are healed where the first is.
//
// Composites have all of their references healed. Copies of managed memory are
// the runtime's, which heals what it copies; what is copied to other memory by
// an intrinsic of LLVM's is healed before. No barrier: if A is in an object
// that is new.
#include "LowerReadBarriers.h"

#include "AccessGroups.h"
#include "Contract.h"
#include "Diagnostics.h"
#include "ModuleKind.h"
#include "ReferenceAccess.h"
#include "ThreadBlock.h"

#include "llvm/IR/DataLayout.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"

using namespace llvm;

namespace mps {
namespace {

constexpr char kHealFunction[] = "mps.heal";

/// mps.heal: out of line, in every module that needs it; keeps all registers.
Function &healFunction(Module &module) {
  if (Function *existing = module.getFunction(kHealFunction))
    return *existing;
  IRBuilder<> builder(module.getContext());
  Function &function = createSlowPath(module, kHealFunction);
  builder.SetInsertPoint(
      BasicBlock::Create(module.getContext(), "", &function));
  builder.CreateCall(runtimeFunction(module, abi::kHeal, builder.getVoidTy(),
                                     {builder.getInt64Ty()}),
                     {function.getArg(0)});
  builder.CreateRetVoid();
  return function;
}

/// Calls `emit` where an evacuation is under way.
template <typename Emit> void whileEvacuating(Instruction &before, Emit emit) {
  IRBuilder<> builder(&before);
  countExecution(builder, Barrier::Read);
  if (isLeftOut(Barrier::Read))
    return;
  Module &module = *before.getModule();
  // A plain load: only calls let the word change.
  Value *word =
      builder.CreateLoad(builder.getInt32Ty(), &evacuatingWord(module));
  Instruction *taken = SplitBlockAndInsertIfThen(
      builder.CreateICmpNE(word, builder.getInt32(0), "is.evacuating"), &before,
      false, unlikely(before.getContext()));
  builder.SetInsertPoint(taken);
  emit(builder, module);
}

void insertBarrier(const AccessGroup &group) {
  whileEvacuating(*group.first, [&](IRBuilder<> &builder, Module &module) {
    for (const SlotPlace &place : group.slots) {
      CallInst *call =
          builder.CreateCall(&healFunction(module), {place.address(builder)});
      call->setCallingConv(CallingConv::PreserveMost);
    }
  });
}

/// A copy to memory that is not managed.
void insertBarrier(MemTransferInst &copy) {
  whileEvacuating(copy, [&](IRBuilder<> &builder, Module &module) {
    builder.CreateCall(
        runtimeFunction(module, abi::kHealRange, builder.getVoidTy(),
                        {builder.getPtrTy(), builder.getInt64Ty()}),
        {builder.CreateAddrSpaceCast(copy.getRawSource(), builder.getPtrTy()),
         builder.CreateZExtOrTrunc(copy.getLength(), builder.getInt64Ty())});
  });
}

/// Loads that go by no address that could be healed.
bool isUnknownLoad(const Instruction &instruction) {
  auto *intrinsic = dyn_cast<IntrinsicInst>(&instruction);
  if (!intrinsic)
    return false;
  switch (intrinsic->getIntrinsicID()) {
  case Intrinsic::masked_expandload:
  case Intrinsic::vp_load:
  case Intrinsic::vp_gather:
    return containsReference(intrinsic->getType());
  default:
    return false;
  }
}

} // namespace

void lowerReadBarriers(Function &function) {
  if (function.hasFnAttribute(kSabotageReadsAttribute))
    return;
  Freshness freshness(function);
  AccessGroups groups(function.getDataLayout());
  SmallVector<MemTransferInst *> copies;
  for (BasicBlock &block : function) {
    for (Instruction &instruction : block) {
      if (auto *load = dyn_cast<LoadInst>(&instruction);
          load && containsReference(load->getType()))
        load->setMetadata(LLVMContext::MD_invariant_load, nullptr);
      if (isUnknownLoad(instruction))
        reportError(instruction, "this load of references has no read barrier",
                    "load them one by one");
      auto *copy = dyn_cast<MemTransferInst>(&instruction);
      if (copy && isManagedReference(copy->getRawSource()->getType()))
        copies.push_back(copy);
      groups.pass(instruction);
      if (auto load = asReferenceLoad(instruction);
          load && !freshness.isFresh(*load))
        groups.add(*load, nullptr); // Whatever object it is in.
    }
  }
  for (const AccessGroup &group : groups.groups())
    insertBarrier(group);
  for (MemTransferInst *copy : copies)
    insertBarrier(*copy);
}

} // namespace mps
