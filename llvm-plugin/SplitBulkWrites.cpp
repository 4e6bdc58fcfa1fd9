// Long copies and fills of managed memory are done in pieces, so that a thread
// stops soon in the middle of one. What may be longer than a piece becomes
//
//   if (size <= kPiece) copy(to, from, size)
//   else do { copy(to + offset, from + offset, least of kPiece and rest) }
//        while (there is a rest)
//
// where the loop's back edge gets a poll like any other's. The pieces of a copy
// come from the last to the first where its target lies in its source, behind
// the beginning.
#include "SplitBulkWrites.h"

#include "Contract.h"
#include "Reserved.h"

#include "llvm/IR/AttributeMask.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/MDBuilder.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"

using namespace llvm;

namespace mps {
namespace {

/// Some 10 us of copying.
constexpr uint64_t kPiece = 64 << 10;

enum class Kind { Copy, MovingCopy, Fill };

std::optional<Kind> kindOf(const CallInst &call) {
  if (auto reserved = reservedKind(call)) {
    if (*reserved == Reserved::Copy)
      return Kind::MovingCopy;
    if (*reserved == Reserved::Fill)
      return Kind::Fill;
    return std::nullopt;
  }
  auto *memory = dyn_cast<MemIntrinsic>(&call);
  if (!memory || !isManagedReference(memory->getRawDest()->getType()))
    return std::nullopt;
  if (isa<MemSetInst>(memory))
    return Kind::Fill;
  return isa<MemMoveInst>(memory) ? Kind::MovingCopy : Kind::Copy;
}

bool mayBeLong(const CallInst &call) {
  auto *size = dyn_cast<ConstantInt>(call.getArgOperand(2));
  return !size || size->getValue().ugt(kPiece);
}

/// One bit: whether the target lies in the source, behind its beginning.
Value *isBackward(IRBuilder<> &builder, const CallInst &call, Kind kind,
                  Value *size) {
  if (kind != Kind::MovingCopy)
    return builder.getFalse();
  Value *distance = builder.CreateSub(
      builder.CreatePtrToInt(call.getArgOperand(0), builder.getInt64Ty()),
      builder.CreatePtrToInt(call.getArgOperand(1), builder.getInt64Ty()));
  return builder.CreateICmpULT(distance, size, "is.backward");
}

/// The same call at other addresses: what was said about those is dropped.
void insertPiece(IRBuilder<> &builder, CallInst &call, Kind kind, Value *offset,
                 Value *size) {
  auto *piece = cast<CallInst>(call.clone());
  for (unsigned i = 0; i < (kind == Kind::Fill ? 1 : 2); ++i) {
    piece->setArgOperand(i, builder.CreateGEP(builder.getInt8Ty(),
                                              call.getArgOperand(i), offset));
    piece->removeParamAttrs(
        i, AttributeMask(piece->getAttributes().getParamAttrs(i)));
  }
  piece->setArgOperand(
      2, builder.CreateTrunc(size, call.getArgOperand(2)->getType()));
  builder.Insert(piece);
}

void split(CallInst &call, Kind kind) {
  IRBuilder<> builder(&call);
  Value *size = builder.CreateZExt(call.getArgOperand(2), builder.getInt64Ty());
  Value *most = builder.getInt64(kPiece);
  Value *isLong = builder.CreateICmpUGT(size, most, "is.long");
  MDNode *unlikely = MDBuilder(call.getContext()).createBranchWeights(1, 1000);
  Instruction *longEnd = nullptr, *shortEnd = nullptr;
  SplitBlockAndInsertIfThenElse(isLong, &call, &longEnd, &shortEnd, unlikely);
  builder.SetInsertPoint(longEnd);
  Value *backward = isBackward(builder, call, kind, size);
  BasicBlock *before = longEnd->getParent();
  BasicBlock *after = call.getParent();
  auto *loop =
      BasicBlock::Create(call.getContext(), "piece", call.getFunction(), after);
  longEnd->setSuccessor(0, loop);
  builder.SetInsertPoint(loop);
  builder.SetCurrentDebugLocation(call.getDebugLoc());
  PHINode *left = builder.CreatePHI(builder.getInt64Ty(), 2, "left");
  Value *length =
      builder.CreateSelect(builder.CreateICmpULT(left, most), left, most);
  Value *rest = builder.CreateSub(left, length, "rest");
  Value *offset =
      builder.CreateSelect(backward, rest, builder.CreateSub(size, left));
  insertPiece(builder, call, kind, offset, length);
  builder.CreateCondBr(builder.CreateICmpEQ(rest, builder.getInt64(0)), after,
                       loop);
  left->addIncoming(size, before);
  left->addIncoming(rest, loop);
  call.moveBefore(*shortEnd->getParent(), shortEnd->getIterator());
}

} // namespace

void splitBulkWrites(Function &function) {
  SmallVector<std::pair<CallInst *, Kind>> found;
  for (Instruction &instruction : instructions(function))
    if (auto *call = dyn_cast<CallInst>(&instruction))
      if (auto kind = kindOf(*call); kind && mayBeLong(*call))
        found.push_back({call, *kind});
  for (auto [call, kind] : found)
    split(*call, kind);
}

} // namespace mps
