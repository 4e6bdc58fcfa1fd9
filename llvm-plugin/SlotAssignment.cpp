// Slot assignment: late or early stores, then colouring.
#include "SlotAssignment.h"

#include "llvm/ADT/PostOrderIterator.h"
#include "llvm/Analysis/BlockFrequencyInfo.h"
#include "llvm/IR/CFG.h"
#include "llvm/IR/Function.h"
#include "llvm/IR/Instructions.h"

using namespace llvm;

namespace mps {

SlotAssignment::SlotAssignment(Function &function, ArrayRef<Value *> bases,
                               const RootLiveness &liveness,
                               BlockFrequencyInfo &frequencies,
                               MutableArrayRef<Safepoint> safepoints)
    : function_(function), bases_(bases), liveness_(liveness),
      frequencies_(frequencies), safepoints_(safepoints), held_(bases.size()),
      early_(bases.size()) {
  for (Safepoint &safepoint : safepoints_) {
    safepointOf_[safepoint.call] = &safepoint;
    held_ |= safepoint.held;
  }
  findStores();
  chooseEarly();
  findInterference();
  colour();
}

/// Which slots hold their variables, forward over the blocks. Starts from "all"
/// everywhere but at the entry and falls.
void SlotAssignment::findStores() {
  DenseMap<const BasicBlock *, BitVector> out;
  ReversePostOrderTraversal<Function *> order(&function_);
  auto holdsAtEntryOf = [&](const BasicBlock &block) {
    BitVector holds(bases_.size(), !block.isEntryBlock());
    for (const BasicBlock *predecessor : predecessors(&block))
      if (auto state = out.find(predecessor); state != out.end())
        holds &= state->second;
    return holds;
  };
  for (bool changed = true; changed;) {
    changed = false;
    for (const BasicBlock *block : order) {
      BitVector after = transfer(*block, holdsAtEntryOf(*block), false);
      auto [state, isNew] = out.try_emplace(block, after);
      changed |= isNew || state->second != after;
      state->second = std::move(after);
    }
  }
  for (const BasicBlock *block : order)
    transfer(*block, holdsAtEntryOf(*block), true);
}

/// What the slots hold at the end of `block`, given its beginning.
BitVector SlotAssignment::transfer(const BasicBlock &block, BitVector holds,
                                   bool recordStores) {
  for (const Instruction &instruction : block) {
    if (Safepoint *safepoint = safepointOf_.lookup(&instruction)) {
      if (recordStores) {
        safepoint->stores = safepoint->held;
        safepoint->stores.reset(holds);
      }
      holds |= safepoint->held;
    }
    if (auto variable = liveness_.variableOf(&instruction);
        variable && *variable < bases_.size())
      holds.reset(*variable);
  }
  return holds;
}

void SlotAssignment::chooseEarly() {
  std::vector<uint64_t> lateCost(bases_.size());
  for (const Safepoint &safepoint : safepoints_) {
    uint64_t frequency =
        frequencies_.getBlockFreq(safepoint.call->getParent()).getFrequency();
    for (unsigned variable : safepoint.stores.set_bits())
      lateCost[variable] = SaturatingAdd(lateCost[variable], frequency);
  }
  for (unsigned variable : held_.set_bits()) {
    auto *definition = dyn_cast<Instruction>(bases_[variable]);
    const BasicBlock *block =
        definition ? definition->getParent() : &function_.getEntryBlock();
    early_[variable] =
        frequencies_.getBlockFreq(block).getFrequency() < lateCost[variable];
  }
  for (Safepoint &safepoint : safepoints_)
    safepoint.stores.reset(early_);
}

void SlotAssignment::interfere(unsigned variable, const BitVector &others) {
  for (unsigned other : others.set_bits()) {
    if (other >= bases_.size())
      break; // Derived pointers have no slots.
    if (other == variable || !held_[other])
      continue;
    interferes_[variable].set(other);
    interferes_[other].set(variable);
  }
}

void SlotAssignment::findInterference() {
  interferes_.assign(bases_.size(), BitVector(bases_.size()));
  for (const Safepoint &safepoint : safepoints_)
    for (unsigned variable : safepoint.held.set_bits())
      interferes_[variable] |= safepoint.held; // Itself too, to no effect.

  auto addDefinition = [&](const Value &value, const BitVector &live) {
    if (auto variable = liveness_.variableOf(&value);
        variable && *variable < bases_.size() && early_[*variable])
      interfere(*variable, live);
  };
  for (const Argument &argument : function_.args())
    addDefinition(argument, liveness_.liveIn(&function_.getEntryBlock()));
  for (BasicBlock &block : function_) {
    BitVector atTop = liveness_.liveIn(&block);
    for (PHINode &phi : block.phis())
      if (auto variable = liveness_.variableOf(&phi))
        atTop.set(*variable);
    for (PHINode &phi : block.phis())
      addDefinition(phi, atTop);
    liveness_.scanBackward(block, addDefinition);
  }
}

void SlotAssignment::colour() {
  slots_.assign(bases_.size(), 0);
  std::vector<BitVector> sharers; // Of each slot.
  for (unsigned variable : held_.set_bits()) {
    auto isFree = [&](const BitVector &slot) {
      return !slot.anyCommon(interferes_[variable]);
    };
    auto slot = find_if(sharers, isFree);
    if (slot == sharers.end())
      slot = sharers.insert(slot, BitVector(bases_.size()));
    slot->set(variable);
    slots_[variable] = slot - sharers.begin();
  }
  slotCount_ = sharers.size();
}

} // namespace mps
