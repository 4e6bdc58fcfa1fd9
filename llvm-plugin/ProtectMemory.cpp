// Memory intrinsics that touch references.
//
//   between managed memory                     mps.copy, mps.fill
//   between managed memory and a local         loads and stores of the fields,
//   variable, or two local variables           by the variable's type; mps.copy
//                                              if they are many, or not known
//   zero in a local variable                   stays as it is, likewise
//
// A local variable's type says where its references are, so field by field the
// optimiser sees references and treats them as such; a copy of bytes it would
// turn into integers.
#include "ProtectMemory.h"

#include "CheckContract.h"
#include "Contract.h"
#include "Diagnostics.h"
#include "ReferenceAccess.h"
#include "Reserved.h"
#include "RetypeAccesses.h"
#include "TypedPlace.h"

#include "llvm/IR/DataLayout.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/Transforms/Utils/PromoteMemToReg.h"

using namespace llvm;

namespace mps {
namespace {

/// The fields of `place` in its first `size` bytes; none if a field is cut.
SmallVector<Field> fieldsOf(const TypedPlace &place, uint64_t size,
                            const DataLayout &layout) {
  SmallVector<Field> all, result;
  addFields(place.type, 0, layout, all);
  for (Field field : all) {
    uint64_t end = field.offset + layout.getTypeStoreSize(field.type);
    if (end <= place.offset || field.offset >= place.offset + size)
      continue;
    if (field.offset < place.offset || end > place.offset + size)
      return {};
    result.push_back({field.offset - place.offset, field.type});
  }
  return result;
}

constexpr uint64_t kMostFields = 64;

class MemoryRewriter {
public:
  explicit MemoryRewriter(MemIntrinsic &memory)
      : memory_(memory), builder_(&memory),
        layout_(memory.getModule()->getDataLayout()) {}

  void run() {
    Value *to = memory_.getRawDest();
    Value *from = nullptr;
    if (auto *transfer = dyn_cast<MemTransferInst>(&memory_))
      from = transfer->getRawSource();
    bool managedTo = isManagedReference(to->getType());
    bool managedFrom = from && isManagedReference(from->getType());
    auto place = managedTo ? std::nullopt : typedPlace(to, layout_);
    if (!place && from && !managedFrom)
      place = typedPlace(from, layout_);
    bool holdsTo = !managedTo && mayHoldReferences(to);
    bool holdsFrom = from && !managedFrom && mayHoldReferences(from);
    if (!managedTo && !managedFrom && !holdsTo && !holdsFrom)
      return;
    if (holdsFrom && !managedTo && !holdsTo)
      return checkLeaf(place);
    if (place && byFields(*place, to, from)) {
      memory_.eraseFromParent();
      return;
    }
    if (!managedTo && !managedFrom && !wholeReferences(place))
      return refusePart();
    if (!from && !managedTo)
      return checkFill();
    byReservedFunction(to, from);
    memory_.eraseFromParent();
  }

private:
  /// A copy to where no references may be: right if it copies none.
  void checkLeaf(const std::optional<TypedPlace> &place) {
    auto *size = dyn_cast<ConstantInt>(memory_.getLength());
    if (place && size &&
        none_of(referenceOffsets(place->type, layout_), [&](uint64_t offset) {
          return offset + 8 > place->offset &&
                 offset < place->offset + size->getZExtValue();
        }))
      return;
    reportError(memory_,
                "references are copied to memory that the collector does not "
                "know",
                "copy them to an object, to a local variable or global of a "
                "type with references, or hold handles");
  }

  /// Whether no reference is cut, as far as can be told.
  bool wholeReferences(const std::optional<TypedPlace> &place) {
    auto *size = dyn_cast<ConstantInt>(memory_.getLength());
    if (!size)
      return true;
    if (size->getZExtValue() % 8 != 0)
      return place && place->offset == 0 &&
             size->getZExtValue() == layout_.getTypeAllocSize(place->type);
    return !place || place->offset % 8 == 0;
  }

  void refusePart() {
    reportError(memory_,
                "a local variable that holds references is copied or filled "
                "in part",
                "copy its fields");
  }

  /// Zero is null for all that the optimiser can make of it.
  void checkFill() {
    auto *fill = cast<MemSetInst>(&memory_);
    if (!isZero(*fill))
      reportError(memory_,
                  "a local variable that holds references is filled with "
                  "something that is not null",
                  "set its fields");
  }

  bool byFields(const TypedPlace &place, Value *to, Value *from) {
    auto *size = dyn_cast<ConstantInt>(memory_.getLength());
    if (!size)
      return false;
    SmallVector<Field> fields = fieldsOf(place, size->getZExtValue(), layout_);
    if (fields.empty() || fields.size() > kMostFields)
      return false;
    auto *fill = dyn_cast<MemSetInst>(&memory_);
    if (fill && !isZero(*fill))
      return false;
    SmallVector<Value *> values;
    for (Field field : fields) // All loads come first: it may be a memmove.
      values.push_back(fill ? Constant::getNullValue(field.type)
                            : load(from, field));
    for (auto [field, value] : zip(fields, values))
      builder_.CreateAlignedStore(value, at(to, field.offset),
                                  alignmentOf(memory_.getDestAlign(), field));
    return true;
  }

