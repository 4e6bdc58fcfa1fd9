// The write barrier.
//
// Before each store of a reference at address A of managed memory, and before
// an exchange or a compare and swap, the bit of A in the log table is tested;
// if it is set, mps.log clears it and logs A and, while something is marked,
// what A holds. Where the object O that A is in is young, a byte tells that it
// has no bits to look at:
//
//   if (pages[O >> 12])                                         (unlikely)
//     if (table[A >> 9] >> (A >> 3 & 63) & 1) mps.log(A)        (cold)
//
// All pages of an object have the byte of the page that it begins in. So where
// O is known, the byte is the same one for all elements of an array, and stores
// to one object, between which there is no call, share the test of it
// (AccessGroups.h): the bits of all of them are tested before the first. Where
// all that is known is an address that may be outside of the object, such as
// that of an array's element -600, A is taken for O.
//
// Copies and fills of managed memory are calls of the runtime, which tests each
// word, and is told the object: numbers are not to be logged. Where that is
// young, a fill of a few words with zeros is that many stores.
//
// The same goes for stores to global variables that hold references, wherever
// they are (GlobalStores.h); there A is taken for O.
//
// No barrier: if A is in an object allocated in this function, and no safepoint
// lies between on any path, the object is in the nursery, whose bits are clear;
// unless it is an array that may have more than kMostYoungElements
// (ReferenceAccess.h). Where the only safepoints between are other allocations,
// the barrier is where those have gone out of line (LogsAhead.h).
#include "LowerBarriers.h"

#include "AccessGroups.h"
#include "BaseValues.h"
#include "Contract.h"
#include "Diagnostics.h"
#include "GlobalStores.h"
#include "LogsAhead.h"
#include "ModuleKind.h"
#include "ReferenceAccess.h"
#include "Reserved.h"
#include "SlotLog.h"
#include "ThreadBlock.h"

#include "llvm/ADT/SetVector.h"
#include "llvm/IR/DataLayout.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"

using namespace llvm;

