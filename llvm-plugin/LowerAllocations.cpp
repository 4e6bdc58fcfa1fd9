// Allocation, inline.
//
//   object = point.alloc
//   end = object + size
//   if end > point.limit: out of line, object = mps_rt_allocate(...)   (cold)
//   point.alloc = end
//   object.header = type
//
// The memory is zero already. Arrays whose element size is known are allocated
// inline while they are small; their count is bounded first, so that the size
// cannot overflow. What is aligned to more than a word, or of a type that the
// module does not define, is allocated out of line. Where the slow call
// returns, slots of other objects may be to be logged (LogsAhead.h).
#include "LowerAllocations.h"

#include "Contract.h"
#include "Diagnostics.h"
#include "LogsAhead.h"
#include "Reserved.h"
#include "ThreadBlock.h"

#include "mps/abi/type_descriptor.h"

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"

using namespace llvm;

namespace mps {
namespace {

/// Larger objects are allocated out of line.
constexpr std::uint64_t kMostInline = 16384;

/// An allocation call, being replaced.
class Allocation {
public:
  explicit Allocation(CallBase &call)
      : call_(call), kind_(*reservedKind(call)), builder_(&call),
        type_(call.getArgOperand(0)), amount_(call.getArgOperand(1)),
        known_(knownDescriptor(type_)) {
    alignment_ = std::max<std::uint64_t>(
        abi::kObjectAlignment, call.getRetAlign().valueOrOne().value());
    if (known_)
      alignment_ = std::max(alignment_, known_->alignment());
    // A header has tags where the descriptor's address has zeros.
    if (auto *global = dyn_cast<GlobalVariable>(type_->stripPointerCasts());
        global && global->canIncreaseAlignment())
      global->setAlignment(std::max(global->getAlign().valueOrOne(),
                                    Align(abi::kDescriptorAlignment)));
  }

  void lower() {
    if (!keepsRules())
      return call_.replaceAllUsesWith(PoisonValue::get(call_.getType()));
    if (alignment_ > abi::kObjectAlignment)
      return lowerOutOfLine();
    if (isArrayAllocation(kind_))
      return known_ ? lowerArray() : lowerOutOfLine();
    auto *size = dyn_cast<ConstantInt>(amount_);
    if (!size || size->getZExtValue() > kMostInline)
      return lowerOutOfLine();
    lowerInline(nullptr, ConstantInt::get(amount_->getType(),
                                          alignTo(size->getZExtValue(), 8)));
  }

private:
  bool keepsRules() {
    if (alignment_ > abi::kMostAlignment)
      return refuse("an object's alignment is more than 4096 bytes",
                    "align within the object");
    if (!known_)
      return true;
    bool isArray = known_->flags & abi::kHasElements;
    if (isArray != isArrayAllocation(kind_))
      return refuse("the type descriptor is for the other kind of object: with "
                    "or without elements",
                    "call the other allocation function");
    bool isLeaf = known_->flags & abi::kLeaf;
    if (!isLeaf && isLeafAllocation(kind_))
      return refuse("the type has references, and a leaf object is never "
                    "scanned",
                    "call mps.allocate, or mark the type as a leaf");
    auto *size = dyn_cast<ConstantInt>(amount_);
    if (!isArray && size && size->getZExtValue() != known_->fixedSize)
      return refuse("the size is not that of the type descriptor",
                    "pass the type's fixed size");
    return true;
  }

  bool refuse(const Twine &reason, const Twine &wayOut) {
    reportError(call_, reason, wayOut);
    return false;
  }

  unsigned pointOffset() const {
    return isLeafAllocation(kind_) ? offsetof(abi::ThreadBlock, leaf)
                                   : offsetof(abi::ThreadBlock, scanned);
  }

  /// The slow call at the builder's place, in place of the call: a call, or an
  /// invoke whose normal destination is `next`.
  CallBase *slowCall(BasicBlock *next) {
    Module &module = *call_.getModule();
    Type *pointer = builder_.getPtrTy();
    Type *word = builder_.getInt64Ty();
    const char *name = kind_ == Reserved::AllocateUninitializedArray
                           ? abi::kAllocateUninitializedArray
                       : isArrayAllocation(kind_) ? abi::kAllocateArray
                                                  : abi::kAllocate;
    FunctionCallee callee = runtimeFunction(module, name, call_.getType(),
                                            {pointer, pointer, word, word});
    Value *point = threadBlockField(builder_, pointOffset());
    Value *arguments[] = {point, type_, amount_, builder_.getInt64(alignment_)};
    if (auto *invoke = dyn_cast<InvokeInst>(&call_)) {
      auto *slow = builder_.CreateInvoke(callee, next, invoke->getUnwindDest(),
                                         arguments, "new");
      return slow;
    }
    return builder_.CreateCall(callee, arguments, "new");
  }

