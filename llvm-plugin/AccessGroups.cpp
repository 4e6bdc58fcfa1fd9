#include "AccessGroups.h"

#include "Contract.h"

#include "llvm/IR/IntrinsicInst.h"

using namespace llvm;

namespace mps {
namespace {

/// Of a value that an instruction in the block of `place` uses.
bool isKnownAt(const Value *value, const Instruction &place) {
  auto *instruction = dyn_cast<Instruction>(value);
  return !instruction || instruction->getParent() != place.getParent() ||
         instruction->comesBefore(&place);
}

/// The steps that lead to `pointer`, again.
Value *recomputed(Value *pointer, IRBuilderBase &builder) {
  auto *step = dyn_cast<GetElementPtrInst>(pointer);
  if (!step)
    return pointer;
  Value *from = recomputed(step->getPointerOperand(), builder);
  Instruction *again = builder.Insert(step->clone(), step->getName());
  again->setOperand(0, from);
  return again;
}

} // namespace

Value *SlotPlace::address(IRBuilderBase &builder) const {
  Value *slot = builder.CreatePtrToInt(recomputed(base, builder),
                                       builder.getInt64Ty(), "slot");
  return offset == 0 ? slot : builder.CreateAdd(slot, builder.getInt64(offset));
}

void AccessGroups::pass(const Instruction &instruction) {
  bool isCall = isa<CallBase>(instruction) && !isa<IntrinsicInst>(instruction);
  if (isCall || instruction.getParent() != block_)
    open_ = groups_.size();
  block_ = instruction.getParent();
}

/// From a value that is known at `first`, if there is one.
SlotPlace AccessGroups::placeOf(Value *pointer,
                                const Instruction &first) const {
  if (isKnownAt(pointer, first))
    return {pointer, 0};
  APInt distance(64, 0);
  Value *base = pointer->stripAndAccumulateConstantOffsets(
      layout_, distance, /*AllowNonInbounds=*/true);
  return isManagedReference(base->getType())
             ? SlotPlace{base, distance.getZExtValue()}
             : SlotPlace{pointer, 0};
}

void AccessGroups::add(const ReferenceAccess &access, Value *key) {
  SlotPlace place = {access.pointer, 0};
  AccessGroup *group = nullptr;
  for (std::size_t i = open_; i < groups_.size() && !group; ++i)
    if (groups_[i].key == key) {
      SlotPlace there = placeOf(access.pointer, *groups_[i].first);
      if (isKnownAt(there.base, *groups_[i].first)) {
        group = &groups_[i];
        place = there;
      }
    }
  if (!group)
    group = &groups_.emplace_back(AccessGroup{access.instruction, key, {}});
  for (uint64_t inside : referenceOffsets(access.type, layout_)) {
    SlotPlace slot = {place.base, place.offset + inside};
    if (!is_contained(group->slots, slot))
      group->slots.push_back(slot);
  }
}

} // namespace mps