namespace mps {
namespace {

bool isManagedAddress(const Value *pointer) {
  return isManagedReference(pointer->getType());
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

void insertBarrier(const AccessGroup &group) {
  whereArmed(*group.first, group.key, [&](IRBuilder<> &builder) {
    for (const SlotPlace &place : group.slots)
      insertLog(builder, place);
  });
}

/// Each slot of a variable on its own: not all of its words may be slots.
void insertBarriers(const GlobalStore &store) {
  for (uint64_t offset : store.offsets) {
    IRBuilder<> builder(store.instruction);
    Value *address = offset == 0
                         ? store.pointer
                         : builder.CreateConstGEP1_64(builder.getInt8Ty(),
                                                      store.pointer, offset);
    whereArmed(*store.instruction, address, [&](IRBuilder<> &inner) {
      insertLog(inner, {address, 0});
    });
  }
}

/// Whether `value` is where an object begins: derived pointers are not stored,
/// passed or returned. No other values: a constant expression may be before or
/// behind its object, as may be what is cast or an intrinsic returns.
bool isObject(const Value *value) {
  if (auto *call = dyn_cast<CallBase>(value))
    return !isa<IntrinsicInst>(call) && !call->isInlineAsm();
  return isa<GlobalVariable, Argument, LoadInst>(value);
}

/// The same of all that phis and selects merge into `value`.
bool isObjectOrMergeOfSuch(const Value *value) {
  SmallSetVector<const Value *, 8> values;
  values.insert(value);
  for (unsigned i = 0; i < values.size(); ++i) {
    const Value *each = values[i];
    if (auto *phi = dyn_cast<PHINode>(each)) {
      values.insert(phi->op_begin(), phi->op_end());
    } else if (auto *select = dyn_cast<SelectInst>(each)) {
      values.insert(select->getTrueValue());
      values.insert(select->getFalseValue());
    } else if (!isObject(each)) {
      return false;
    }
  }
  return true;
}

/// A copy or fill, by our reserved functions or by an intrinsic that the
/// optimiser made of a loop.
struct BulkWrite {
  CallBase *call;
  const char *runtime;
  Value *object = nullptr; ///< Null if it is to a variable.
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
  if (!memory || !(isManagedAddress(memory->getRawDest()) ||
                   leadsToGlobal(memory->getRawDest())))
    return std::nullopt;
  return BulkWrite{call, isa<MemSetInst>(memory) ? abi::kFill : abi::kCopy};
}

/// How many words a fill clears that is to be stores, or 0.
uint64_t wordsCleared(const BulkWrite &write) {
  constexpr uint64_t kWordSize = 8, kMostStores = 8;
  Value *start = write.call->getArgOperand(0);
  auto *byte = dyn_cast<ConstantInt>(write.call->getArgOperand(1));
  auto *size = dyn_cast<ConstantInt>(write.call->getArgOperand(2));
  if (write.runtime != abi::kFill || write.object == nullptr ||
      !isObjectOrMergeOfSuch(write.object) || !byte || !byte->isZero() ||
      !size || size->getValue().ugt(kMostStores * kWordSize))
    return 0;
  Align alignment =
      std::max(write.call->getParamAlign(0).valueOrOne(),
               start->getPointerAlignment(write.call->getDataLayout()));
  bool isWhole =
      alignment >= kWordSize && size->getZExtValue() % kWordSize == 0;
  return isWhole ? size->getZExtValue() / kWordSize : 0;
}

void lowerBulkWrite(const BulkWrite &write) {
  IRBuilder<> builder(write.call);
  Type *second = write.runtime == abi::kFill
                     ? static_cast<Type *>(builder.getInt8Ty())
                     : builder.getPtrTy();
  FunctionCallee callee = runtimeFunction(
      *write.call->getModule(), write.runtime, builder.getVoidTy(),
      {builder.getPtrTy(), second, builder.getInt64Ty(), builder.getPtrTy()});
  SmallVector<Value *, 4> arguments;
  for (unsigned i = 0; i < 3; ++i) {
    Value *argument = write.call->getArgOperand(i);
    Type *type = callee.getFunctionType()->getParamType(i);
    if (type->isPointerTy() && argument->getType() != type)
      argument = builder.CreateAddrSpaceCast(argument, type);
    if (type->isIntegerTy(64))
      argument = builder.CreateZExtOrTrunc(argument, type);
    arguments.push_back(argument);
  }
  arguments.push_back(write.object != nullptr
                          ? builder.CreatePointerBitCastOrAddrSpaceCast(
                                write.object, builder.getPtrTy())
                          : ConstantPointerNull::get(builder.getPtrTy()));
  CallInst *call = builder.CreateCall(callee, arguments);
  if (write.runtime == abi::kFill)
    call->addParamAttr(1, Attribute::ZExt);
  write.call->eraseFromParent();
}

void clearWords(IRBuilderBase &builder, Value *start, uint64_t words) {
  for (uint64_t i = 0; i < words; ++i)
    builder.CreateAlignedStore(
        ConstantPointerNull::get(cast<PointerType>(start->getType())),
        builder.CreateConstGEP1_64(builder.getPtrTy(), start, i), Align(8));
}

void lowerSmallFill(const BulkWrite &write, uint64_t words) {
  IRBuilder<> builder(write.call);
  Value *start = write.call->getArgOperand(0);
  countExecution(builder, Barrier::Write);
  if (isLeftOut(Barrier::Write)) {
    clearWords(builder, start, words);
    write.call->eraseFromParent();
    return;
  }
  Instruction *armed = nullptr, *young = nullptr;
  Value *bits =
      builder.CreatePtrToInt(write.object, builder.getInt64Ty(), "object");
  SplitBlockAndInsertIfThenElse(isPageArmed(builder, bits), write.call, &armed,
                                &young, unlikely(builder.getContext()));
  builder.SetInsertPoint(young);
  clearWords(builder, start, words);
  write.call->moveBefore(*armed->getParent(), armed->getIterator());
  lowerBulkWrite(write);
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
  case Intrinsic::masked_compressstore:
  case Intrinsic::vp_store:
  case Intrinsic::vp_scatter:
    return containsReference(intrinsic->getArgOperand(0)->getType());
  default:
    return false;
  }
}

/// The object that the access is to, if that is known: the same one for as many
/// accesses as possible. Otherwise the address of the access, whose page has
/// the byte, too.
Value *objectOf(const ReferenceAccess &access, const BaseValues &bases) {
  Value *value = bases.withoutSteps(access.pointer);
  return isObjectOrMergeOfSuch(value) ? value : access.pointer;
}

} // namespace

void lowerBarriers(Function &function) {
  Freshness freshness(function);
  BaseValues bases(function);
  AccessGroups groups(function.getDataLayout());
  LogsAhead ahead(function.getDataLayout());
  SmallVector<GlobalStore> globals;
  SmallVector<BulkWrite> writes;
  for (Instruction &instruction : instructions(function)) {
    groups.pass(instruction);
    if (auto store = asReferenceStore(instruction)) {
      auto since = freshness.allocationsSince(*store);
      if (!since || !ahead.add(*store, *since))
        groups.add(*store, objectOf(*store, bases));
    } else if (auto store = asGlobalStore(instruction)) {
      globals.push_back(*store);
    } else if (auto write = asBulkWrite(instruction)) {
      Value *start = write->call->getArgOperand(0);
      if (isManagedAddress(start))
        write->object = bases.baseOf(start);
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
  for (const AccessGroup &group : groups.groups())
    insertBarrier(group);
  for (const GlobalStore &store : globals)
    insertBarriers(store);
  for (const BulkWrite &write : writes)
    if (uint64_t words = wordsCleared(write))
      lowerSmallFill(write, words);
    else
      lowerBulkWrite(write);
  ahead.attach();
}

} // namespace mps
