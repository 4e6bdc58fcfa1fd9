// Variables of LowerRoots.
//
// 1. Safepoints; for each foreign one, the references among its arguments.
// 2. Liveness of derived pointers alone tells which cross a safepoint.
// 3. Their bases are found, and those of pinned arguments; that may insert
//    merges.
// 4. All values that are references but not derived are bases now.
// 5. Needs: a base needs itself; a derived pointer that crosses, or that is
//    pinned, needs its base, and itself if it is kept.
#include "RootVariables.h"

#include "BaseValues.h"
#include "CompositeLeaves.h"
#include "Contract.h"

#include "llvm/IR/InstIterator.h"

using namespace llvm;

namespace mps {
namespace {

std::vector<Safepoint> findSafepoints(Function &function) {
  std::vector<Safepoint> safepoints;
  for (Instruction &instruction : instructions(function))
    if (auto *call = dyn_cast<CallBase>(&instruction);
        call && isSafepoint(*call))
      safepoints.push_back({call, {}, {}, {}, {}});
  return safepoints;
}

/// The references among the arguments of `call`, those in composites too.
SmallVector<Value *> referenceArguments(CallBase &call) {
  SmallVector<Value *> result;
  IRBuilder<> builder(&call);
  for (Value *argument : call.args()) {
    if (argument->getType()->isPointerTy())
      result.push_back(argument);
    if (!isComposite(argument->getType()))
      continue;
    for (const Leaf &leaf : leavesOf(argument->getType()))
      if (isManagedReference(leaf.type))
        result.push_back(extractLeaf(builder, argument, leaf.path));
  }
  return result;
}

BitVector acrossAnySafepoint(Function &function, ArrayRef<Value *> values,
                             ArrayRef<Safepoint> safepoints) {
  Needs needs;
  for (auto [index, value] : enumerate(values))
    needs[value] = {unsigned(index)};
  RootLiveness liveness(function, values, needs);
  BitVector across(values.size());
  for (const Safepoint &safepoint : safepoints)
    if (auto *invoke = dyn_cast<InvokeInst>(safepoint.call))
      across |= liveness.liveOut(invoke->getParent());
  for (BasicBlock &block : function)
    liveness.scanBackward(block,
                          [&](Instruction &instruction, const BitVector &live) {
                            if (auto *call = dyn_cast<CallInst>(&instruction);
                                call && isSafepoint(*call))
                              across |= live;
                          });
  return across;
}

} // namespace

RootVariables::RootVariables(Function &function)
    : safepoints(findSafepoints(function)) {
  std::vector<SmallVector<Value *>> pinned(safepoints.size());
  for (auto [safepoint, values] : zip(safepoints, pinned))
    if (isForeignCall(*safepoint.call))
      values = referenceArguments(*safepoint.call);

  BaseValues baseValues(function);
  DenseMap<Value *, Value *> baseOf;
  BitVector across =
      acrossAnySafepoint(function, baseValues.derived(), safepoints);
  SmallVector<Value *> derived(baseValues.derived());
  for (unsigned index : across.set_bits()) {
    Value *base = baseOf[derived[index]] = baseValues.baseOf(derived[index]);
    DerivedPointer pointer(derived[index], base);
    (pointer.isConstantDistance() ? computedAtUses : kept).push_back(pointer);
  }
  for (ArrayRef<Value *> values : pinned)
    for (Value *value : values)
      if (baseValues.isDerived(value))
        baseOf[value] = baseValues.baseOf(value);

  auto addBase = [&](Value &value) {
    if (!isManagedReference(value.getType()) || baseValues.isDerived(&value))
      return;
    needs[&value] = {unsigned(bases.size())};
    bases.push_back(&value);
  };
  for (Argument &argument : function.args())
    addBase(argument);
  for (Instruction &instruction : instructions(function))
    addBase(instruction);

  for (auto [value, base] : baseOf)
    needs[value] = needs.lookup(base); // None for a constant.
  for (auto [index, pointer] : enumerate(kept))
    needs[pointer.value()].push_back(bases.size() + index);
  for (auto [safepoint, values] : zip(safepoints, pinned)) {
    safepoint.pinned.resize(bases.size());
    for (Value *value : values)
      for (unsigned variable : needs.lookup(value))
        if (variable < bases.size())
          safepoint.pinned.set(variable);
  }
}

SmallVector<Value *> RootVariables::all() const {
  SmallVector<Value *> result(bases);
  for (const DerivedPointer &pointer : kept)
    result.push_back(pointer.value());
  return result;
}

} // namespace mps
