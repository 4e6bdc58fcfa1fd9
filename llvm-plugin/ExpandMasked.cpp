// Masked accesses.
//
// A loop vectoriser turns `if (c[i]) a[i] = b[i]` into a masked store, where
// the processor has one. Each reference needs its barriers, and whether it is
// accessed at all is known only when the program runs: so, lane by lane,
//
//   if (mask[i]) *pointer[i] = value[i]
//
// A load's lanes are merged with those of what it yields where the mask is not
// set. A lane whose mask is constant has no branch.
#include "ExpandMasked.h"

#include "Contract.h"

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"

using namespace llvm;

namespace mps {
namespace {

const Align kReferenceAlign(8);

bool isStore(const IntrinsicInst &access) {
  return access.getType()->isVoidTy();
}

bool isMaskedAccess(const Instruction &instruction) {
  auto *access = dyn_cast<IntrinsicInst>(&instruction);
  if (!access)
    return false;
  switch (access->getIntrinsicID()) {
  case Intrinsic::masked_load:
  case Intrinsic::masked_gather:
    return containsReference(access->getType());
  case Intrinsic::masked_store:
  case Intrinsic::masked_scatter:
    return containsReference(access->getArgOperand(0)->getType());
  default:
    return false;
  }
}

/// One access. Which operands there are differs with LLVM's version, so they
/// are told by their types.
class Expansion {
public:
  explicit Expansion(IntrinsicInst &access)
      : access_(access), pointer_(access.getArgOperand(isStore(access))) {
    for (Value *operand : access.args())
      if (operand->getType()->isIntOrIntVectorTy(1))
        mask_ = operand;
    if (isStore(access))
      vector_ = access.getArgOperand(0);
    else
      vector_ = access.getArgOperand(access.arg_size() - 1);
  }

  void run() {
    auto *type = cast<FixedVectorType>(vector_->getType());
    SmallVector<Value *> lanes;
    for (unsigned lane = 0; lane < type->getNumElements(); ++lane)
      lanes.push_back(expand(lane));
    if (!isStore(access_)) {
      IRBuilder<> builder(&access_);
      Value *result = PoisonValue::get(type);
      for (auto [lane, value] : enumerate(lanes))
        result = builder.CreateInsertElement(result, value, lane);
      access_.replaceAllUsesWith(result);
    }
    access_.eraseFromParent();
  }

private:
  /// What the lane yields, if it is a load's.
  Value *expand(unsigned lane) {
    IRBuilder<> builder(&access_);
    Value *value = builder.CreateExtractElement(vector_, lane);
    Value *isSet = builder.CreateExtractElement(mask_, lane);
    if (auto *known = dyn_cast<Constant>(isSet))
      return known->isOneValue() ? access(builder, lane, value) : value;
    BasicBlock *before = access_.getParent();
    Instruction *then = SplitBlockAndInsertIfThen(isSet, &access_, false);
    builder.SetInsertPoint(then);
    Value *loaded = access(builder, lane, value);
    if (isStore(access_))
      return nullptr;
    builder.SetInsertPoint(&access_);
    PHINode *merged = builder.CreatePHI(value->getType(), 2);
    merged->addIncoming(value, before);
    merged->addIncoming(loaded, then->getParent());
    return merged;
  }

  Value *access(IRBuilder<> &builder, unsigned lane, Value *value) {
    Value *place = pointer_;
    if (pointer_->getType()->isVectorTy())
      place = builder.CreateExtractElement(pointer_, lane);
    else if (lane != 0)
      place = builder.CreateConstInBoundsGEP1_64(value->getType(), place, lane);
    if (!isStore(access_))
      return builder.CreateAlignedLoad(value->getType(), place,
                                       kReferenceAlign);
    builder.CreateAlignedStore(value, place, kReferenceAlign);
    return nullptr;
  }

  IntrinsicInst &access_;
  Value *pointer_;
  Value *mask_ = nullptr;
  Value *vector_; ///< What is stored, or yielded where the mask is not set.
};

} // namespace

void expandMaskedAccesses(Function &function) {
  SmallVector<IntrinsicInst *> accesses;
  for (Instruction &instruction : instructions(function))
    if (isMaskedAccess(instruction))
      accesses.push_back(cast<IntrinsicInst>(&instruction));
  for (IntrinsicInst *access : accesses)
    Expansion(*access).run();
}

} // namespace mps
