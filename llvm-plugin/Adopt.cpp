// Adoption.
#include "Adopt.h"

#include "Contract.h"
#include "Reserved.h"

#include "llvm/IR/Constants.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Module.h"
#include "llvm/Transforms/Utils/ModuleUtils.h"

using namespace llvm;

namespace mps {
namespace {

/// The annotations that are function attributes of ours.
bool isAttributeName(StringRef name) {
  return name == kLeafAttribute || name == kInternalAttribute ||
         name == kSabotageAttribute || name == kSabotageReadsAttribute;
}

/// __attribute__((annotate("mps-leaf"))) in C.
void readAnnotations(Module &module) {
  auto *annotations = module.getNamedGlobal("llvm.global.annotations");
  if (!annotations || !annotations->hasInitializer())
    return;
  for (const Use &use : annotations->getInitializer()->operands()) {
    auto *fields = cast<Constant>(use.get());
    auto *function = dyn_cast<Function>(
        fields->getAggregateElement(0u)->stripPointerCasts());
    auto *name = dyn_cast<GlobalVariable>(
        fields->getAggregateElement(1u)->stripPointerCasts());
    if (!function || !name || !name->hasInitializer())
      continue;
    auto *text = dyn_cast<ConstantDataSequential>(name->getInitializer());
    if (text && text->isCString() && isAttributeName(text->getAsCString()))
      function->addFnAttr(text->getAsCString());
  }
}

bool touchesReferences(const Instruction &instruction) {
  if (containsReference(instruction.getType()))
    return true;
  if (auto *alloca = dyn_cast<AllocaInst>(&instruction))
    return containsReference(alloca->getAllocatedType());
  return any_of(instruction.operands(), [](const Use &operand) {
    return containsReference(operand->getType());
  });
}

} // namespace

bool touchesReferences(const Function &function) {
  const FunctionType *type = function.getFunctionType();
  if (containsReference(type->getReturnType()) ||
      any_of(type->params(),
             [](Type *each) { return containsReference(each); }))
    return true;
  return any_of(instructions(function), [](const Instruction &instruction) {
    return touchesReferences(instruction);
  });
}

void adopt(Module &module) {
  readAnnotations(module);
  GlobalVariable *request =
      module.getGlobalVariable(kAdoptGlobal, /*AllowInternal=*/true);
  if (!request)
    return;
  for (Function &function : module)
    if (!function.isDeclaration() && !function.hasGC() &&
        touchesReferences(function))
      function.setGC(kStrategyName);
  removeFromUsedLists(module, [&](Constant *each) { return each == request; });
  if (request->use_empty())
    request->eraseFromParent();
}

} // namespace mps
