// Base values.
//
// 1. The constructor marks steps, and then merges that use what is marked,
//    until nothing changes.
// 2. baseOf() goes back over steps to a base or a derived merge.
// 3. resolve() finds the bases of a merge and of the merges it depends on, by
//    iteration from "not known" over one value to "several"; loops of merges
//    that only carry one base along stay at that base.
// 4. For "several" it inserts the merges of the bases, empty at first, then
//    fills them in: they may depend on each other.
#include "BaseValues.h"

#include "Contract.h"

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"

using namespace llvm;

namespace mps {
namespace {

bool isPointerStep(const CallBase &call) {
  if (const Function *callee = call.getCalledFunction())
    if (callee->getName() == kPinFunction)
      return true;
  switch (call.getIntrinsicID()) {
  case Intrinsic::ptrmask:
  case Intrinsic::launder_invariant_group:
  case Intrinsic::strip_invariant_group:
  case Intrinsic::ssa_copy:
    return true;
  default:
    return false;
  }
}

bool isMerge(const Value *value) {
  return isa<PHINode, SelectInst>(value) &&
         isManagedReference(value->getType());
}

/// What a merge merges.
iterator_range<Use *> mergedValues(Instruction *merge) {
  return drop_begin(merge->operands(), isa<SelectInst>(merge) ? 1 : 0);
}

} // namespace

Use *stepOperand(Value *value) {
  if (!value->getType()->isPointerTy())
    return nullptr;
  if (isa<GetElementPtrInst, FreezeInst, AddrSpaceCastInst>(value))
    return &cast<Instruction>(value)->getOperandUse(0);
  if (auto *call = dyn_cast<CallInst>(value); call && isPointerStep(*call))
    return &call->getArgOperandUse(0);
  return nullptr;
}

BaseValues::BaseValues(Function &function) {
  auto isDerivedStep = [&](Value *value) {
    const Use *operand = stepOperand(value);
    return operand && (isManagedReference(operand->get()->getType()) ||
                       isDerived(operand->get()));
  };
  SmallVector<Value *> work;
  auto mark = [&](Value *value) {
    if (derived_.insert(value))
      work.push_back(value);
  };
  for (Instruction &instruction : instructions(function))
    if (isDerivedStep(&instruction))
      mark(&instruction);
  while (!work.empty())
    for (User *user : work.pop_back_val()->users())
      if (isMerge(user) || isDerivedStep(user))
        mark(user);
}

Value *BaseValues::withoutSteps(Value *value) const {
  while (isDerived(value) && !isMerge(value))
    value = stepOperand(value)->get();
  return value;
}

Value *BaseValues::baseOf(Value *value) {
  value = withoutSteps(value);
  if (!isDerived(value))
    return value;
  if (!mergeBases_.contains(value))
    resolve(cast<Instruction>(value));
  return mergeBases_[value];
}

BaseValues::Merges BaseValues::mergesReachableFrom(Instruction *merge) const {
  Merges merges;
  merges.insert(merge);
  for (unsigned i = 0; i < merges.size(); ++i)
    for (Value *operand : mergedValues(merges[i])) {
      Value *origin = withoutSteps(operand);
      if (isDerived(origin) && !mergeBases_.contains(origin))
        merges.insert(cast<Instruction>(origin));
    }
  return merges;
}

void BaseValues::resolve(Instruction *merge) {
  Merges merges = mergesReachableFrom(merge);
  for (Instruction *each : merges)
    mergeBases_[each] = nullptr;
  for (bool changed = true; changed;) {
    changed = false;
    for (Instruction *each : merges)
      changed |= updateBase(each, merges);
  }
  SmallVector<Instruction *> several;
  for (Instruction *each : merges)
    if (mergeBases_[each] == each)
      several.push_back(each);
  // Others may have one of these as their only base: bring them up to date.
  DenseMap<Value *, Value *> replacement;
  for (Instruction *each : several) {
    insertBaseMerge(each);
    replacement[each] = mergeBases_[each];
  }
  for (Instruction *each : merges)
    if (Value *base = replacement.lookup(mergeBases_[each]))
      mergeBases_[each] = base;
  for (Instruction *each : several)
    completeBaseMerge(each);
}

/// Meets the bases known so far. True if `merge` has a new one.
bool BaseValues::updateBase(Instruction *merge, const Merges &merges) {
  Value *&base = mergeBases_[merge];
  if (base == merge)
    return false; // Several already.
  for (Value *operand : mergedValues(merge)) {
    Value *origin = withoutSteps(operand);
    Value *operandBase =
        isDerived(origin) ? mergeBases_.lookup(origin) : origin;
    if (!operandBase || operandBase == base)
      continue;
    base = base ? merge : operandBase;
    return true;
  }
  return false;
}

/// Puts an empty merge beside `merge`: operands are poison yet.
void BaseValues::insertBaseMerge(Instruction *merge) {
  Instruction *base = merge->clone();
  base->setName(merge->getName() + ".base");
  for (Use &operand : mergedValues(base))
    operand.set(PoisonValue::get(merge->getType()));
  base->insertBefore(merge->getIterator());
  mergeBases_[merge] = base;
}

void BaseValues::completeBaseMerge(Instruction *merge) {
  auto *base = cast<Instruction>(mergeBases_[merge]);
  for (auto [to, from] : zip(mergedValues(base), mergedValues(merge)))
    to.set(baseOf(from.get()));
}

} // namespace mps
