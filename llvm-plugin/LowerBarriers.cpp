// The write barrier.
//
// Before each store of a reference at address A of managed memory, and before
// an exchange or a compare and swap, the bit of A in the log table is tested;
// if it is set, mps.log clears it and logs A and what A holds:
//
//   if (table[A >> 8] >> (A >> 3 & 31) & 1) mps.log(A)          (cold)
//
// Stores of composites have a test for each reference in them. Copies and fills
// of managed memory are calls of the runtime, which tests each word.
//
// No barrier: if A is in an object allocated in this function, and no safepoint
// lies between on any path, the object is in the nursery, whose bits are clear;
// unless it is an array that may have more than kMostYoungElements.
// A path along a back edge does not count as free of safepoints: PlacePolls may
// put one there.
#include "LowerBarriers.h"

#include "Contract.h"
#include "Diagnostics.h"
#include "Reserved.h"
#include "ThreadBlock.h"

#include "mps/abi/type_descriptor.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/Analysis/CFG.h"
#include "llvm/IR/DataLayout.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"

using namespace llvm;

namespace mps {
namespace {

constexpr char kLogFunction[] = "mps.log";

bool isManagedAddress(const Value *pointer) {
  return isManagedReference(pointer->getType());
}

/// A place of managed memory that an instruction is about to overwrite with a
/// reference.
struct ReferenceStore {
  Instruction *instruction;
  Value *pointer;
  Type *type; ///< Of what is stored.
};

std::optional<ReferenceStore> asReferenceStore(Instruction &instruction) {
  Value *pointer = nullptr;
  Value *value = nullptr;
  if (auto *store = dyn_cast<StoreInst>(&instruction))
    pointer = store->getPointerOperand(), value = store->getValueOperand();
  else if (auto *exchange = dyn_cast<AtomicRMWInst>(&instruction))
    pointer = exchange->getPointerOperand(), value = exchange->getValOperand();
  else if (auto *swap = dyn_cast<AtomicCmpXchgInst>(&instruction))
    pointer = swap->getPointerOperand(), value = swap->getNewValOperand();
  if (!pointer || !isManagedAddress(pointer) ||
      !containsReference(value->getType()))
    return std::nullopt;
  return ReferenceStore{&instruction, pointer, value->getType()};
}

/// Whether a store of an integer is one of a reference in disguise.
bool storesDisguisedReference(const Instruction &instruction) {
  auto *store = dyn_cast<StoreInst>(&instruction);
  if (!store || !isManagedAddress(store->getPointerOperand()))
    return false;
  auto *cast = dyn_cast<PtrToIntInst>(store->getValueOperand());
  return cast && isManagedAddress(cast->getPointerOperand()) &&
         !cast->hasMetadata(kAddressMetadata);
}

/// The offsets, in bytes, of the references in a value of `type`.
void referenceOffsets(Type *type, uint64_t offset, const DataLayout &layout,
                      SmallVectorImpl<uint64_t> &out) {
  if (!containsReference(type))
    return;
  if (isManagedReference(type))
    return out.push_back(offset);
  if (auto *structure = dyn_cast<StructType>(type)) {
    const StructLayout *fields = layout.getStructLayout(structure);
    for (unsigned i = 0; i < structure->getNumElements(); ++i)
      referenceOffsets(structure->getElementType(i),
                       offset + fields->getElementOffset(i), layout, out);
    return;
  }
  Type *element = type->getContainedType(0);
  uint64_t count = isa<ArrayType>(type)
                       ? type->getArrayNumElements()
                       : cast<FixedVectorType>(type)->getNumElements();
  uint64_t stride = layout.getTypeAllocSize(element);
  for (uint64_t i = 0; i < count; ++i)
    referenceOffsets(element, offset + i * stride, layout, out);
}

/// Finds stores into objects that are new.
class Freshness {
public:
  explicit Freshness(const Function &function) {
    SmallVector<std::pair<const BasicBlock *, const BasicBlock *>> edges;
    FindFunctionBackedges(function, edges);
    backEdges_.insert(edges.begin(), edges.end());
  }

  bool isFresh(const ReferenceStore &store) const {
    const Value *base = store.pointer;
    while (auto *step = dyn_cast<GetElementPtrInst>(base))
      base = step->getPointerOperand();
    auto *allocation = dyn_cast<CallInst>(base);
    return allocation && isYoungWhenNew(*allocation) &&
           noSafepointBetween(*allocation, *store.instruction);
  }

private:
  static bool isYoungWhenNew(const CallInst &call) {
    if (!isAllocationCall(call) || !isArrayAllocation(*reservedKind(call)))
      return isAllocationCall(call);
    auto *count = dyn_cast<ConstantInt>(call.getArgOperand(1));
    return count && count->getValue().ule(abi::kMostYoungElements);
  }

