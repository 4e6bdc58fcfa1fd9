// References in frames.
//
// 1. Undefined references become null (DefineReferences).
// 2. A function that breaks a rule of managed frames is refused (FrameRules);
//    results in memory are its own (KeepResults).
// 3. Variables are found: base values, and derived pointers that are live
//    across safepoints (RootVariables).
// 4. Liveness tells what each safepoint must keep; SlotAssignment, where.
// 5. RootRewriter stores, reloads and makes statepoints.
//
// Slots are allocas of the entry block, read and written by ordinary
// instructions. To later passes the statepoint may change any alloca it names,
// so they forward nothing past it; and what we write is plain code on bits, so
// whatever they do to it keeps its meaning.
//
// Invariant: no reference is live across a safepoint but in a slot or frame
// area that it names. ProveRoots checks it, by its own means.
#include "LowerRoots.h"

#include "Contract.h"
#include "DefineReferences.h"
#include "FrameRules.h"
#include "InvokeEdges.h"
#include "KeepResults.h"
#include "LowerComposites.h"
#include "RootRewriter.h"

#include "llvm/Analysis/BlockFrequencyInfo.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"

using namespace llvm;

namespace mps {
namespace {

bool hasSafepoint(Function &function) {
  return any_of(instructions(function), [](const Instruction &instruction) {
    auto *call = dyn_cast<CallBase>(&instruction);
    return call && isSafepoint(*call);
  });
}

/// Completes a safepoint, given what is live right after its call.
void setHeld(Safepoint &safepoint, const BitVector &liveAfter,
             const RootLiveness &liveness) {
  safepoint.liveAcross = liveAfter;
  if (auto result = liveness.variableOf(safepoint.call))
    safepoint.liveAcross.reset(*result);
  safepoint.held = safepoint.liveAcross;
  safepoint.held.resize(safepoint.pinned.size());
  safepoint.held |= safepoint.pinned;
}

void setHeld(Function &function, RootVariables &variables,
             const RootLiveness &liveness) {
  DenseMap<const Instruction *, Safepoint *> safepointOf;
  for (Safepoint &safepoint : variables.safepoints)
    safepointOf[safepoint.call] = &safepoint;
  for (BasicBlock &block : function)
    liveness.scanBackward(
        block, [&](Instruction &instruction, const BitVector &liveAfter) {
          if (Safepoint *safepoint = safepointOf.lookup(&instruction))
            setHeld(*safepoint, liveAfter, liveness);
        });
}

void lowerRoots(Function &function, FunctionAnalysisManager &analyses) {
  RootVariables variables(function);
  analyses.invalidate(function, PreservedAnalyses::none());
  auto &frequencies = analyses.getResult<BlockFrequencyAnalysis>(function);
  SmallVector<Value *> all = variables.all();
  RootLiveness liveness(function, all, variables.needs);
  setHeld(function, variables, liveness);
  SlotAssignment assignment(function, variables.bases, liveness, frequencies,
                            variables.safepoints);
  auto areas = findFrameAreas(function);
  RootRewriter(function, variables, liveness, assignment, areas).run();
  for (const FrameArea &area : areas)
    initialise(area);
  // A frame of fixed size is not aligned at run time; FrameRules refuses what
  // would need it, and spills do without.
  function.addFnAttr("no-realign-stack");
}

} // namespace

PreservedAnalyses LowerRootsPass::run(Function &function,
                                      FunctionAnalysisManager &analyses) {
  if (!isManagedFunction(function))
    return PreservedAnalyses::all();
  EliminateUnreachableBlocks(function);
  if (!hasSafepoint(function)) {
    defineReferences(function);
    return PreservedAnalyses::none();
  }
  separateNormalEdges(function);
  lowerComposites(function);
  keepResults(function);
  defineReferences(function);
  if (keepsFrameRules(function))
    lowerRoots(function, analyses);
  return PreservedAnalyses::none();
}

} // namespace mps
