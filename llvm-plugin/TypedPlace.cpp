#include "TypedPlace.h"

#include "Contract.h"
#include "ThreadLocals.h"

#include "llvm/IR/DataLayout.h"
#include "llvm/IR/GlobalVariable.h"

using namespace llvm;

namespace mps {

void addFields(Type *type, uint64_t offset, const DataLayout &layout,
               SmallVectorImpl<Field> &out) {
  if (auto *structure = dyn_cast<StructType>(type)) {
    const StructLayout *fields = layout.getStructLayout(structure);
    for (unsigned i = 0; i < structure->getNumElements(); ++i)
      addFields(structure->getElementType(i),
                offset + fields->getElementOffset(i), layout, out);
    return;
  }
  if (auto *array = dyn_cast<ArrayType>(type);
      array && containsReference(array)) {
    uint64_t stride = layout.getTypeAllocSize(array->getElementType());
    for (uint64_t i = 0; i < array->getNumElements(); ++i)
      addFields(array->getElementType(), offset + i * stride, layout, out);
    return;
  }
  out.push_back({offset, type});
}

std::optional<TypedPlace> typedPlace(Value *pointer, const DataLayout &layout) {
  APInt offset(layout.getIndexTypeSizeInBits(pointer->getType()), 0);
  Value *base =
      pointer->stripAndAccumulateConstantOffsets(layout, offset, true);
  Type *type = nullptr;
  if (auto *alloca = dyn_cast<AllocaInst>(base))
    type = alloca->isArrayAllocation() ? nullptr : alloca->getAllocatedType();
  else if (auto *global = dyn_cast<GlobalVariable>(base))
    type = global->getValueType();
  else if (auto *global = threadLocalOf(base))
    type = global->getValueType();
  else if (auto *argument = dyn_cast<Argument>(base))
    type = argument->hasStructRetAttr() ? argument->getParamStructRetType()
                                        : nullptr;
  if (!type || !containsReference(type) || offset.isNegative())
    return std::nullopt;
  return TypedPlace{type, offset.getZExtValue()};
}

bool isReferencePlace(Value *pointer, const DataLayout &layout) {
  auto place = typedPlace(pointer, layout);
  if (!place)
    return false;
  SmallVector<Field> fields;
  addFields(place->type, 0, layout, fields);
  return any_of(fields, [&](const Field &field) {
    return field.offset == place->offset && isManagedReference(field.type);
  });
}

} // namespace mps