  void replaceBy(Value *object) {
    if (auto *instruction = dyn_cast<Instruction>(object))
      instruction->takeName(&call_);
    call_.replaceAllUsesWith(object);
    call_.eraseFromParent();
  }

  void lowerOutOfLine() {
    auto *invoke = dyn_cast<InvokeInst>(&call_);
    BasicBlock *next = invoke ? invoke->getNormalDest() : nullptr;
    Value *object = slowCall(next);
    insertLogsAhead(call_,
                    next ? *next->getFirstInsertionPt() : *call_.getNextNode());
    replaceBy(object);
  }

  /// Bounds the count so that the object is small; then the size is known not
  /// to overflow.
  void lowerArray() {
    std::uint64_t most =
        known_->elementSize == 0
            ? kMostInline
            : (kMostInline -
               std::min<std::uint64_t>(known_->fixedSize, kMostInline)) /
                  known_->elementSize;
    Value *isLarge =
        builder_.CreateICmpUGT(amount_, builder_.getInt64(most), "is.large");
    Value *size = builder_.CreateAdd(
        builder_.CreateMul(amount_, builder_.getInt64(known_->elementSize)),
        builder_.getInt64(known_->fixedSize + 7));
    size = builder_.CreateAnd(size, builder_.getInt64(~std::uint64_t(7)));
    lowerInline(isLarge, size);
  }

  void lowerInline(Value *isLarge, Value *size) {
    BasicBlock *head = call_.getParent();
    Function &function = *head->getParent();
    LLVMContext &context = function.getContext();
    auto *invoke = dyn_cast<InvokeInst>(&call_);
    BasicBlock *tail =
        invoke ? invoke->getNormalDest()
               : head->splitBasicBlock(call_.getIterator(), "allocated");
    // A block of its own for each way, with one edge to the tail.
    auto *slow = BasicBlock::Create(context, "allocate.slow", &function);
    auto *fast = BasicBlock::Create(context, "allocate.fast", &function, tail);
    Instruction *oldEnd = head->getTerminator();

    builder_.SetInsertPoint(oldEnd);
    Value *point = threadBlockField(
        builder_, pointOffset() + offsetof(abi::AllocationPoint, alloc));
    Value *limitField = threadBlockField(
        builder_, pointOffset() + offsetof(abi::AllocationPoint, limit));
    Type *word = builder_.getInt64Ty();
    auto *object = builder_.CreateLoad(word, point, "alloc");
    Value *end = builder_.CreateAdd(object, size, "end");
    // Another thread may set it to 0. A plain load sees that soon enough: the
    // slow call, on every cycle that allocates, keeps it from being moved out.
    auto *limit = builder_.CreateLoad(word, limitField, "limit");
    Value *isSlow = builder_.CreateICmpUGT(end, limit, "is.slow");
    if (isLarge && isLarge != builder_.getFalse())
      isSlow = builder_.CreateOr(isLarge, isSlow);
    builder_.CreateCondBr(isSlow, slow, fast, unlikely(context));

    builder_.SetInsertPoint(fast);
    builder_.CreateStore(end, point);
    Value *reference = builder_.CreateIntToPtr(object, call_.getType());
    builder_.CreateAlignedStore(type_, reference, Align(8));
    if (isArrayAllocation(kind_))
      builder_.CreateAlignedStore(
          amount_,
          builder_.CreateConstInBoundsGEP1_64(builder_.getInt8Ty(), reference,
                                              known_->lengthOffset),
          Align(8));
    builder_.CreateBr(tail);

    builder_.SetInsertPoint(slow);
    BasicBlock *slowEnd = slow;
    Value *slowObject;
    if (invoke) {
      slowEnd = BasicBlock::Create(context, "allocate.done", &function, tail);
      slowObject = slowCall(slowEnd);
      builder_.SetInsertPoint(slowEnd);
      invoke->getUnwindDest()->replacePhiUsesWith(head, slow);
    } else {
      slowObject = slowCall(nullptr);
    }
    builder_.CreateBr(tail);

    if (invoke) {
      // The normal destination had one predecessor, and so has no phis of use.
      for (PHINode &phi : tail->phis()) {
        Value *value = phi.getIncomingValueForBlock(head);
        phi.replaceIncomingBlockWith(head, fast);
        phi.addIncoming(value, slowEnd);
      }
    } else {
      oldEnd->eraseFromParent();
    }
    builder_.SetInsertPoint(tail, tail->begin());
    PHINode *merged = builder_.CreatePHI(call_.getType(), 2);
    merged->addIncoming(reference, fast);
    merged->addIncoming(slowObject, slowEnd);
    insertLogsAhead(call_, *slowEnd->getTerminator());
    replaceBy(merged);
  }

