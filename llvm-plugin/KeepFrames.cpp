#include "KeepFrames.h"

#include "Contract.h"
#include "Reserved.h"

#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Module.h"

using namespace llvm;

namespace mps {
namespace {

bool passesPinned(const CallBase &call) {
  return any_of(call.args(), [](const Use &argument) {
    auto *origin = dyn_cast<CallBase>(argument->stripInBoundsConstantOffsets());
    return origin && reservedKind(*origin) == Reserved::Pin;
  });
}

/// Whether the call must stay one.
bool isKept(const CallBase &call) {
  const Function *callee = call.getCalledFunction();
  if (!callee || callee->isIntrinsic() || reservedKind(*callee))
    return false;
  if (!isManagedFunction(*call.getFunction()))
    return isManagedFunction(*callee);
  return !isManagedFunction(*callee) && passesPinned(call);
}

} // namespace

void keepFrames(Module &module) {
  for (Function &function : module)
    for (Instruction &instruction : instructions(function))
      if (auto *call = dyn_cast<CallBase>(&instruction); call && isKept(*call))
        call->setIsNoInline();
}

} // namespace mps
