// Edges of invokes, split where they are shared.
#include "InvokeEdges.h"

#include "Contract.h"

#include "llvm/IR/CFG.h"
#include "llvm/IR/Function.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"

using namespace llvm;

namespace mps {
namespace {

SmallVector<InvokeInst *> invokesOf(Function &function) {
  SmallVector<InvokeInst *> invokes;
  for (BasicBlock &block : function)
    if (auto *invoke = dyn_cast<InvokeInst>(block.getTerminator()))
      invokes.push_back(invoke);
  return invokes;
}

void separateNormalEdge(InvokeInst &invoke) {
  BasicBlock *destination = invoke.getNormalDest();
  if (!destination->getSinglePredecessor())
    destination =
        SplitBlockPredecessors(destination, {invoke.getParent()}, ".normal");
  FoldSingleEntryPHINodes(destination);
}

void separateUnwindEdge(InvokeInst &invoke) {
  BasicBlock *pad = invoke.getUnwindDest();
  if (!pad->isLandingPad() || !mergesReferences(*pad))
    return;
  if (!pad->getSinglePredecessor()) {
    SmallVector<BasicBlock *, 2> pads;
    SplitLandingPadPredecessors(pad, {invoke.getParent()}, ".own", ".rest",
                                pads);
    pad = invoke.getUnwindDest();
  }
  FoldSingleEntryPHINodes(pad);
}

} // namespace

bool mergesReferences(const BasicBlock &block) {
  return any_of(block.phis(), [](const PHINode &phi) {
    return containsReference(phi.getType());
  });
}

void separateNormalEdges(Function &function) {
  for (InvokeInst *invoke : invokesOf(function))
    separateNormalEdge(*invoke);
}

void separateUnwindEdges(Function &function) {
  for (InvokeInst *invoke : invokesOf(function))
    separateUnwindEdge(*invoke);
}

} // namespace mps
