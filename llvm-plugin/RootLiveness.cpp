// Liveness by iteration in post order, where few rounds suffice.
#include "RootLiveness.h"

#include "llvm/ADT/PostOrderIterator.h"
#include "llvm/IR/CFG.h"
#include "llvm/IR/Function.h"
#include "llvm/IR/Instructions.h"

using namespace llvm;

namespace mps {

RootLiveness::RootLiveness(Function &function, ArrayRef<Value *> variables,
                           const Needs &needs)
    : needs_(needs) {
  for (auto [index, variable] : enumerate(variables))
    variables_[variable] = index;
  for (BasicBlock &block : function) {
    BlockState &state = states_[&block];
    for (BitVector *set :
         {&state.needed, &state.defined, &state.in, &state.out})
      set->resize(variables.size());
  }
  for (BasicBlock &block : function)
    summarise(block);
  for (bool changed = true; changed;) {
    changed = false;
    for (BasicBlock *block : post_order(&function))
      changed |= update(*block);
  }
}

const BitVector &RootLiveness::liveIn(const BasicBlock *block) const {
  return states_.find(block)->second.in;
}

const BitVector &RootLiveness::liveOut(const BasicBlock *block) const {
  return states_.find(block)->second.out;
}

std::optional<unsigned> RootLiveness::variableOf(const Value *value) const {
  auto entry = variables_.find(value);
  if (entry == variables_.end())
    return std::nullopt;
  return entry->second;
}

void RootLiveness::addNeeds(const Value *value, BitVector &live) const {
  auto entry = needs_.find(const_cast<Value *>(value));
  if (entry != needs_.end())
    for (unsigned variable : entry->second)
      live.set(variable);
}

void RootLiveness::removeDefinition(const Value *value, BitVector &live) const {
  if (auto variable = variableOf(value))
    live.reset(*variable);
}

void RootLiveness::summarise(BasicBlock &block) {
  BlockState &state = states_[&block];
  for (Instruction &instruction : reverse(block)) {
    removeDefinition(&instruction, state.needed);
    if (auto variable = variableOf(&instruction))
      state.defined.set(*variable);
    if (!isa<PHINode>(instruction))
      for (const Value *operand : instruction.operands())
        addNeeds(operand, state.needed);
  }
}

/// One step of the iteration. True if the block's live-in set grew.
bool RootLiveness::update(BasicBlock &block) {
  BlockState &state = states_[&block];
  for (BasicBlock *successor : successors(&block)) {
    state.out |= states_[successor].in;
    for (PHINode &phi : successor->phis())
      addNeeds(phi.getIncomingValueForBlock(&block), state.out);
  }
  BitVector in = state.out;
  in.reset(state.defined);
  in |= state.needed;
  if (in == state.in)
    return false;
  state.in = std::move(in);
  return true;
}

void RootLiveness::scanBackward(
    BasicBlock &block,
    function_ref<void(Instruction &, const BitVector &)> visit) const {
  BitVector live = liveOut(&block);
  for (Instruction &instruction : reverse(block)) {
    if (isa<PHINode>(instruction))
      break;
    visit(instruction, live);
    removeDefinition(&instruction, live);
    for (const Value *operand : instruction.operands())
      addNeeds(operand, live);
  }
}

} // namespace mps
