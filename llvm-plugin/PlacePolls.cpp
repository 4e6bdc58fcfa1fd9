// Polls: where a thread stops that runs on and on.
//
//   recursion   a function that makes any call polls before it returns
//   loops       each back edge polls, unless on every way around the loop there
//               is a call that certainly stops: an allocation, a foreign call,
//               a function that polls at its exit; or the loop is short
//
// A poll compares the stack pointer with the thread's poll limit:
//
//   if (stack pointer >= limit) mps_rt_poll()                         (cold)
//
// Invariant: every cycle of the program's execution passes a poll, an
// allocation, or a foreign call, or is part of a loop of at most kShortLoop
// rounds.
#include "PlacePolls.h"

#include "Contract.h"
#include "ModuleKind.h"
#include "Reserved.h"
#include "ThreadBlock.h"

#include "llvm/Analysis/CFG.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/ScalarEvolution.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"

using namespace llvm;

namespace mps {
namespace {

constexpr unsigned kShortLoop = 64;

/// Whether the thread can be stopped at this call, whatever happens in it.
bool certainlyStops(const CallBase &call) {
  if (!isSafepoint(call))
    return false;
  if (auto kind = reservedKind(call))
    return isAllocation(*kind);
  if (call.hasFnAttr(kManagedCallAttribute))
    return false;
  const Function *callee = call.getCalledFunction();
  if (!callee || !isManagedFunction(*callee))
    return true; // Through an exit thunk.
  return callee->isDefinitionExact() && pollsAtExit(*callee);
}

bool certainlyStops(const BasicBlock &block) {
  return any_of(block, [](const Instruction &instruction) {
    auto *call = dyn_cast<CallBase>(&instruction);
    return call && certainlyStops(*call);
  });
}

class PollPlacement {
public:
  PollPlacement(Function &function, LoopInfo &loops, ScalarEvolution &evolution)
      : function_(function), loops_(loops), evolution_(evolution),
        dominators_(function) {}

  void run() {
    SmallVector<std::pair<const BasicBlock *, const BasicBlock *>> edges;
    FindFunctionBackedges(function_, edges);
    SmallVector<std::pair<BasicBlock *, BasicBlock *>> polled;
    for (auto [from, to] : edges)
      if (needsPoll(from, to))
        polled.push_back(
            {const_cast<BasicBlock *>(from), const_cast<BasicBlock *>(to)});
    SmallVector<Instruction *> exits;
    if (pollsAtExit(function_))
      for (BasicBlock &block : function_)
        if (Instruction *exit = exitOf(block))
          exits.push_back(exit);
    for (auto [from, to] : polled)
      pollOnEdge(*from, *to);
    for (Instruction *exit : exits)
      insertPoll(*exit);
  }

private:
  bool needsPoll(const BasicBlock *from, const BasicBlock *to) {
    const Loop *loop = loops_.getLoopFor(to);
    if (!loop || loop->getHeader() != to || !loop->contains(from))
      return true; // Part of a cycle with several entries.
    unsigned rounds = evolution_.getSmallConstantMaxTripCount(loop);
    if (rounds != 0 && rounds <= kShortLoop && loop->isInnermost())
      return false; // Bounded, and its inner part too.
    // A block on every way from the header to here that certainly stops.
    for (const BasicBlock *block : loop->blocks())
      if (dominators_.dominates(block, from) && certainlyStops(*block))
        return false;
    return true;
  }

  /// What leaves the function: a return, or the tail call before it.
  static Instruction *exitOf(BasicBlock &block) {
    if (CallInst *tail = block.getTerminatingMustTailCall())
      return tail;
    return dyn_cast<ReturnInst>(block.getTerminator());
  }

  void pollOnEdge(BasicBlock &from, BasicBlock &to) {
    if (from.getSingleSuccessor())
      return insertPoll(*from.getTerminator());
    if (isa<InvokeInst>(from.getTerminator()) && to.isLandingPad()) {
      insertPoll(*to.getFirstInsertionPt());
      return;
    }
    BasicBlock *middle = SplitEdge(&from, &to);
    insertPoll(*middle->getTerminator());
  }

  void insertPoll(Instruction &before) {
    IRBuilder<> builder(&before);
    countExecution(builder, Barrier::Poll);
    if (isLeftOut(Barrier::Poll))
      return;
    // A plain load: the call, on every cycle that polls, keeps it in its place.
    auto *limit = builder.CreateLoad(
        builder.getInt64Ty(),
        threadBlockField(builder, offsetof(abi::ThreadBlock, pollLimit)),
        "poll.limit");
    Value *isTaken = builder.CreateICmpUGE(stackPointer(builder), limit);
    Instruction *taken = SplitBlockAndInsertIfThen(
        isTaken, &before, false, unlikely(before.getContext()));
    builder.SetInsertPoint(taken);
    builder.CreateCall(runtimeFunction(*function_.getParent(), abi::kPoll,
                                       builder.getVoidTy(), {}));
  }

  Function &function_;
  LoopInfo &loops_;
  ScalarEvolution &evolution_;
  DominatorTree dominators_;
};

} // namespace

bool pollsAtExit(const Function &function) {
  return any_of(instructions(function), [](const Instruction &instruction) {
    auto *call = dyn_cast<CallBase>(&instruction);
    if (!call)
      return false;
    if (call->isMustTailCall())
      return true;
    const Function *callee = call->getCalledFunction();
    bool isPoll = callee && callee->getName() == abi::kPoll;
    return isSafepoint(*call) && !reservedKind(*call) && !isPoll;
  });
}

void placePolls(Function &function, LoopInfo &loops,
                ScalarEvolution &evolution) {
  PollPlacement(function, loops, evolution).run();
}

} // namespace mps
