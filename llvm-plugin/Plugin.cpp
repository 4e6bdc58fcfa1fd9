// What LLVM asks of a pass plugin: the passes by name.
//
// Both passes run by themselves in every pipeline that clang and opt build, at
// any optimisation level. By name, for tests:
//
//   opt -load-pass-plugin mps-llvm-NN.so -passes=mps-early,mps-late
//   opt -load-pass-plugin mps-llvm-NN.so -passes=mps-lower-roots,mps-prove
#include "Compat.h"
#include "LowerComposites.h"
#include "LowerRoots.h"
#include "Pipelines.h"
#include "ProveRoots.h"

#include "llvm/Passes/PassBuilder.h"

using namespace llvm;

namespace {

bool addPass(StringRef name, FunctionPassManager &passes) {
  if (name == "mps-lower-composites")
    passes.addPass(mps::LowerCompositesPass());
  else if (name == "mps-lower-roots")
    passes.addPass(mps::LowerRootsPass());
  else if (name == "mps-prove")
    passes.addPass(mps::ProveRootsPass());
  else
    return false;
  return true;
}

bool addModulePass(StringRef name, ModulePassManager &passes) {
  if (name == "mps-early")
    passes.addPass(mps::EarlyPass());
  else if (name == "mps-late")
    passes.addPass(mps::LatePass());
  else
    return false;
  return true;
}

void registerPasses(PassBuilder &builder) {
  builder.registerPipelineStartEPCallback(
      [](ModulePassManager &passes, OptimizationLevel) {
        passes.addPass(mps::EarlyPass());
      });
  mps::addAtEnd(builder, [](ModulePassManager &passes) {
    passes.addPass(mps::LatePass());
  });
  builder.registerPipelineParsingCallback(
      [](StringRef name, ModulePassManager &passes,
         ArrayRef<PassBuilder::PipelineElement>) {
        return addModulePass(name, passes);
      });
  builder.registerPipelineParsingCallback(
      [](StringRef name, FunctionPassManager &passes,
         ArrayRef<PassBuilder::PipelineElement>) {
        return addPass(name, passes);
      });
}

} // namespace

extern "C" [[gnu::visibility("default")]] PassPluginLibraryInfo
llvmGetPassPluginInfo() {
  PassPluginLibraryInfo info = {};
  info.APIVersion = LLVM_PLUGIN_API_VERSION;
  info.PluginName = "mps";
  info.PluginVersion = "0.1";
  info.RegisterPassBuilderCallbacks = registerPasses;
  return info;
}
