// The rules of managed frames. The first breach is reported, and only that.
#include "FrameRules.h"

#include "CompositeLeaves.h"
#include "Contract.h"
#include "Diagnostics.h"
#include "InvokeEdges.h"
#include "Statepoints.h"

#include "llvm/IR/DataLayout.h"
#include "llvm/IR/InstIterator.h"

using namespace llvm;

namespace mps {
namespace {

bool refuse(const Instruction &instruction, const Twine &reason,
            const Twine &wayOut) {
  reportError(instruction, reason, wayOut);
  return false;
}

bool keepsRules(const AllocaInst &alloca) {
  if (!alloca.isStaticAlloca())
    return refuse(alloca,
                  "an alloca of variable size, or outside the entry "
                  "block, gives the frame no fixed size",
                  "allocate an object, or use a constant size in the entry "
                  "block");
  MaybeAlign stack = alloca.getDataLayout().getStackAlignment();
  if (stack && alloca.getAlign() > *stack)
    return refuse(alloca,
                  "managed frames are aligned to " + Twine(stack->value()) +
                      " bytes, and this alloca to more",
                  "align within a larger alloca, or lower the alignment");
  return true;
}

/// Of a variable element of a vector that was put together, nothing is known.
bool takesOutBase(const Instruction &extraction) {
  const Value *composite = extraction.getOperand(0);
  if (isa<ExtractElementInst>(extraction) &&
      !isa<Constant>(extraction.getOperand(1)))
    return !isa<InsertElementInst, ShuffleVectorInst>(composite) &&
           hasBasesOnly(composite);
  return hasBasesOnly(composite);
}

/// Passes that other tools run later move or wrap the allocas of a function
/// with these attributes.
const Attribute::AttrKind kFrameChanging[] = {
    Attribute::SafeStack, Attribute::PresplitCoroutine,
    Attribute::SanitizeAddress, Attribute::SanitizeHWAddress,
    Attribute::SanitizeMemTag};

bool keepsRules(const Function &function) {
  for (Attribute::AttrKind kind : kFrameChanging)
    if (function.hasFnAttribute(kind)) {
      reportError(function,
                  "attribute " + Attribute::getNameFromAttrKind(kind) +
                      " changes frames after their references have places",
                  "compile managed code without it");
      return false;
    }
  return true;
}

bool keepsRules(const Instruction &instruction) {
  if (auto *alloca = dyn_cast<AllocaInst>(&instruction))
    return keepsRules(*alloca);
  if (auto *call = dyn_cast<CallBase>(&instruction); call && isSafepoint(*call))
    return canBeStatepoint(*call);
  if (isa<ExtractValueInst, ExtractElementInst>(instruction) &&
      isManagedReference(instruction.getType()) && !takesOutBase(instruction))
    return refuse(instruction,
                  "it is not known which object this reference points into",
                  "use constant indices, and phi, select, insert and extract "
                  "only on vectors and structs of references");
  if (isa<LandingPadInst>(instruction) &&
      mergesReferences(*instruction.getParent()))
    return refuse(instruction, "references are merged at a landing pad",
                  "run mps-lower-composites first");
  if (isa<FuncletPadInst, CatchSwitchInst>(instruction))
    return refuse(instruction, "this kind of exception handling is unknown",
                  "use landing pads");
  return true;
}

} // namespace

bool keepsFrameRules(const Function &function) {
  return keepsRules(function) &&
         all_of(instructions(function), [](const Instruction &instruction) {
           return keepsRules(instruction);
         });
}

} // namespace mps
