// Statepoints: llvm.experimental.gc.statepoint around a call.
//
// 1. The callee, its arguments and calling convention go into the intrinsic.
// 2. Of its attributes, those that say how arguments are passed move along with
//    their arguments; those that say what the callee does to memory are
//    dropped, as a collection does more.
// 3. The result is a gc.result right after it. For an invoke, that is at the
//    beginning of the normal destination.
//
// The call is never marked tail: a tail call may not touch its caller's
// allocas.
#include "Statepoints.h"

#include "Contract.h"
#include "Diagnostics.h"
#include "StatepointRecord.h"

#include "llvm/IR/IRBuilder.h"

using namespace llvm;

namespace mps {
namespace {

constexpr Attribute::AttrKind kPassingAttributes[] = {
    Attribute::ZExt,     Attribute::SExt,      Attribute::InReg,
    Attribute::ByVal,    Attribute::ByRef,     Attribute::StructRet,
    Attribute::Nest,     Attribute::SwiftSelf, Attribute::StackAlignment,
    Attribute::Alignment};

AttributeSet passingAttributes(LLVMContext &context, AttributeSet attributes) {
  AttrBuilder kept(context);
  for (Attribute::AttrKind kind : kPassingAttributes)
    if (attributes.hasAttribute(kind))
      kept.addAttribute(attributes.getAttribute(kind));
  return AttributeSet::get(context, kept);
}

/// The intrinsic's own attributes, and those of the call's arguments.
AttributeList statepointAttributes(const CallBase &call,
                                   const CallBase &statepoint) {
  LLVMContext &context = call.getContext();
  AttributeList result = statepoint.getAttributes();
  for (unsigned i = 0; i < call.arg_size(); ++i) {
    AttrBuilder kept(
        context,
        passingAttributes(context, call.getAttributes().getParamAttrs(i)));
    result = result.addParamAttributes(
        context, GCStatepointInst::CallArgsBeginPos + i, kept);
  }
  return result;
}

/// The maps of the areas, as constants of the deopt bundle.
std::optional<SmallVector<Value *>> encodeAreas(ArrayRef<FrameArea> areas,
                                                LLVMContext &context) {
  if (areas.empty())
    return std::nullopt;
  SmallVector<std::uint32_t> words;
  for (const FrameArea &area : areas)
    encodeAreaMap(area.map, words);
  SmallVector<Value *> constants;
  for (std::uint32_t word : words)
    constants.push_back(ConstantInt::get(Type::getInt32Ty(context), word));
  return constants;
}

SmallVector<Value *> inOrder(const NamedSlots &slots) {
  SmallVector<Value *> result(slots.pinned.begin(), slots.pinned.end());
  result.append(slots.precise.begin(), slots.precise.end());
  for (const FrameArea &area : slots.areas)
    result.push_back(area.alloca);
  return result;
}

CallBase *wrap(CallBase &call, const NamedSlots &slots) {
  IRBuilder<> builder(&call);
  FunctionCallee callee(call.getFunctionType(), call.getCalledOperand());
  SmallVector<Value *> arguments(call.args());
  auto maps = encodeAreas(slots.areas, call.getContext());
  std::optional<ArrayRef<Value *>> deopt;
  if (maps)
    deopt = *maps;
  uint64_t id = slots.pinned.size();
  if (auto *invoke = dyn_cast<InvokeInst>(&call))
    return builder.CreateGCStatepointInvoke(
        id, 0, callee, invoke->getNormalDest(), invoke->getUnwindDest(),
        arguments, deopt, inOrder(slots), "safepoint");
  return builder.CreateGCStatepointCall(id, 0, callee, arguments, deopt,
                                        inOrder(slots), "safepoint");
}

void takeResult(CallBase &call, CallBase &statepoint) {
  if (call.use_empty())
    return;
  BasicBlock *block = statepoint.getParent();
  auto place = std::next(statepoint.getIterator());
  if (auto *invoke = dyn_cast<InvokeInst>(&statepoint)) {
    block = invoke->getNormalDest();
    place = block->getFirstInsertionPt();
  }
  IRBuilder<> builder(block, place);
  builder.SetCurrentDebugLocation(call.getDebugLoc());
  CallInst *result = builder.CreateGCResult(&statepoint, call.getType());
  result->setAttributes(AttributeList::get(
      call.getContext(), AttributeList::ReturnIndex,
      AttrBuilder(call.getContext(),
                  passingAttributes(call.getContext(),
                                    call.getAttributes().getRetAttrs()))));
  result->takeName(&call);
  call.replaceAllUsesWith(result);
}

bool refuseCall(const CallBase &call, StringRef reason, StringRef wayOut) {
  reportError(call, reason, wayOut);
  return false;
}

} // namespace

bool canBeStatepoint(const CallBase &call) {
  if (isa<CallBrInst>(call))
    return refuseCall(call, "a callbr cannot be a safepoint",
                      "call the function without asm goto");
  if (call.getFunctionType()->isVarArg())
    return refuseCall(call, "a managed call cannot pass variable arguments",
                      "pass them in an array object");
  if (call.hasFnAttr(Attribute::ReturnsTwice))
    return refuseCall(call,
                      "a function that returns twice would return to a "
                      "frame whose references have moved",
                      "call it from a foreign function");
  if (call.hasOperandBundles())
    return refuseCall(call, "an operand bundle at a safepoint",
                      "compile without the option that asks for it");
  for (unsigned i = 0; i < call.arg_size(); ++i) {
    if (call.isByValArgument(i) && containsReference(call.getParamByValType(i)))
      return refuseCall(call,
                        "references in an argument passed in memory are "
                        "in no root table",
                        "pass the struct by value in registers or the "
                        "references one by one");
    for (auto kind : {Attribute::InAlloca, Attribute::Preallocated,
                      Attribute::SwiftError, Attribute::SwiftAsync})
      if (call.paramHasAttr(i, kind))
        return refuseCall(call,
                          "an argument passed in a way that a statepoint "
                          "does not know",
                          "use an ordinary argument");
  }
  return true;
}

void makeStatepoint(CallBase &call, const NamedSlots &slots) {
  CallBase *statepoint = wrap(call, slots);
  statepoint->setCallingConv(call.getCallingConv());
  statepoint->setAttributes(statepointAttributes(call, *statepoint));
  statepoint->setDebugLoc(call.getDebugLoc());
  takeResult(call, *statepoint);
  call.eraseFromParent();
}

} // namespace mps
