// Undefined references.
//
// A variable that is set on some paths only is undefined on the others, and
// still live across a safepoint for all that LLVM knows. Code generation gives
// undefined values whatever a register holds, which may be where an object was:
// in a slot or an object, the collector would follow it. Null is as good.
#include "DefineReferences.h"

#include "Contract.h"

#include "llvm/IR/Constants.h"
#include "llvm/IR/InstIterator.h"

using namespace llvm;

namespace mps {
namespace {

Constant *defined(Constant &constant) {
  Type *type = constant.getType();
  if (!containsReference(type))
    return &constant;
  if (isa<UndefValue>(constant)) // Poison too.
    return Constant::getNullValue(type);
  if (!isa<ConstantAggregate>(constant))
    return &constant;
  SmallVector<Constant *> elements;
  for (Use &element : constant.operands())
    elements.push_back(defined(*cast<Constant>(element)));
  if (auto *structure = dyn_cast<StructType>(type))
    return ConstantStruct::get(structure, elements);
  if (auto *array = dyn_cast<ArrayType>(type))
    return ConstantArray::get(array, elements);
  return ConstantVector::get(elements);
}

} // namespace

void defineReferences(Function &function) {
  for (Instruction &instruction : instructions(function))
    for (Use &operand : instruction.operands())
      if (auto *constant = dyn_cast<Constant>(operand))
        if (Constant *by = defined(*constant); by != constant)
          operand.set(by);
}

} // namespace mps
