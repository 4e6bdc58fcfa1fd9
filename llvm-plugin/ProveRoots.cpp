// The proof.
//
// 1. No reference, in whatever form, is an SSA value across a statepoint: what
//    is needed after it is loaded from a slot again. Forms are references,
//    structs and vectors of them, and pointers and integers made of them by
//    casts, phis and selects. (A distance between two pointers is no reference;
//    nor is the result of mps.address, which is meant to grow stale.)
// 2. A slot that is read after a statepoint, before it is written, is named by
//    the statepoint: the collector has updated it.
//
// For each value, and each slot, it walks back from the uses over all paths to
// where the value was defined, or the slot written, and looks at the
// statepoints on the way. Simple, and nothing in common with how LowerRoots
// found the places.
#include "ProveRoots.h"

#include "Contract.h"
#include "Diagnostics.h"

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/IR/CFG.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Operator.h"

using namespace llvm;

namespace mps {
namespace {

using Predicate = function_ref<bool(const Instruction &)>;

/// Where a use takes place: right before an instruction, or, for a phi's, at
/// the end of the block it comes from.
struct UsePoint {
  const BasicBlock *block;
  const Instruction *before; ///< Null: the block's end.
};

UsePoint pointOf(const Use &use) {
  auto *user = cast<Instruction>(use.getUser());
  if (auto *phi = dyn_cast<PHINode>(user))
    return {phi->getIncomingBlock(use), nullptr};
  return {user->getParent(), user};
}

/// The first statepoint that is met going back from `uses`, over all paths, up
/// to what `ends` them, and that `matters`; null if there is none.
const GCStatepointInst *findOnWayBack(ArrayRef<UsePoint> uses, Predicate ends,
                                      Predicate matters) {
  SmallVector<UsePoint> work(uses);
  SmallPtrSet<const BasicBlock *, 16> seen;
  while (!work.empty()) {
    auto [block, before] = work.pop_back_val();
    const Instruction *each = before ? before->getPrevNode() : &block->back();
    for (; each && !ends(*each); each = each->getPrevNode())
      if (auto *statepoint = dyn_cast<GCStatepointInst>(each))
        if (matters(*statepoint))
          return statepoint;
    if (each)
      continue;
    for (const BasicBlock *predecessor : predecessors(block))
      if (seen.insert(predecessor).second)
        work.push_back({predecessor, nullptr});
  }
  return nullptr;
}

bool isCastReference(const Value &value) {
  auto *cast = dyn_cast<CastInst>(&value);
  return cast && isa<PtrToIntInst, AddrSpaceCastInst>(cast) &&
         containsReference(cast->getSrcTy()) &&
         !cast->hasMetadata(kAddressMetadata) &&
         !isa<Constant>(cast->getOperand(0));
}

/// A pointer or integer that a reference was cast to, or that is chosen of such
/// ones; or a pointer made of such an integer.
bool isReferenceInDisguise(const Value &value) {
  if (!value.getType()->isIntegerTy(64) && !value.getType()->isPointerTy())
    return false;
  SmallPtrSet<const Value *, 8> seen;
  SmallVector<const Value *> work = {&value};
  while (!work.empty()) {
    const Value *each = work.pop_back_val();
    if (isCastReference(*each))
      return true;
    if (!isa<PHINode, SelectInst, FreezeInst, IntToPtrInst>(each) ||
        containsReference(each->getType()) || !seen.insert(each).second)
      continue;
    auto operands = cast<User>(each)->operands();
    work.append(operands.begin() + isa<SelectInst>(each), operands.end());
  }
  return false;
}

bool isReferenceValue(const Value &value) {
  return containsReference(value.getType()) || isReferenceInDisguise(value);
}

/// A distance between two pointers uses them, and is good for ever.
bool proveValue(const Value &value) {
  SmallVector<UsePoint> uses;
  for (const Use &use : value.uses())
    uses.push_back(pointOf(use));
  auto *definition = dyn_cast<Instruction>(&value);
  const GCStatepointInst *crossed = findOnWayBack(
      uses, [&](const Instruction &each) { return &each == definition; },
      [](const Instruction &) { return true; });
  if (!crossed)
    return true;
  if (isReferenceInDisguise(value))
    reportError(*definition,
                "the address of a reference is live across a safepoint",
                "compute it after the safepoint, or use mps.address");
  else
    reportError(*crossed,
                "the reference " +
                    (value.hasName() ? value.getName() : "without a name") +
                    " is live across this safepoint and not in a slot",
                "this is a defect of the plugin; report it with the IR");
  return false;
}

bool isSlot(const Instruction &instruction) {
  auto *alloca = dyn_cast<AllocaInst>(&instruction);
  return alloca && isManagedReference(alloca->getAllocatedType());
}

bool names(const GCStatepointInst &statepoint, const Value &slot) {
  auto bundle = statepoint.getOperandBundle(LLVMContext::OB_gc_live);
  return bundle && is_contained(bundle->Inputs, &slot);
}

/// Only slots that are used by nothing but loads, stores and statepoints: what
/// else is an alloca of one reference is a frame area, and always named.
bool proveSlot(const Instruction &slot) {
  SmallVector<UsePoint> loads;
  for (const Use &use : slot.uses())
    if (isa<LoadInst>(use.getUser()))
      loads.push_back(pointOf(use));
  const GCStatepointInst *stale = findOnWayBack(
      loads,
      [&](const Instruction &each) {
        auto *store = dyn_cast<StoreInst>(&each);
        return &each == &slot || (store && store->getPointerOperand() == &slot);
      },
      [&](const Instruction &each) {
        return !names(cast<GCStatepointInst>(each), slot);
      });
  if (!stale)
    return true;
  reportError(*stale,
              "the slot " + slot.getName() +
                  " is read after this safepoint, which does not name it",
              "this is a defect of the plugin; report it with the IR");
  return false;
}

bool prove(const Function &function) {
  for (const Argument &argument : function.args())
    if (isReferenceValue(argument) && !proveValue(argument))
      return false;
  for (const Instruction &instruction : instructions(function)) {
    if (isReferenceValue(instruction) && !proveValue(instruction))
      return false;
    if (isSlot(instruction) && !proveSlot(instruction))
      return false;
  }
  return true;
}

} // namespace

PreservedAnalyses ProveRootsPass::run(Function &function,
                                      FunctionAnalysisManager &) {
  if (isManagedFunction(function) && !function.isDeclaration())
    prove(function);
  return PreservedAnalyses::all();
}

} // namespace mps
