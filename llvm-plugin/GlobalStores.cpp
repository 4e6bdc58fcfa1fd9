#include "GlobalStores.h"

#include "Contract.h"
#include "ReferenceAccess.h"
#include "ThreadLocals.h"

#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/DataLayout.h"
#include "llvm/IR/Instructions.h"

using namespace llvm;

namespace mps {
namespace {

constexpr uint64_t kWordBytes = 8;

/// All that the pointer may be based on.
template <typename Predicate>
bool isOneBasedOn(const Value *pointer, Predicate predicate) {
  SmallVector<const Value *> objects;
  getUnderlyingObjects(pointer, objects, nullptr, /*MaxLookup=*/0);
  return any_of(objects, predicate);
}

bool isGlobal(const Value *object) {
  auto *variable = dyn_cast<GlobalVariable>(object);
  return variable && !variable->isThreadLocal() &&
         containsReference(variable->getValueType());
}

/// What a function returns in memory is a local variable of its caller.
bool mayBeGlobal(const Value *object) {
  if (isa<AllocaInst, Argument, UndefValue, ConstantPointerNull>(object) ||
      threadLocalOf(object))
    return false;
  return !isa<GlobalVariable>(object) || isGlobal(object);
}

SmallVector<std::uint64_t> everyWord(Type *type, const DataLayout &layout) {
  SmallVector<std::uint64_t> offsets;
  uint64_t size = layout.getTypeStoreSize(type).getKnownMinValue();
  for (uint64_t offset = 0; offset + kWordBytes <= size; offset += kWordBytes)
    offsets.push_back(offset);
  return offsets;
}

std::optional<GlobalStore> storeOf(Instruction &instruction, Value *pointer,
                                   Type *type) {
  if (isManagedReference(pointer->getType()))
    return std::nullopt;
  const DataLayout &layout = instruction.getDataLayout();
  if (containsReference(type) && isOneBasedOn(pointer, mayBeGlobal))
    return GlobalStore{&instruction, pointer, referenceOffsets(type, layout)};
  return std::nullopt;
}

} // namespace

bool leadsToGlobal(const Value *pointer) {
  return !isManagedReference(pointer->getType()) &&
         isOneBasedOn(pointer, isGlobal);
}

std::optional<GlobalStore> asGlobalStore(Instruction &instruction) {
  if (auto *exchange = dyn_cast<AtomicRMWInst>(&instruction))
    return storeOf(instruction, exchange->getPointerOperand(),
                   exchange->getType());
  if (auto *swap = dyn_cast<AtomicCmpXchgInst>(&instruction))
    return storeOf(instruction, swap->getPointerOperand(),
                   swap->getNewValOperand()->getType());
  auto *store = dyn_cast<StoreInst>(&instruction);
  if (!store)
    return std::nullopt;
  Value *pointer = store->getPointerOperand();
  Type *type = store->getValueOperand()->getType();
  if (auto found = storeOf(instruction, pointer, type))
    return found;
  auto *constant = dyn_cast<Constant>(store->getValueOperand());
  if (!constant || !constant->isNullValue() || containsReference(type) ||
      !leadsToGlobal(pointer))
    return std::nullopt;
  return GlobalStore{&instruction, pointer,
                     everyWord(type, instruction.getDataLayout())};
}

} // namespace mps
