// Rewriting: definitions and uses first, with the liveness of the original
// function, then safepoints, then SSA form again.
#include "RootRewriter.h"

#include "Contract.h"
#include "Statepoints.h"

#include "llvm/IR/Dominators.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/Transforms/Utils/Local.h"
#include "llvm/Transforms/Utils/PromoteMemToReg.h"

using namespace llvm;

namespace mps {
namespace {

/// The first place where `value` can be used.
BasicBlock::iterator afterDefinition(Value *value) {
  auto *instruction = dyn_cast<Instruction>(value);
  if (!instruction)
    return cast<Argument>(value)
        ->getParent()
        ->getEntryBlock()
        .getFirstNonPHIOrDbgOrAlloca();
  if (auto *invoke = dyn_cast<InvokeInst>(instruction))
    return invoke->getNormalDest()->getFirstInsertionPt();
  if (isa<PHINode>(instruction))
    return instruction->getParent()->getFirstInsertionPt();
  return std::next(instruction->getIterator());
}

/// Where the landing pad `block` is back in managed code.
BasicBlock::iterator afterLanding(BasicBlock &block) {
  for (Instruction &instruction : block)
    if (auto *call = dyn_cast<CallInst>(&instruction))
      if (const Function *callee = call->getCalledFunction();
          callee && callee->getName() == abi::kLand)
        return std::next(call->getIterator());
  return block.getFirstInsertionPt();
}

/// Where the value of this use must be ready.
BasicBlock::iterator placeOf(const Use &use) {
  auto *user = cast<Instruction>(use.getUser());
  if (auto *phi = dyn_cast<PHINode>(user))
    return phi->getIncomingBlock(use)->getTerminator()->getIterator();
  return user->getIterator();
}

SmallVector<Use *> usesOf(Value &value) {
  SmallVector<Use *> uses;
  for (Use &use : value.uses())
    uses.push_back(&use);
  return uses;
}

} // namespace

RootRewriter::RootRewriter(Function &function, RootVariables &variables,
                           const RootLiveness &liveness,
                           const SlotAssignment &assignment,
                           ArrayRef<FrameArea> areas)
    : function_(function), variables_(variables), liveness_(liveness),
      assignment_(assignment), areas_(areas),
      referenceType_(
          PointerType::get(function.getContext(), kManagedAddressSpace)) {
  for (unsigned i = 0; i < assignment.slotCount(); ++i)
    slots_.push_back(createAlloca(referenceType_, "root." + Twine(i)));
}

void RootRewriter::run() {
  SmallVector<Value *> all = variables_.all();
  BitVector across(all.size());
  for (const Safepoint &safepoint : variables_.safepoints)
    across |= safepoint.liveAcross;
  for (const DerivedPointer &pointer : variables_.computedAtUses)
    computeAtUses(pointer);
  for (DerivedPointer &pointer : variables_.kept)
    pointer.prepare(afterDefinition(pointer.value()));
  homes_.assign(all.size(), nullptr);
  for (unsigned variable : across.set_bits())
    giveHome(variable, all[variable]);
  for (auto [base, value] : enumerate(variables_.bases))
    if (assignment_.isEarly(base))
      store(base, value, afterDefinition(value));
  for (const Safepoint &safepoint : variables_.safepoints) {
    auto place = safepoint.call->getIterator();
    for (unsigned base : safepoint.stores.set_bits())
      store(base, current(base, variables_.bases[base], place), place);
    reloadAfter(safepoint);
  }
  for (const Safepoint &safepoint : variables_.safepoints)
    makeStatepointOf(safepoint);
  SmallVector<AllocaInst *> homes;
  copy_if(homes_, std::back_inserter(homes),
          [](AllocaInst *home) { return home; });
  DominatorTree dominators(function_);
  PromoteMemToReg(homes, dominators);
  removeDeadCode();
}

AllocaInst *RootRewriter::createAlloca(Type *type, const Twine &name) {
  IRBuilder<> builder(&function_.getEntryBlock(),
                      function_.getEntryBlock().begin());
  return builder.CreateAlloca(type, nullptr, name);
}

/// At the end of a block, once for all phis that use it there.
void RootRewriter::computeAtUses(const DerivedPointer &pointer) {
  DenseMap<BasicBlock *, Value *> atEndOf;
  for (Use *use : usesOf(*pointer.value())) {
    auto place = placeOf(*use);
    Value *&known = atEndOf[place->getParent()];
    if (!isa<PHINode>(use->getUser()))
      use->set(pointer.recompute(pointer.base(), place));
    else
      use->set(known ? known
                     : known = pointer.recompute(pointer.base(), place));
  }
  candidates_.push_back(pointer.value());
}

void RootRewriter::giveHome(unsigned variable, Value *value) {
  SmallVector<Use *> uses = usesOf(*value);
  AllocaInst *home = homes_[variable] =
      createAlloca(value->getType(), value->getName());
  auto place = afterDefinition(value);
  IRBuilder<>(place->getParent(), place).CreateStore(value, home);
  for (Use *use : uses) {
    auto place = placeOf(*use);
    use->set(IRBuilder<>(place->getParent(), place)
                 .CreateLoad(value->getType(), home, value->getName()));
  }
}

/// The variable's value as it is at `place`.
Value *RootRewriter::current(unsigned variable, Value *value, Place place) {
  if (!homes_[variable])
    return value;
  return IRBuilder<>(place->getParent(), place)
      .CreateLoad(value->getType(), homes_[variable], value->getName());
}

void RootRewriter::store(unsigned base, Value *value, Place place) {
  IRBuilder<>(place->getParent(), place)
      .CreateStore(value, slots_[assignment_.slotOf(base)]);
}

/// Brings the homes of `live` up to date.
void RootRewriter::reload(const BitVector &live, Place place) {
  IRBuilder<> builder(place->getParent(), place);
  for (unsigned base = 0; base < variables_.bases.size(); ++base) {
    if (!live[base] || !homes_[base])
      continue;
    Value *value =
        builder.CreateLoad(referenceType_, slots_[assignment_.slotOf(base)],
                           variables_.bases[base]->getName());
    builder.CreateStore(value, homes_[base]);
    candidates_.push_back(value);
  }
  for (auto [index, pointer] : enumerate(variables_.kept)) {
    unsigned variable = variables_.bases.size() + index;
    if (!live[variable])
      continue;
    Value *base = pointer.base();
    if (auto baseVariable = liveness_.variableOf(base))
      base = current(*baseVariable, base, place);
    Value *value = pointer.recompute(base, place);
    builder.CreateStore(value, homes_[variable]);
    candidates_.push_back(value);
  }
}

void RootRewriter::reloadAfter(const Safepoint &safepoint) {
  auto *invoke = dyn_cast<InvokeInst>(safepoint.call);
  if (!invoke)
    return reload(safepoint.liveAcross,
                  std::next(safepoint.call->getIterator()));
  BitVector live = liveness_.liveIn(invoke->getNormalDest());
  live &= safepoint.liveAcross; // Without the invoke's own result.
  reload(live, invoke->getNormalDest()->getFirstInsertionPt());
  BasicBlock *pad = invoke->getUnwindDest();
  if (landed_.insert(pad).second)
    reload(liveness_.liveIn(pad), afterLanding(*pad));
}

void RootRewriter::makeStatepointOf(const Safepoint &safepoint) {
  NamedSlots named;
  named.areas = areas_;
  for (unsigned base : safepoint.held.set_bits())
    (safepoint.pinned[base] ? named.pinned : named.precise)
        .push_back(slots_[assignment_.slotOf(base)]);
  makeStatepoint(*safepoint.call, named);
}

void RootRewriter::removeDeadCode() {
  RecursivelyDeleteTriviallyDeadInstructionsPermissive(candidates_);
  for (BasicBlock &block : function_)
    for (PHINode &phi : make_early_inc_range(block.phis()))
      RecursivelyDeleteDeadPHINode(&phi);
}

} // namespace mps
