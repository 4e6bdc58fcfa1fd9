// Derived pointers: steps again, or base and distance.
#include "DerivedPointers.h"

#include "BaseValues.h"

#include "llvm/IR/IRBuilder.h"

using namespace llvm;

namespace mps {
namespace {

/// From `base` to `value`; none if more than steps lie between.
SmallVector<Instruction *, 4> stepsBetween(Value *base, Value *value) {
  SmallVector<Instruction *, 4> steps;
  while (value != base) {
    Use *operand = stepOperand(value);
    if (!operand)
      return {};
    steps.push_back(cast<Instruction>(value));
    value = operand->get();
  }
  std::reverse(steps.begin(), steps.end());
  return steps;
}

} // namespace

DerivedPointer::DerivedPointer(Value *value, Value *base)
    : value_(value), base_(base), steps_(stepsBetween(base, value)) {}

bool DerivedPointer::isConstantDistance() const {
  auto isConstant = [](Instruction *step) {
    return all_of(step->operands(), [&](const Use &operand) {
      return &operand == stepOperand(step) || isa<Constant>(operand);
    });
  };
  return !steps_.empty() && all_of(steps_, isConstant);
}

void DerivedPointer::prepare(BasicBlock::iterator place) {
  if (!steps_.empty())
    return;
  IRBuilder<> builder(place->getParent(), place);
  Type *word = builder.getInt64Ty();
  distance_ = builder.CreateSub(builder.CreatePtrToInt(value_, word),
                                builder.CreatePtrToInt(base_, word),
                                value_->getName() + ".distance");
}

Value *DerivedPointer::recompute(Value *base,
                                 BasicBlock::iterator place) const {
  Value *result = base;
  for (Instruction *step : steps_) {
    Instruction *again = step->clone();
    again->setName(step->getName());
    again->insertInto(place->getParent(), place);
    again->setOperand(stepOperand(step)->getOperandNo(), result);
    result = again;
  }
  if (!steps_.empty())
    return result;
  IRBuilder<> builder(place->getParent(), place);
  result = builder.CreatePtrAdd(base, distance_, value_->getName());
  return builder.CreateAddrSpaceCast(result, value_->getType());
}

} // namespace mps