  CallBase &call_;
  Reserved kind_;
  IRBuilder<> builder_;
  Value *type_;
  Value *amount_;
  std::optional<KnownDescriptor> known_;
  std::uint64_t alignment_;
};

void replace(CallBase &call, Value *by) {
  call.replaceAllUsesWith(by);
  call.eraseFromParent();
}

void lowerImmediate(CallBase &call, Reserved kind) {
  IRBuilder<> builder(&call);
  Value *operand = call.getArgOperand(0);
  if (kind == Reserved::Immediate)
    return replace(call, builder.CreateIntToPtr(operand, call.getType()));
  auto *address = cast<Instruction>(builder.Insert(CastInst::Create(
      Instruction::PtrToInt, operand, builder.getInt64Ty(), "address")));
  address->setMetadata(kAddressMetadata, MDNode::get(call.getContext(), {}));
  if (kind == Reserved::IdentityHash)
    return replace(call,
                   builder.CreateCall(
                       runtimeFunction(*call.getModule(), abi::kIdentityHash,
                                       call.getType(), {builder.getInt64Ty()}),
                       {address}));
  if (kind == Reserved::Address)
    return replace(call, address);
  Value *tag = builder.CreateAnd(address, builder.getInt64(abi::kTagMask));
  replace(call, builder.CreateICmpNE(tag, builder.getInt64(0)));
}

SmallVector<CallBase *> reservedCalls(Function &function) {
  SmallVector<CallBase *> calls;
  for (Instruction &instruction : instructions(function))
    if (auto *call = dyn_cast<CallBase>(&instruction))
      if (reservedKind(*call))
        calls.push_back(call);
  return calls;
}

/// Whether it is what storeLengths made, and nothing has become of it since:
/// the optimiser merges stores of the program's into others, metadata and all.
bool isLengthStore(const StoreInst &store) {
  if (!store.hasMetadata(kLengthMetadata))
    return false;
  APInt offset(64, 0);
  auto *array = dyn_cast<CallBase>(
      store.getPointerOperand()->stripAndAccumulateConstantOffsets(
          store.getDataLayout(), offset, /*AllowNonInbounds=*/true));
  if (!array || !isAllocationCall(*array) ||
      !isArrayAllocation(*reservedKind(*array)))
    return false;
  auto known = knownDescriptor(array->getArgOperand(0));
  return known && offset == known->lengthOffset &&
         store.getValueOperand() == array->getArgOperand(1);
}

/// What was for the optimiser only.
void dropLengthStores(Function &function) {
  for (Instruction &instruction : make_early_inc_range(instructions(function)))
    if (auto *store = dyn_cast<StoreInst>(&instruction))
      if (isLengthStore(*store))
        store->eraseFromParent();
}

} // namespace

void lowerAllocations(Function &function) {
  dropLengthStores(function);
  for (CallBase *call : reservedCalls(function)) {
    Reserved kind = *reservedKind(*call);
    if (isAllocation(kind))
      Allocation(*call).lower();
    else if (kind == Reserved::Immediate || kind == Reserved::IsImmediate ||
             kind == Reserved::Address || kind == Reserved::IdentityHash)
      lowerImmediate(*call, kind);
  }
}

void lowerPins(Function &function) {
  for (CallBase *call : reservedCalls(function))
    if (*reservedKind(*call) == Reserved::Pin)
      replace(*call, IRBuilder<>(call).CreateAddrSpaceCast(
                         call->getArgOperand(0), call->getType()));
}

} // namespace mps
