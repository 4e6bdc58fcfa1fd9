// The contract, rule by rule. Each breach is an error with the way out.
#include "CheckContract.h"

#include "Adopt.h"
#include "Contract.h"
#include "Diagnostics.h"
#include "ReferenceAccess.h"
#include "Reserved.h"
#include "ThreadLocals.h"
#include "TypedPlace.h"

#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/DataLayout.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Operator.h"

using namespace llvm;

namespace mps {
namespace {

bool refuse(const Instruction &instruction, const Twine &reason,
            const Twine &wayOut) {
  reportError(instruction, reason, wayOut);
  return false;
}

bool hasFieldsFor(const Type *type, const Value *pointer,
                  const DataLayout &layout) {
  auto place = typedPlace(const_cast<Value *>(pointer), layout);
  if (!place)
    return true; // Somewhere in what holds references.
  SmallVector<std::uint64_t> held = referenceOffsets(place->type, layout);
  return all_of(referenceOffsets(const_cast<Type *>(type), layout),
                [&](std::uint64_t offset) {
                  return is_contained(held, place->offset + offset);
                });
}

} // namespace

bool mayHoldReferences(const Value *pointer) {
  const Value *object = getUnderlyingObject(pointer, /*MaxLookup=*/0);
  if (auto *alloca = dyn_cast<AllocaInst>(object))
    return containsReference(alloca->getAllocatedType()) ||
           alloca->hasMetadata(kFrameAreaMetadata);
  if (auto *global = dyn_cast<GlobalVariable>(object))
    return containsReference(global->getValueType());
  if (auto *global = threadLocalOf(object))
    return containsReference(global->getValueType());
  if (auto *argument = dyn_cast<Argument>(object))
    return argument->hasStructRetAttr();
  if (auto *phi = dyn_cast<PHINode>(object))
    return all_of(phi->incoming_values(), [&](const Use &use) {
      return use.get() == phi || (isa<AllocaInst, GlobalVariable>(
                                      getUnderlyingObject(use.get(), 0)) &&
                                  mayHoldReferences(use.get()));
    });
  if (auto *select = dyn_cast<SelectInst>(object))
    return mayHoldReferences(select->getTrueValue()) &&
           mayHoldReferences(select->getFalseValue());
  return false;
}

namespace {

bool checkStore(const Instruction &instruction, const Value *pointer,
                const Type *type) {
  if (!containsReference(type) || isManagedReference(pointer->getType()) ||
      (mayHoldReferences(pointer) &&
       hasFieldsFor(type, pointer, instruction.getDataLayout())))
    return true;
  return refuse(instruction,
                "a reference is stored in memory that the collector does not "
                "know",
                "store it in an object, in a local variable or global of a "
                "type with references, or hold a handle");
}

/// Something else than a reference, stored over one. Words are RetypeAccesses'.
bool checkOverwriting(const StoreInst &store) {
  const Value *value = store.getValueOperand();
  auto *constant = dyn_cast<Constant>(value);
  if (containsReference(value->getType()) ||
      isManagedReference(store.getPointerOperandType()) ||
      (constant && constant->isNullValue()))
    return true;
  const DataLayout &layout = store.getDataLayout();
  auto place =
      typedPlace(const_cast<Value *>(store.getPointerOperand()), layout);
  if (!place)
    return true;
  uint64_t end =
      place->offset + layout.getTypeStoreSize(value->getType()).getFixedValue();
  for (uint64_t reference : referenceOffsets(place->type, layout)) {
    bool isWord =
        reference == place->offset && value->getType()->isIntegerTy(64);
    if (reference < end && place->offset < reference + 8 && !isWord)
      return refuse(store,
                    "a value that is no reference is stored where a "
                    "reference belongs",
                    "keep references and other values in fields of their own");
  }
  return true;
}

bool checkCast(const CastInst &cast) {
  bool from = containsReference(cast.getSrcTy());
  bool to = containsReference(cast.getDestTy());
  if (isa<AddrSpaceCastInst>(cast) && from != to)
    return refuse(cast, "a reference is cast to or from another address space",
                  "use mps.pin for foreign code, or a handle");
  if (isa<IntToPtrInst>(cast) && to && !isa<Constant>(cast.getOperand(0)))
    return refuse(cast, "a reference is made of an integer",
                  "use mps.immediate for immediates");
  return true;
}

/// Whether the callee is a managed function's body.
bool isManagedCall(const CallBase &call) {
  if (call.isInlineAsm())
    return false;
  const Function *callee = call.getCalledFunction();
  return callee ? isManagedFunction(*callee)
                : call.hasFnAttr(kManagedCallAttribute);
}

bool checkCall(const CallBase &call) {
  if (auto kind = reservedKind(call)) {
    if (!hasReservedSignature(*call.getCalledFunction()))
      return refuse(call,
                    "the reserved function " +
                        call.getCalledFunction()->getName() +
                        " is declared with another signature",
                    "docs/ir.md has the signatures");
    if (call.hasOperandBundles())
      return refuse(call, "a call of a reserved function has an operand bundle",
                    "call it without");
    return true;
  }
  if (call.isMustTailCall() && !isManagedCall(call) &&
      !call.hasFnAttr(kLeafAttribute))
    return refuse(call, "a musttail call leaves managed code",
                  "call the function and return its result, or, if it is a "
                  "managed one by address, mark the call \"mps-managed\" and "
                  "the function \"mps-internal\"");
  if (call.isInlineAsm())
    for (const Use &argument : call.args())
      if (containsReference(argument->getType()))
        return refuse(call, "inline assembly gets a reference",
                      "pass an address (mps.address) if no safepoint follows");
  return true;
}

bool keepsRules(const Instruction &instruction) {
  if (auto *store = dyn_cast<StoreInst>(&instruction))
    return checkStore(instruction, store->getPointerOperand(),
                      store->getValueOperand()->getType()) &&
           checkOverwriting(*store);
  if (auto *exchange = dyn_cast<AtomicRMWInst>(&instruction))
    return checkStore(instruction, exchange->getPointerOperand(),
                      exchange->getType());
  if (auto *swap = dyn_cast<AtomicCmpXchgInst>(&instruction))
    return checkStore(instruction, swap->getPointerOperand(),
                      swap->getNewValOperand()->getType());
  if (auto *cast = dyn_cast<CastInst>(&instruction))
    return checkCast(*cast);
  if (auto *call = dyn_cast<CallBase>(&instruction))
    return checkCall(*call);
  if (isa<VAArgInst>(instruction) && containsReference(instruction.getType()))
    return refuse(instruction, "a reference comes from variable arguments",
                  "pass references as ordinary arguments");
  return true;
}

void checkFunction(const Function &function) {
  if (!isManagedFunction(function)) {
    if (touchesReferences(function))
      reportError(function, "it touches references but is no managed function",
                  "give it gc \"mps\", or define @mps.adopt");
    return;
  }
  if (function.isVarArg())
    return reportError(function, "a managed function takes variable arguments",
                       "take an array object");
  for (const Instruction &instruction : instructions(function))
    if (!keepsRules(instruction))
      return;
}

/// Whether `value` may point into an object, not at its header, or contain what
/// does.
bool mayBeDerived(const Value *value, SmallPtrSetImpl<const Value *> &seen) {
  if (!containsReference(value->getType()) || !seen.insert(value).second)
    return false;
  if (auto *step = dyn_cast<GEPOperator>(value))
    return !step->hasAllZeroIndices() ||
           mayBeDerived(step->getPointerOperand(), seen);
  if (auto *phi = dyn_cast<PHINode>(value))
    return any_of(phi->incoming_values(), [&](const Use &use) {
      return mayBeDerived(use.get(), seen);
    });
  if (auto *select = dyn_cast<SelectInst>(value))
    return mayBeDerived(select->getTrueValue(), seen) ||
           mayBeDerived(select->getFalseValue(), seen);
  if (isa<InsertValueInst, InsertElementInst, ShuffleVectorInst>(value))
    return any_of(cast<User>(value)->operands(), [&](const Use &use) {
      return mayBeDerived(use.get(), seen);
    });
  if (isa<FreezeInst, ExtractValueInst, ExtractElementInst>(value))
    return mayBeDerived(cast<User>(value)->getOperand(0), seen);
  return false;
}

bool isDerived(const Value *value) {
  SmallPtrSet<const Value *, 8> seen;
  return mayBeDerived(value, seen);
}

bool checkDerivedUse(const Instruction &instruction) {
  if (auto *store = dyn_cast<StoreInst>(&instruction))
    if (isDerived(store->getValueOperand()))
      return refuse(instruction, "a pointer into an object is stored",
                    "store the reference and the offset");
  if (isa<AtomicRMWInst, AtomicCmpXchgInst>(instruction))
    if (isDerived(instruction.getOperand(instruction.getNumOperands() - 1)))
      return refuse(instruction, "a pointer into an object is stored",
                    "store the reference and the offset");
  if (auto *exit = dyn_cast<ReturnInst>(&instruction))
    if (exit->getReturnValue() && isDerived(exit->getReturnValue()))
      return refuse(instruction, "a pointer into an object is returned",
                    "return the reference and the offset");
  auto *call = dyn_cast<CallBase>(&instruction);
  if (call && isManagedCall(*call) &&
      any_of(call->args(),
             [](const Use &argument) { return isDerived(argument.get()); }))
    return refuse(instruction,
                  "a pointer into an object is passed to a managed function",
                  "pass the reference and the offset");
  return true;
}

} // namespace

void checkContract(Module &module) {
  for (const Function &function : module)
    if (!function.isDeclaration())
      checkFunction(function);
}

void checkDerivedPointers(Function &function) {
  for (const Instruction &instruction : instructions(function))
    if (!checkDerivedUse(instruction))
      return;
}

} // namespace mps