  static bool isZero(const MemSetInst &fill) {
    auto *value = dyn_cast<ConstantInt>(fill.getValue());
    return value && value->isZero();
  }

  Value *load(Value *from, Field field) {
    auto &transfer = cast<MemTransferInst>(memory_);
    return builder_.CreateAlignedLoad(
        field.type, at(from, field.offset),
        alignmentOf(transfer.getSourceAlign(), field));
  }

  static Align alignmentOf(MaybeAlign whole, Field field) {
    return commonAlignment(whole.valueOrOne(), field.offset);
  }

  Value *at(Value *pointer, uint64_t offset) {
    return builder_.CreateConstInBoundsGEP1_64(builder_.getInt8Ty(), pointer,
                                               offset);
  }

  void byReservedFunction(Value *to, Value *from) {
    Module &module = *memory_.getModule();
    Value *length =
        builder_.CreateZExtOrTrunc(memory_.getLength(), builder_.getInt64Ty());
    if (from) {
      builder_.CreateCall(
          copyFunction(module, to->getType()->getPointerAddressSpace(),
                       from->getType()->getPointerAddressSpace()),
          {to, from, length});
      return;
    }
    CallInst *fill =
        builder_.CreateCall(fillFunction(module),
                            {to, cast<MemSetInst>(memory_).getValue(), length});
    fill->addParamAttr(
        0, Attribute::getWithAlignment(module.getContext(),
                                       memory_.getDestAlign().valueOrOne()));
  }

  MemIntrinsic &memory_;
  IRBuilder<> builder_;
  const DataLayout &layout_;
};

/// The length of a new array is known; the allocation stores it, where the
/// optimiser does not look.
void storeLengths(Function &function) {
  SmallVector<CallBase *> arrays;
  for (Instruction &instruction : instructions(function))
    if (auto *call = dyn_cast<CallBase>(&instruction))
      if (auto kind = reservedKind(*call); kind && isArrayAllocation(*kind))
        arrays.push_back(call);
  for (CallBase *call : arrays) {
    auto known = knownDescriptor(call->getArgOperand(0));
    std::optional<BasicBlock::iterator> place =
        call->getInsertionPointAfterDef();
    if (!known || !place) {
      call->setCalledFunction(&opaqueAllocation(*call->getCalledFunction()));
      continue;
    }
    IRBuilder<> builder((*place)->getParent(), *place);
    StoreInst *store = builder.CreateAlignedStore(
        call->getArgOperand(1),
        builder.CreateConstInBoundsGEP1_64(builder.getInt8Ty(), call,
                                           known->lengthOffset),
        Align(8));
    store->setMetadata(kLengthMetadata, MDNode::get(store->getContext(), {}));
  }
}

} // namespace

void protectMemory(Function &function) {
  retypeAccesses(function);
  SmallVector<MemIntrinsic *> intrinsics;
  for (Instruction &instruction : instructions(function))
    if (auto *memory = dyn_cast<MemIntrinsic>(&instruction))
      intrinsics.push_back(memory);
  for (MemIntrinsic *memory : intrinsics)
    MemoryRewriter(*memory).run();
  storeLengths(function);
}

/// Whether `alloca` is a variable of references, or of what they are cast to:
/// ProveRoots looks at values.
static bool isVariableOfReferences(const AllocaInst &alloca) {
  if (isManagedReference(alloca.getAllocatedType()))
    return true;
  return any_of(alloca.users(), [](const User *user) {
    auto *store = dyn_cast<StoreInst>(user);
    if (!store)
      return false;
    const Value *value = store->getValueOperand();
    auto isCast = [](const Value *each) {
      return isa<IntToPtrInst>(each) ||
             (isa<PtrToIntInst>(each) &&
              isManagedReference(cast<User>(each)->getOperand(0)->getType()));
    };
    return isCast(value) || (isa<PHINode, SelectInst>(value) &&
                             any_of(cast<User>(value)->operands(), isCast));
  });
}

void promoteReferences(Function &function) {
  SmallVector<AllocaInst *> allocas;
  for (Instruction &instruction : function.getEntryBlock())
    if (auto *alloca = dyn_cast<AllocaInst>(&instruction))
      if (isVariableOfReferences(*alloca) && isAllocaPromotable(alloca))
        allocas.push_back(alloca);
  if (allocas.empty())
    return;
  DominatorTree dominators(function);
  PromoteMemToReg(allocas, dominators);
}

void markProtected(Module &module) {
  if (!isProtected(module))
    module.addModuleFlag(Module::Min, kProtectedFlag, 1);
}

bool isProtected(const Module &module) {
  auto *flag = mdconst::extract_or_null<ConstantInt>(
      module.getModuleFlag(kProtectedFlag));
  return flag && flag->isOne();
}

} // namespace mps
