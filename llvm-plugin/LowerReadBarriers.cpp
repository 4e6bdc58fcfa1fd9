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
  auto *function = Function::Create(
      FunctionType::get(builder.getVoidTy(), {builder.getInt64Ty()}, false),
      GlobalValue::LinkOnceODRLinkage, kHealFunction, module);
  function->setComdat(module.getOrInsertComdat(kHealFunction));
  function->setVisibility(GlobalValue::HiddenVisibility);
  function->setCallingConv(CallingConv::PreserveMost);
  function->addFnAttr(Attribute::NoInline);
  function->addFnAttr(Attribute::Cold);
  function->addFnAttr(Attribute::NoUnwind);
  function->addFnAttr(kLeafAttribute);
  builder.SetInsertPoint(BasicBlock::Create(module.getContext(), "", function));
  builder.CreateCall(runtimeFunction(module, abi::kHeal, builder.getVoidTy(),
                                     {builder.getInt64Ty()}),
                     {function->getArg(0)});
  builder.CreateRetVoid();
  return *function;
}

/// A slot: `offset` bytes from a value that is known where it is healed.
struct SlotPlace {
  Value *base;
  uint64_t offset;
};

/// Accesses that share a test, which is put before the first.
struct Group {
  Instruction *first;
  SmallVector<SlotPlace> slots;
};

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

void insertBarrier(const Group &group) {
  whileEvacuating(*group.first, [&](IRBuilder<> &builder, Module &module) {
    for (const SlotPlace &place : group.slots) {
      Value *slot =
          builder.CreatePtrToInt(place.base, builder.getInt64Ty(), "slot");
      if (place.offset != 0)
        slot = builder.CreateAdd(slot, builder.getInt64(place.offset));
      CallInst *call = builder.CreateCall(&healFunction(module), {slot});
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

/// The groups of one block, in its order.
class Grouping {
public:
  Grouping(const Freshness &freshness, const DataLayout &layout)
      : freshness_(freshness), layout_(layout) {}

  void visit(Instruction &instruction) {
    if (auto load = asReferenceLoad(instruction)) {
      if (!freshness_.isFresh(*load))
        add(*load);
    } else if (auto *call = dyn_cast<CallBase>(&instruction);
               call && !isa<IntrinsicInst>(call)) {
      isOpen_ = false;
    }
    if (isOpen_)
      sinceFirst_.insert(&instruction);
  }
  void endBlock() { isOpen_ = false; }

  SmallVector<Group> groups;

private:
  void add(const ReferenceAccess &load) {
    uint64_t offset = 0;
    Value *base = load.pointer;
    if (isOpen_ && isLater(base))
      base = fieldBase(base, offset);
    if (!isOpen_ || isLater(base)) {
      base = load.pointer;
      offset = 0;
      groups.push_back({load.instruction, {}});
      sinceFirst_.clear();
      isOpen_ = true;
    }
    for (uint64_t inside : referenceOffsets(load.type, layout_))
      groups.back().slots.push_back({base, offset + inside});
  }

  /// Whether the value is not known yet where the group's test is.
  bool isLater(Value *value) const { return sinceFirst_.contains(value); }

  Value *fieldBase(Value *pointer, uint64_t &offset) const {
    APInt distance(64, 0);
    Value *base = pointer->stripAndAccumulateConstantOffsets(
        layout_, distance, /*AllowNonInbounds=*/true);
    offset = distance.getZExtValue();
    return isManagedReference(base->getType()) ? base : pointer;
  }

  const Freshness &freshness_;
  const DataLayout &layout_;
  bool isOpen_ = false;
  SmallPtrSet<Value *, 16> sinceFirst_; ///< Computed in or after the first.
};

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
  Grouping grouping(freshness, function.getDataLayout());
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
      grouping.visit(instruction);
    }
    grouping.endBlock();
  }
  for (const Group &group : grouping.groups)
    insertBarrier(group);
  for (MemTransferInst *copy : copies)
    insertBarrier(*copy);
}

} // namespace mps
