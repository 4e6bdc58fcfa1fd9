// A function may pass on the place of its own result: then what it calls, at
// any depth, writes into a frame far up the stack. The runtime takes such
// frames for quiet (runtime/stack/quiet_frames.h), but for that of the direct
// caller.
#include "KeepResults.h"

#include "Contract.h"
#include "FrameAreas.h"

#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"

using namespace llvm;

namespace mps {
namespace {

constexpr unsigned kWordSize = 8;

/// The place of a result with references that is not in the caller's frame.
Use *passedOn(CallBase &call) {
  if (!isSafepoint(call) || call.isMustTailCall())
    return nullptr;
  for (Use &argument : call.args()) {
    unsigned index = call.getArgOperandNo(&argument);
    if (call.paramHasAttr(index, Attribute::StructRet) &&
        containsReference(call.getParamStructRetType(index)) &&
        !isa<AllocaInst>(getUnderlyingObject(argument.get(), 0)))
      return &argument;
  }
  return nullptr;
}

/// Word by word, references as such.
void copy(IRBuilder<> &builder, Value *to, Value *from, Type *type,
          const DataLayout &layout) {
  BitVector map;
  if (!referenceMap(type, layout, map))
    return; // Refused as a frame area.
  uint64_t size = layout.getTypeAllocSize(type);
  for (uint64_t offset = 0; offset < size;) {
    bool isWord = offset + kWordSize <= size;
    Type *unit =
        isWord && map[offset / kWordSize]
            ? builder.getPtrTy(kManagedAddressSpace)
            : cast<Type>(isWord ? builder.getInt64Ty() : builder.getInt8Ty());
    auto at = [&](Value *base) {
      return builder.CreateConstInBoundsGEP1_64(builder.getInt8Ty(), base,
                                                offset);
    };
    Value *value = builder.CreateAlignedLoad(unit, at(from), Align(1));
    builder.CreateAlignedStore(value, at(to), Align(1));
    offset += layout.getTypeStoreSize(unit);
  }
}

void keep(CallBase &call, Use &result) {
  Function &function = *call.getFunction();
  const DataLayout &layout = call.getDataLayout();
  Type *type = call.getParamStructRetType(call.getArgOperandNo(&result));
  IRBuilder<> builder(&function.getEntryBlock(),
                      function.getEntryBlock().begin());
  AllocaInst *own = builder.CreateAlloca(type, nullptr, "result");
  own->setAlignment(std::max(Align(kWordSize), layout.getABITypeAlign(type)));
  Value *place = result.get();
  result.set(own);
  auto *invoke = dyn_cast<InvokeInst>(&call);
  if (invoke)
    builder.SetInsertPoint(invoke->getNormalDest(),
                           invoke->getNormalDest()->getFirstInsertionPt());
  else
    builder.SetInsertPoint(call.getNextNode());
  copy(builder, place, own, type, layout);
}

} // namespace

void keepResults(Function &function) {
  SmallVector<std::pair<CallBase *, Use *>> found;
  for (Instruction &instruction : instructions(function))
    if (auto *call = dyn_cast<CallBase>(&instruction))
      if (Use *result = passedOn(*call))
        found.push_back({call, result});
  for (auto [call, result] : found)
    keep(*call, *result);
}

} // namespace mps
