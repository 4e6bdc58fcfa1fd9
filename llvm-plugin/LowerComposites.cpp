// Composites: structs, arrays and vectors with references in them.
//
// 1. A phi, select or freeze of composites becomes one of each leaf, and so
// does
//    address arithmetic on a vector of references: after that, every leaf is
//    known to be an argument's, a load's, a call's, or one that was put in.
// 2. A composite that is live across a safepoint is taken apart right after its
//    definition, and built again before each use.
//
// Code generation takes composites apart anyway, so this costs nothing.
// Invariant: no composite is live across a safepoint. Which safepoints there
// are changes as polls are placed, so LowerRoots does this once more.
#include "LowerComposites.h"

#include "CompositeLeaves.h"
#include "Contract.h"
#include "InvokeEdges.h"
#include "RootLiveness.h"

#include "llvm/IR/InstIterator.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"
#include "llvm/Transforms/Utils/Local.h"

using namespace llvm;

namespace mps {
namespace {

void replace(Instruction &old, Value *by) {
  by->takeName(&old);
  old.replaceAllUsesWith(by);
  old.eraseFromParent();
}

void splitPhi(PHINode &phi) {
  SmallVector<Leaf> leaves = leavesOf(phi.getType());
  SmallVector<Value *> parts;
  for (const Leaf &leaf : leaves)
    parts.push_back(PHINode::Create(leaf.type, phi.getNumIncomingValues(),
                                    phi.getName(), phi.getIterator()));
  BasicBlock *block = phi.getParent();
  IRBuilder<> builder(block, block->getFirstInsertionPt());
  Value *whole = buildComposite(builder, phi.getType(), leaves, parts);
  phi.replaceAllUsesWith(whole);
  for (unsigned i = 0; i < phi.getNumIncomingValues(); ++i) {
    BasicBlock *from = phi.getIncomingBlock(i);
    builder.SetInsertPoint(from->getTerminator());
    for (auto [value, leaf] : zip(parts, leaves)) {
      auto *part = cast<PHINode>(value);
      int known = part->getBasicBlockIndex(from); // A switch's second edge.
      part->addIncoming(
          known >= 0 ? part->getIncomingValue(known)
                     : extractLeaf(builder, phi.getIncomingValue(i), leaf.path),
          from);
    }
  }
  whole->takeName(&phi);
  phi.eraseFromParent();
}

void splitSelect(SelectInst &select) {
  IRBuilder<> builder(&select);
  SmallVector<Leaf> leaves = leavesOf(select.getType());
  SmallVector<Value *> parts;
  for (const Leaf &leaf : leaves) {
    Value *condition = select.getCondition();
    if (condition->getType()->isVectorTy())
      condition = builder.CreateExtractElement(condition, leaf.path.back());
    parts.push_back(builder.CreateSelect(
        condition, extractLeaf(builder, select.getTrueValue(), leaf.path),
        extractLeaf(builder, select.getFalseValue(), leaf.path)));
  }
  replace(select, buildComposite(builder, select.getType(), leaves, parts));
}

void splitFreeze(FreezeInst &freeze) {
  IRBuilder<> builder(&freeze);
  SmallVector<Leaf> leaves = leavesOf(freeze.getType());
  SmallVector<Value *> parts;
  for (const Leaf &leaf : leaves)
    parts.push_back(builder.CreateFreeze(
        extractLeaf(builder, freeze.getOperand(0), leaf.path)));
  replace(freeze, buildComposite(builder, freeze.getType(), leaves, parts));
}

/// Lane by lane; operands that are no vectors are the same in all lanes.
void splitAddress(GetElementPtrInst &address) {
  IRBuilder<> builder(&address);
  SmallVector<Leaf> leaves = leavesOf(address.getType());
  SmallVector<Value *> parts;
  for (const Leaf &leaf : leaves) {
    auto inLane = [&](Value *operand) {
      return operand->getType()->isVectorTy()
                 ? extractLeaf(builder, operand, leaf.path)
                 : operand;
    };
    SmallVector<Value *> indices(map_range(address.indices(), inLane));
    parts.push_back(builder.CreateGEP(address.getSourceElementType(),
                                      inLane(address.getPointerOperand()),
                                      indices, "", address.getNoWrapFlags()));
  }
  replace(address, buildComposite(builder, address.getType(), leaves, parts));
}

SmallVector<Instruction *> compositesOf(Function &function) {
  SmallVector<Instruction *> result;
  for (Instruction &instruction : instructions(function))
    if (isComposite(instruction.getType()))
      result.push_back(&instruction);
  return result;
}

void splitMerges(Function &function) {
  for (Instruction *instruction : compositesOf(function))
    if (auto *phi = dyn_cast<PHINode>(instruction))
      splitPhi(*phi);
    else if (auto *select = dyn_cast<SelectInst>(instruction))
      splitSelect(*select);
    else if (auto *freeze = dyn_cast<FreezeInst>(instruction))
      splitFreeze(*freeze);
    else if (auto *address = dyn_cast<GetElementPtrInst>(instruction))
      splitAddress(*address);
}

/// The composites that are live across a safepoint.
SmallVector<Value *> compositesAcrossSafepoints(Function &function) {
  SmallVector<Value *> composites;
  for (Argument &argument : function.args())
    if (isComposite(argument.getType()))
      composites.push_back(&argument);
  for (Instruction *instruction : compositesOf(function))
    composites.push_back(instruction);
  if (composites.empty())
    return {};
  Needs needs;
  for (auto [index, value] : enumerate(composites))
    needs[value] = {unsigned(index)};
  BitVector across(composites.size());
  RootLiveness liveness(function, composites, needs);
  for (BasicBlock &block : function)
    liveness.scanBackward(block,
                          [&](Instruction &instruction, const BitVector &live) {
                            auto *call = dyn_cast<CallBase>(&instruction);
                            if (!call || !isSafepoint(*call))
                              return;
                            BitVector passing = live;
                            if (auto result = liveness.variableOf(call))
                              passing.reset(*result);
                            across |= passing;
                          });
  SmallVector<Value *> result;
  for (unsigned index : across.set_bits())
    result.push_back(composites[index]);
  return result;
}

BasicBlock::iterator afterDefinition(Value *value) {
  if (auto *argument = dyn_cast<Argument>(value))
    return argument->getParent()->getEntryBlock().getFirstNonPHIOrDbgOrAlloca();
  return *cast<Instruction>(value)->getInsertionPointAfterDef();
}

/// Takes `composite` apart after its definition, and builds it before its uses.
/// What may be dead then is added to `candidates`.
void takeApart(Value *composite, SmallVectorImpl<WeakTrackingVH> &candidates) {
  SmallVector<Use *> uses;
  for (Use &use : composite->uses())
    uses.push_back(&use);
  auto place = afterDefinition(composite);
  IRBuilder<> builder(place->getParent(), place);
  SmallVector<Leaf> leaves = leavesOf(composite->getType());
  SmallVector<Value *> parts;
  for (const Leaf &leaf : leaves)
    parts.push_back(extractLeaf(builder, composite, leaf.path));
  for (Use *use : uses) {
    auto *user = cast<Instruction>(use->getUser());
    builder.SetInsertPoint(user);
    Value *again = buildComposite(builder, composite->getType(), leaves, parts);
    use->set(again);
    candidates.push_back(again);
  }
}

/// Takes references from where they were put in, where that is known.
void resolveExtractions(Function &function,
                        SmallVectorImpl<WeakTrackingVH> &candidates) {
  for (Instruction &instruction : instructions(function)) {
    if (!isManagedReference(instruction.getType()))
      continue;
    if (Value *leaf = knownLeaf(instruction)) {
      instruction.replaceAllUsesWith(leaf);
      candidates.push_back(&instruction);
    }
  }
}

} // namespace

void lowerComposites(Function &function) {
  splitMerges(function);
  SmallVector<WeakTrackingVH> candidates;
  for (Value *composite : compositesAcrossSafepoints(function))
    takeApart(composite, candidates);
  resolveExtractions(function, candidates);
  RecursivelyDeleteTriviallyDeadInstructionsPermissive(candidates);
}

PreservedAnalyses LowerCompositesPass::run(Function &function,
                                           FunctionAnalysisManager &analyses) {
  if (!isManagedFunction(function))
    return PreservedAnalyses::all();
  EliminateUnreachableBlocks(function);
  separateNormalEdges(function);
  separateUnwindEdges(function);
  lowerComposites(function);
  return PreservedAnalyses::none();
}

} // namespace mps
