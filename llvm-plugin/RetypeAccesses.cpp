// Retyping.
//
// 1. An integer loaded from a place that holds a reference is a reference: it
//    is loaded as one, and its address taken, for what uses the integer.
// 2. An integer stored in such a place must be a reference's: it is one of 1,
//    or comes from a load, an exchange or a compare and swap, which then become
//    those of a reference.
// 3. Stores, exchanges and compares and swaps of such integers in managed
// memory
//    become those of references, and get barriers.
#include "RetypeAccesses.h"

#include "Contract.h"
#include "Diagnostics.h"
#include "TypedPlace.h"

#include "llvm/IR/DataLayout.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/Transforms/Utils/Local.h"

using namespace llvm;

namespace mps {
namespace {

class Retyping {
public:
  explicit Retyping(Function &function)
      : function_(function), layout_(function.getDataLayout()),
        reference_(
            PointerType::get(function.getContext(), kManagedAddressSpace)) {}

  void run() {
    for (LoadInst *load : accesses<LoadInst>())
      if (isReferencePlace(load->getPointerOperand(), layout_))
        retype(*load);
    for (StoreInst *store : accesses<StoreInst>())
      if (isReferencePlace(store->getPointerOperand(), layout_) &&
          !retypeStore(*store))
        return;
    for (StoreInst *store : accesses<StoreInst>())
      if (isManagedReference(store->getPointerOperand()->getType()) &&
          known(store->getValueOperand()))
        retypeStore(*store);
    for (AtomicRMWInst *exchange : accesses<AtomicRMWInst>())
      if (known(exchange->getValOperand()))
        retype(*exchange);
    for (AtomicCmpXchgInst *swap : accesses<AtomicCmpXchgInst>())
      if (known(swap->getNewValOperand()))
        retype(*swap);
    RecursivelyDeleteTriviallyDeadInstructionsPermissive(candidates_);
  }

private:
  static Type *accessType(const LoadInst &load) { return load.getType(); }
  static Type *accessType(const StoreInst &store) {
    return store.getValueOperand()->getType();
  }
  static Type *accessType(const AtomicRMWInst &exchange) {
    return exchange.getType();
  }
  static Type *accessType(const AtomicCmpXchgInst &swap) {
    return swap.getNewValOperand()->getType();
  }

  /// Those of integers as wide as a reference.
  template <typename Access> SmallVector<Access *> accesses() {
    SmallVector<Access *> result;
    for (Instruction &instruction : instructions(function_))
      if (auto *access = dyn_cast<Access>(&instruction);
          access && accessType(*access)->isIntegerTy(64))
        result.push_back(access);
    return result;
  }

  /// The reference that the integer is known to be, or null.
  Value *known(Value *integer) {
    if (auto *constant = dyn_cast<ConstantInt>(integer))
      return constant->isZero() ? ConstantPointerNull::get(reference_)
                                : nullptr;
    auto *cast = dyn_cast<PtrToIntInst>(integer);
    return cast && isManagedReference(cast->getPointerOperand()->getType())
               ? cast->getPointerOperand()
               : nullptr;
  }

  /// The same, after retyping where the integer comes from.
  Value *asReference(Value *integer) {
    if (Value *reference = known(integer))
      return reference;
    if (auto *load = dyn_cast<LoadInst>(integer))
      return retype(*load);
    if (auto *exchange = dyn_cast<AtomicRMWInst>(integer))
      return retype(*exchange);
    auto *field = dyn_cast<ExtractValueInst>(integer);
    auto *swap = field
                     ? dyn_cast<AtomicCmpXchgInst>(field->getAggregateOperand())
                     : nullptr;
    if (!swap || !retype(*swap))
      return nullptr;
    return known(replacements_.lookup(field));
  }

  /// Uses of `old` get the address of `reference`.
  Value *replace(Instruction &old, Instruction &reference) {
    IRBuilder<> builder(old.getParent(), std::next(old.getIterator()));
    Value *integer = builder.CreatePtrToInt(&reference, old.getType());
    old.replaceAllUsesWith(integer);
    replacements_[&old] = integer;
    candidates_.push_back(integer);
    old.eraseFromParent();
    return &reference;
  }

  Value *retype(LoadInst &load) {
    IRBuilder<> builder(&load);
    LoadInst *typed = builder.CreateAlignedLoad(
        reference_, load.getPointerOperand(), load.getAlign(),
        load.isVolatile(), load.getName());
    typed->setAtomic(load.getOrdering(), load.getSyncScopeID());
    return replace(load, *typed);
  }

  bool retypeStore(StoreInst &store) {
    Value *reference = asReference(store.getValueOperand());
    if (!reference)
      return refuse(store);
    store.setOperand(0, reference);
    return true;
  }

  Value *retype(AtomicRMWInst &exchange) {
    Value *reference = known(exchange.getValOperand());
    if (exchange.getOperation() != AtomicRMWInst::Xchg || !reference)
      return nullptr;
    IRBuilder<> builder(&exchange);
    return replace(exchange,
                   *builder.CreateAtomicRMW(
                       AtomicRMWInst::Xchg, exchange.getPointerOperand(),
                       reference, exchange.getAlign(), exchange.getOrdering(),
                       exchange.getSyncScopeID()));
  }

  /// Its result is taken apart; each part is replaced.
  Value *retype(AtomicCmpXchgInst &swap) {
    Value *expected = known(swap.getCompareOperand());
    Value *wanted = known(swap.getNewValOperand());
    if (!expected || !wanted || !all_of(swap.users(), [](User *user) {
          return isa<ExtractValueInst>(user);
        }))
      return nullptr;
    IRBuilder<> builder(&swap);
    AtomicCmpXchgInst *typed = builder.CreateAtomicCmpXchg(
        swap.getPointerOperand(), expected, wanted, swap.getAlign(),
        swap.getSuccessOrdering(), swap.getFailureOrdering(),
        swap.getSyncScopeID());
    typed->setWeak(swap.isWeak());
    Value *old = builder.CreatePtrToInt(builder.CreateExtractValue(typed, 0),
                                        builder.getInt64Ty());
    Value *success = builder.CreateExtractValue(typed, 1);
    for (User *user : make_early_inc_range(swap.users())) {
      auto *part = cast<ExtractValueInst>(user);
      Value *by = part->getIndices().front() == 0 ? old : success;
      part->replaceAllUsesWith(by);
      replacements_[part] = by;
      part->eraseFromParent();
    }
    swap.eraseFromParent();
    return typed;
  }

  bool refuse(const Instruction &instruction) {
    reportError(instruction, "an integer is stored where a reference belongs",
                "store references only; mps.immediate makes immediates");
    return false;
  }

  Function &function_;
  const DataLayout &layout_;
  PointerType *reference_;
  DenseMap<Value *, Value *> replacements_;
  SmallVector<WeakTrackingVH> candidates_;
};

} // namespace

void retypeAccesses(Function &function) { Retyping(function).run(); }

} // namespace mps
