// The order of the plugin's work.
//
// Early, on the front end's IR: what the optimiser must not misunderstand is
// made plain. Late, when the optimiser is done:
//
//   1. composites    references one by one, masked accesses too; edges of
//                    invokes of their own; long copies and fills in pieces
//   2. barriers      while allocations are still single calls: they tell which
//                    stores need none
//   3. polls         while calls still tell whom they call
//   4. thread-locals are made known where they are used
//   5. allocations   inline paths; their slow calls are foreign calls
//   6. thunks        ways in and out
//   7. roots         slots and statepoints, function by function
//   8. proof
//   9. the module descriptor
#include "Pipelines.h"

#include "Adopt.h"
#include "CheckContract.h"
#include "Contract.h"
#include "Diagnostics.h"
#include "EmitModule.h"
#include "EmitThunks.h"
#include "ExpandMasked.h"
#include "KeepFrames.h"
#include "LowerAllocations.h"
#include "LowerBarriers.h"
#include "LowerComposites.h"
#include "LowerReadBarriers.h"
#include "LowerRoots.h"
#include "ModuleKind.h"
#include "PlacePolls.h"
#include "ProtectMemory.h"
#include "ProveRoots.h"
#include "Reserved.h"
#include "SplitBulkWrites.h"
#include "ThreadLocals.h"

#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/ScalarEvolution.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"

using namespace llvm;

namespace mps {
namespace {

SmallVector<Function *> managedFunctions(Module &module) {
  SmallVector<Function *> result;
  for (Function &function : module)
    if (!function.isDeclaration() && isManagedFunction(function))
      result.push_back(&function);
  return result;
}

bool hasGlobalReferences(const Module &module) {
  return any_of(module.globals(), [](const GlobalVariable &variable) {
    return !variable.isDeclaration() &&
           containsReference(variable.getValueType());
  });
}

/// Whether LowerRoots has refused the function.
bool hasSafepoint(const Function &function) {
  return any_of(instructions(function), [](const Instruction &instruction) {
    auto *call = dyn_cast<CallBase>(&instruction);
    return call && isSafepoint(*call);
  });
}

/// What was refused must not cause further errors.
void dropBody(Function &function) {
  GlobalValue::LinkageTypes linkage = function.getLinkage();
  Comdat *comdat = function.getComdat();
  function.deleteBody();
  function.setLinkage(linkage);
  function.setComdat(comdat);
  auto *entry = BasicBlock::Create(function.getContext(), "", &function);
  new UnreachableInst(function.getContext(), entry);
}

} // namespace

PreservedAnalyses EarlyPass::run(Module &module, ModuleAnalysisManager &) {
  adopt(module);
  decideReadBarrier(module);
  for (Function &function : module)
    if (reservedKind(function) && function.isDeclaration() &&
        hasReservedSignature(function))
      addReservedAttributes(function);
  checkContract(module);
  for (Function *function : managedFunctions(module))
    protectMemory(*function);
  keepFrames(module);
  markProtected(module);
  return PreservedAnalyses::none();
}

PreservedAnalyses LatePass::run(Module &module,
                                ModuleAnalysisManager &analyses) {
  SmallVector<Function *> functions = managedFunctions(module);
  if (functions.empty() && !hasGlobalReferences(module))
    return PreservedAnalyses::all();
  if (!isProtected(module)) {
    if (!functions.empty())
      reportError(*functions.front(),
                  "the plugin's early pass did not see this module before the "
                  "optimiser did",
                  "compile it from the front end's IR with the plugin loaded");
    return PreservedAnalyses::all();
  }
  auto &manager = analyses.getResult<FunctionAnalysisManagerModuleProxy>(module)
                      .getManager();
  auto changed = [&](Function &function) {
    manager.invalidate(function, PreservedAnalyses::none());
  };
  for (Function *function : functions) {
    promoteReferences(*function);
    expandMaskedAccesses(*function);
    changed(*function);
    LowerCompositesPass().run(*function, manager);
    splitBulkWrites(*function);
    checkDerivedPointers(*function);
    lowerBarriers(*function);
    if (hasReadBarrier(module))
      lowerReadBarriers(*function);
    changed(*function);
  }
  for (Function *function : functions) {
    placePolls(*function, manager.getResult<LoopAnalysis>(*function),
               manager.getResult<ScalarEvolutionAnalysis>(*function));
    changed(*function);
  }
  useThreadLocals(module, functions);
  for (Function *function : functions)
    lowerAllocations(*function);
  emitThunks(module);
  for (Function *function : functions) {
    changed(*function);
    LowerRootsPass().run(*function, manager);
    changed(*function);
    if (hasSafepoint(*function)) {
      dropBody(*function);
      continue;
    }
    lowerPins(*function);
    ProveRootsPass().run(*function, manager);
  }
  emitModule(module);
  return PreservedAnalyses::none();
}

} // namespace mps
