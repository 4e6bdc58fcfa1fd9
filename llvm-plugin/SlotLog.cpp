#include "SlotLog.h"

#include "Contract.h"
#include "ModuleKind.h"
#include "ThreadBlock.h"

#include "llvm/Transforms/Utils/BasicBlockUtils.h"

using namespace llvm;

namespace mps {
namespace {

constexpr char kLogFunction[] = "mps.log";

/// The place of `slot` in the log table, and its bit there.
struct LogBit {
  Value *address, *word, *mask;
};

/// Not kept in a register across calls, which would have to be saved for it.
Value *loadField(IRBuilderBase &builder, unsigned offset, const char *name) {
  return builder.CreateLoad(builder.getPtrTy(),
                            threadBlockField(builder, offset), name);
}

LogBit logBit(IRBuilderBase &builder, Value *slot) {
  Value *table =
      loadField(builder, offsetof(abi::ThreadBlock, logTable), "table");
  Value *address = builder.CreateGEP(builder.getInt64Ty(), table,
                                     builder.CreateLShr(slot, 9));
  Value *word = builder.CreateLoad(builder.getInt64Ty(), address, "bits");
  Value *index = builder.CreateAnd(builder.CreateLShr(slot, 3), 63);
  return {address, word, builder.CreateShl(builder.getInt64(1), index)};
}

/// What the slot holds if that is to be logged, else 0. `builder` is at the end
/// of a block, and then at that of another.
Value *oldValue(IRBuilderBase &builder, Value *slot) {
  BasicBlock *start = builder.GetInsertBlock();
  Function *function = start->getParent();
  LLVMContext &context = builder.getContext();
  auto *load = BasicBlock::Create(context, "load", function);
  auto *end = BasicBlock::Create(context, "log", function);
  Value *keeps = builder.CreateLoad(
      builder.getInt32Ty(),
      threadBlockField(builder, offsetof(abi::ThreadBlock, keepsOldValues)),
      "keeps.old.values");
  builder.CreateCondBr(builder.CreateICmpEQ(keeps, builder.getInt32(0)), end,
                       load);
  builder.SetInsertPoint(load);
  LoadInst *value = builder.CreateLoad(
      builder.getInt64Ty(), builder.CreateIntToPtr(slot, builder.getPtrTy()));
  value->setAtomic(AtomicOrdering::Acquire);
  builder.CreateBr(end);
  builder.SetInsertPoint(end);
  PHINode *old = builder.CreatePHI(builder.getInt64Ty(), 2, "old");
  old->addIncoming(builder.getInt64(0), start);
  old->addIncoming(value, load);
  return old;
}

/// mps.log: out of line, in every module that needs it; keeps all registers.
Function &logFunction(Module &module) {
  if (Function *existing = module.getFunction(kLogFunction))
    return *existing;
  LLVMContext &context = module.getContext();
  IRBuilder<> builder(context);
  Function &function = createSlowPath(module, kLogFunction);
  Value *slot = function.getArg(0);

  builder.SetInsertPoint(BasicBlock::Create(context, "", &function));
  // What the slot holds is read before its bit is cleared: once another thread
  // finds the bit clear, it stores without a log.
  Value *old = oldValue(builder, slot);
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
  return function;
}

} // namespace

Value *isPageArmed(IRBuilderBase &builder, Value *address) {
  Value *pages =
      loadField(builder, offsetof(abi::ThreadBlock, armedPages), "pages");
  Value *page =
      builder.CreateLoad(builder.getInt8Ty(),
                         builder.CreateGEP(builder.getInt8Ty(), pages,
                                           builder.CreateLShr(address, 12)),
                         "page");
  return builder.CreateICmpNE(page, builder.getInt8(0), "is.page.armed");
}

void whereArmed(Instruction &before, Value *address,
                function_ref<void(IRBuilder<> &)> emit) {
  IRBuilder<> builder(&before);
  countExecution(builder, Barrier::Write);
  if (isLeftOut(Barrier::Write))
    return;
  Value *bits = builder.CreatePtrToInt(address, builder.getInt64Ty(), "object");
  builder.SetInsertPoint(
      SplitBlockAndInsertIfThen(isPageArmed(builder, bits), &before, false,
                                unlikely(before.getContext())));
  emit(builder);
}

void insertLog(IRBuilder<> &builder, const SlotPlace &place) {
  Value *slot = place.address(builder);
  LogBit bit = logBit(builder, slot);
  Value *isArmed = builder.CreateICmpNE(builder.CreateAnd(bit.word, bit.mask),
                                        builder.getInt64(0), "is.armed");
  Instruction &next = *builder.GetInsertPoint();
  builder.SetInsertPoint(SplitBlockAndInsertIfThen(
      isArmed, &next, false, unlikely(builder.getContext())));
  CallInst *call = builder.CreateCall(&logFunction(*next.getModule()), {slot});
  call->setCallingConv(CallingConv::PreserveMost);
  builder.SetInsertPoint(&next);
}

} // namespace mps
