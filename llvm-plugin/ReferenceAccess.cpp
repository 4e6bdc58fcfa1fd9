#include "ReferenceAccess.h"

#include "Contract.h"
#include "Reserved.h"

#include "mps/abi/type_descriptor.h"

#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/Analysis/CFG.h"
#include "llvm/IR/CFG.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/DataLayout.h"
#include "llvm/IR/Instructions.h"

using namespace llvm;

namespace mps {
namespace {

std::optional<ReferenceAccess> managedAccess(Instruction &instruction,
                                             Value *pointer, Type *type) {
  if (!isManagedReference(pointer->getType()) || !containsReference(type))
    return std::nullopt;
  return ReferenceAccess{&instruction, pointer, type};
}

/// Of what both reads and writes.
std::optional<ReferenceAccess> asReferenceExchange(Instruction &instruction) {
  if (auto *exchange = dyn_cast<AtomicRMWInst>(&instruction))
    return managedAccess(instruction, exchange->getPointerOperand(),
                         exchange->getType());
  if (auto *swap = dyn_cast<AtomicCmpXchgInst>(&instruction))
    return managedAccess(instruction, swap->getPointerOperand(),
                         swap->getNewValOperand()->getType());
  return std::nullopt;
}

void addOffsets(Type *type, uint64_t offset, const DataLayout &layout,
                SmallVectorImpl<uint64_t> &out) {
  if (!containsReference(type))
    return;
  if (isManagedReference(type))
    return out.push_back(offset);
  if (auto *structure = dyn_cast<StructType>(type)) {
    const StructLayout *fields = layout.getStructLayout(structure);
    for (unsigned i = 0; i < structure->getNumElements(); ++i)
      addOffsets(structure->getElementType(i),
                 offset + fields->getElementOffset(i), layout, out);
    return;
  }
  Type *element = type->getContainedType(0);
  uint64_t count = isa<ArrayType>(type)
                       ? type->getArrayNumElements()
                       : cast<FixedVectorType>(type)->getNumElements();
  uint64_t stride = layout.getTypeAllocSize(element);
  for (uint64_t i = 0; i < count; ++i)
    addOffsets(element, offset + i * stride, layout, out);
}

bool isYoungWhenNew(const CallInst &call) {
  if (!isAllocationCall(call) || !isArrayAllocation(*reservedKind(call)))
    return isAllocationCall(call);
  auto *count = dyn_cast<ConstantInt>(call.getArgOperand(1));
  return count && count->getValue().ule(abi::kMostYoungElements);
}

bool isLoweredToPlainCode(const CallBase &call) {
  auto kind = reservedKind(call);
  return kind && !isAllocation(*kind);
}

bool isNormalEdgeOfAllocation(const CallBase &end, const BasicBlock &to) {
  auto *invoke = dyn_cast<InvokeInst>(&end);
  return invoke && isAllocationCall(*invoke) && invoke->getNormalDest() == &to;
}

} // namespace

std::optional<ReferenceAccess> asReferenceStore(Instruction &instruction) {
  if (auto *store = dyn_cast<StoreInst>(&instruction))
    return managedAccess(instruction, store->getPointerOperand(),
                         store->getValueOperand()->getType());
  return asReferenceExchange(instruction);
}

std::optional<ReferenceAccess> asReferenceLoad(Instruction &instruction) {
  if (auto *load = dyn_cast<LoadInst>(&instruction))
    return managedAccess(instruction, load->getPointerOperand(),
                         load->getType());
  return asReferenceExchange(instruction);
}

SmallVector<std::uint64_t> referenceOffsets(Type *type,
                                            const DataLayout &layout) {
  SmallVector<std::uint64_t> offsets;
  addOffsets(type, 0, layout, offsets);
  return offsets;
}

Freshness::Freshness(const Function &function) {
  SmallVector<std::pair<const BasicBlock *, const BasicBlock *>> edges;
  FindFunctionBackedges(function, edges);
  backEdges_.insert(edges.begin(), edges.end());
}

std::optional<Freshness::Allocations>
Freshness::allocationsSince(const ReferenceAccess &access) const {
  const Value *base = access.pointer;
  while (auto *step = dyn_cast<GetElementPtrInst>(base))
    base = step->getPointerOperand();
  auto *allocation = dyn_cast<CallInst>(base);
  if (!allocation || !isYoungWhenNew(*allocation))
    return std::nullopt;
  return allocationsBetween(*allocation, *access.instruction);
}

/// Looks at all paths back from `access`, which `allocation` dominates.
std::optional<Freshness::Allocations>
Freshness::allocationsBetween(const CallInst &allocation,
                              Instruction &access) const {
  Allocations between;
  SmallPtrSet<BasicBlock *, 8> seen;
  SmallVector<Instruction *> ends = {&access};
  while (!ends.empty()) {
    Instruction *each = ends.pop_back_val();
    BasicBlock *block = each->getParent();
    while ((each = each->getPrevNode()) && each != &allocation) {
      auto *call = dyn_cast<CallBase>(each);
      if (!call || !isSafepoint(*call) || isLoweredToPlainCode(*call))
        continue;
      if (!isAllocationCall(*call))
        return std::nullopt;
      between.push_back(call);
    }
    if (each == &allocation)
      continue;
    for (BasicBlock *predecessor : predecessors(block)) {
      if (backEdges_.contains({predecessor, block}))
        return std::nullopt;
      Instruction *end = predecessor->getTerminator();
      auto *call = dyn_cast<CallBase>(end);
      if (call && !isNormalEdgeOfAllocation(*call, *block))
        return std::nullopt;
      if (!seen.insert(predecessor).second)
        continue;
      if (call)
        between.push_back(call);
      ends.push_back(end);
    }
  }
  return between;
}

} // namespace mps