  /// Looks at all paths back from `store`, which `allocation` dominates.
  bool noSafepointBetween(const CallInst &allocation,
                          const Instruction &store) const {
    SmallPtrSet<const BasicBlock *, 8> seen;
    SmallVector<const Instruction *> ends = {&store};
    while (!ends.empty()) {
      const Instruction *each = ends.pop_back_val();
      const BasicBlock *block = each->getParent();
      bool found = false;
      while ((each = each->getPrevNode())) {
        if (each == &allocation) {
          found = true;
          break;
        }
        auto *call = dyn_cast<CallBase>(each);
        if (call && isSafepoint(*call) && !isLoweredToPlainCode(*call))
          return false;
      }
      if (found)
        continue;
      for (const BasicBlock *predecessor : predecessors(block)) {
        if (backEdges_.contains({predecessor, block}))
          return false;
        if (seen.insert(predecessor).second) {
          const Instruction *end = predecessor->getTerminator();
          if (isa<CallBase>(end))
            return false;
          ends.push_back(end);
        }
      }
    }
    return true;
  }

  static bool isLoweredToPlainCode(const CallBase &call) {
    auto kind = reservedKind(call);
    return kind && !isAllocation(*kind);
  }

  DenseSet<std::pair<const BasicBlock *, const BasicBlock *>> backEdges_;
};

/// The place of `slot` in the log table, and its bit there.
struct LogBit {
  Value *address, *word, *mask;
};

LogBit logBit(IRBuilderBase &builder, Value *slot) {
  auto *table = builder.CreateLoad(
      builder.getPtrTy(),
      threadBlockField(builder, offsetof(abi::ThreadBlock, logTable)), "table");
  table->setMetadata(LLVMContext::MD_invariant_load,
                     MDNode::get(builder.getContext(), {}));
  Value *address = builder.CreateGEP(builder.getInt32Ty(), table,
                                     builder.CreateLShr(slot, 8));
  Value *word = builder.CreateLoad(builder.getInt32Ty(), address, "bits");
  Value *index = builder.CreateAnd(
      builder.CreateTrunc(builder.CreateLShr(slot, 3), builder.getInt32Ty()),
      31);
  return {address, word, builder.CreateShl(builder.getInt32(1), index)};
}

/// mps.log: out of line, in every module that needs it; keeps all registers.
Function &logFunction(Module &module) {
  if (Function *existing = module.getFunction(kLogFunction))
    return *existing;
  LLVMContext &context = module.getContext();
  IRBuilder<> builder(context);
  auto *function = Function::Create(
      FunctionType::get(builder.getVoidTy(), {builder.getInt64Ty()}, false),
      GlobalValue::LinkOnceODRLinkage, kLogFunction, module);
  function->setComdat(module.getOrInsertComdat(kLogFunction));
  function->setVisibility(GlobalValue::HiddenVisibility);
  function->setCallingConv(CallingConv::PreserveMost);
  function->addFnAttr(Attribute::NoInline);
  function->addFnAttr(Attribute::Cold);
  function->addFnAttr(Attribute::NoUnwind);
  function->addFnAttr(kLeafAttribute);
  Value *slot = function->getArg(0);

  builder.SetInsertPoint(BasicBlock::Create(context, "", function));
  // What the slot holds is read before its bit is cleared: once another thread
  // finds the bit clear, it stores without a log.
  Value *old = builder.CreateLoad(
      builder.getInt64Ty(), builder.CreateIntToPtr(slot, builder.getPtrTy()));
  cast<LoadInst>(old)->setAtomic(AtomicOrdering::Acquire);
  LogBit bit = logBit(builder, slot);
  Value *rest = builder.CreateAnd(bit.word, builder.CreateNot(bit.mask));
  StoreInst *clear = builder.CreateStore(rest, bit.address);
  clear->setAtomic(AtomicOrdering::Release);
  Value *cursorField =
      threadBlockField(builder, offsetof(abi::ThreadBlock, logCursor));
  Value *cursor = builder.CreateLoad(builder.getPtrTy(), cursorField);
  builder.CreateStore(slot, cursor);
  builder.CreateStore(old, builder.CreateConstInBoundsGEP1_64(
                               builder.getInt8Ty(), cursor,
                               offsetof(abi::LogRecord, oldValue)));
  Value *next = builder.CreateConstInBoundsGEP1_64(builder.getInt8Ty(), cursor,
                                                   sizeof(abi::LogRecord));
  builder.CreateStore(next, cursorField);
  Value *limit = builder.CreateLoad(
      builder.getPtrTy(),
      threadBlockField(builder, offsetof(abi::ThreadBlock, logLimit)));
  Instruction *end = builder.CreateRetVoid();
  builder.SetInsertPoint(end);
  Instruction *isFull = SplitBlockAndInsertIfThen(
      builder.CreateICmpEQ(next, limit), end, false, unlikely(context));
  builder.SetInsertPoint(isFull);
  builder.CreateCall(
      runtimeFunction(module, abi::kLogFull, builder.getVoidTy(), {}));
  return *function;
}

void insertBarrier(Instruction &before, Value *pointer, uint64_t offset) {
  IRBuilder<> builder(&before);
  Value *slot = builder.CreatePtrToInt(pointer, builder.getInt64Ty(), "slot");
  if (offset != 0)
    slot = builder.CreateAdd(slot, builder.getInt64(offset));
  LogBit bit = logBit(builder, slot);
  Value *isArmed = builder.CreateICmpNE(builder.CreateAnd(bit.word, bit.mask),
                                        builder.getInt32(0), "is.armed");
  Instruction *armed = SplitBlockAndInsertIfThen(isArmed, &before, false,
                                                 unlikely(before.getContext()));
  builder.SetInsertPoint(armed);
  CallInst *call =
      builder.CreateCall(&logFunction(*before.getModule()), {slot});
  call->setCallingConv(CallingConv::PreserveMost);
}

/// A copy or fill, by our reserved functions or by an intrinsic that the
/// optimiser made of a loop.
struct BulkWrite {
  CallBase *call;
  const char *runtime;
};

std::optional<BulkWrite> asBulkWrite(Instruction &instruction) {
  auto *call = dyn_cast<CallBase>(&instruction);
  if (!call)
    return std::nullopt;
  if (auto kind = reservedKind(*call)) {
    if (*kind == Reserved::Copy)
      return BulkWrite{call, abi::kCopy};
    if (*kind == Reserved::Fill)
      return BulkWrite{call, abi::kFill};
  }
  auto *memory = dyn_cast<MemIntrinsic>(call);
  if (!memory || !isManagedAddress(memory->getRawDest()))
    return std::nullopt;
  return BulkWrite{call, isa<MemSetInst>(memory) ? abi::kFill : abi::kCopy};
}

void lowerBulkWrite(const BulkWrite &write) {
  IRBuilder<> builder(write.call);
  Type *second = write.runtime == abi::kFill
                     ? static_cast<Type *>(builder.getInt8Ty())
                     : builder.getPtrTy();
  FunctionCallee callee = runtimeFunction(
      *write.call->getModule(), write.runtime, builder.getVoidTy(),
      {builder.getPtrTy(), second, builder.getInt64Ty()});
  SmallVector<Value *, 3> arguments;
  for (unsigned i = 0; i < 3; ++i) {
    Value *argument = write.call->getArgOperand(i);
    Type *type = callee.getFunctionType()->getParamType(i);
    if (type->isPointerTy() && argument->getType() != type)
      argument = builder.CreateAddrSpaceCast(argument, type);
    if (type->isIntegerTy(64))
      argument = builder.CreateZExtOrTrunc(argument, type);
    arguments.push_back(argument);
  }
  CallInst *call = builder.CreateCall(callee, arguments);
  if (write.runtime == abi::kFill)
    call->addParamAttr(1, Attribute::ZExt);
  write.call->eraseFromParent();
}

/// For sabotage.
void lowerToPlainCopy(const BulkWrite &write) {
  if (isa<MemIntrinsic>(write.call))
    return;
  IRBuilder<> builder(write.call);
  Value *first = write.call->getArgOperand(0);
  Value *second = write.call->getArgOperand(1);
  Value *size = write.call->getArgOperand(2);
  if (write.runtime == abi::kFill)
    builder.CreateMemSet(first, second, size, Align(1));
  else
    builder.CreateMemMove(first, Align(1), second, Align(1), size);
  write.call->eraseFromParent();
}

/// Stores that go by no address that could be tested.
bool isUnknownStore(const Instruction &instruction) {
  auto *intrinsic = dyn_cast<IntrinsicInst>(&instruction);
  if (!intrinsic)
    return false;
  switch (intrinsic->getIntrinsicID()) {
  case Intrinsic::masked_store:
  case Intrinsic::masked_scatter:
  case Intrinsic::masked_compressstore:
  case Intrinsic::vp_store:
  case Intrinsic::vp_scatter:
    return containsReference(intrinsic->getArgOperand(0)->getType());
  default:
    return false;
  }
}

} // namespace

void lowerBarriers(Function &function) {
  Freshness freshness(function);
  SmallVector<ReferenceStore> stores;
  SmallVector<BulkWrite> writes;
  for (Instruction &instruction : instructions(function)) {
    if (auto store = asReferenceStore(instruction)) {
      if (!freshness.isFresh(*store))
        stores.push_back(*store);
    } else if (auto write = asBulkWrite(instruction)) {
      writes.push_back(*write);
    } else if (isUnknownStore(instruction)) {
      reportError(instruction, "this store of references has no barrier",
                  "store them one by one");
    } else if (storesDisguisedReference(instruction)) {
      reportError(instruction, "a reference is stored as an integer",
                  "store it as a reference");
    }
  }
  if (function.hasFnAttribute(kSabotageAttribute)) {
    for (const BulkWrite &write : writes)
      lowerToPlainCopy(write);
    return;
  }
  for (const ReferenceStore &store : stores) {
    SmallVector<uint64_t> offsets;
    referenceOffsets(store.type, 0, function.getDataLayout(), offsets);
    for (uint64_t offset : offsets)
      insertBarrier(*store.instruction, store.pointer, offset);
  }
  for (const BulkWrite &write : writes)
    lowerBulkWrite(write);
}

} // namespace mps
