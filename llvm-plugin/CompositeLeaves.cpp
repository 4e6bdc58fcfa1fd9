// Leaves of composites. A vector can only be the innermost level, so a path is
// extractvalue indices, and one extractelement index if it ends in a vector.
#include "CompositeLeaves.h"

#include "Contract.h"

#include "llvm/Analysis/InstructionSimplify.h"
#include "llvm/IR/DataLayout.h"
#include "llvm/IR/Module.h"

using namespace llvm;

namespace mps {
namespace {

void addPaths(Type *type, LeafPath &path, SmallVectorImpl<LeafPath> &out) {
  if (isManagedReference(type))
    return out.push_back(path);
  if (!containsReference(type))
    return;
  unsigned count = type->getNumContainedTypes();
  if (auto *array = dyn_cast<ArrayType>(type))
    count = array->getNumElements();
  else if (auto *vector = dyn_cast<FixedVectorType>(type))
    count = vector->getNumElements();
  for (unsigned i = 0; i < count; ++i) {
    path.push_back(i);
    addPaths(type->getContainedType(isa<StructType>(type) ? i : 0), path, out);
    path.pop_back();
  }
}

/// Splits `path` where `type` becomes a vector.
std::pair<ArrayRef<unsigned>, ArrayRef<unsigned>>
atVector(Type *type, ArrayRef<unsigned> path) {
  if (type->isVectorTy())
    return {{}, path};
  Type *inner = ExtractValueInst::getIndexedType(type, path.drop_back());
  unsigned last = inner->isVectorTy() ? 1 : 0;
  return {path.drop_back(last), path.take_back(last)};
}

/// The value that an extraction yields, without it if that is known.
Value *simplified(Value *extraction) {
  auto *instruction = dyn_cast<Instruction>(extraction);
  if (!instruction)
    return extraction;
  Value *known = simplifyInstruction(
      instruction, SimplifyQuery(instruction->getDataLayout()));
  if (!known)
    return extraction;
  instruction->eraseFromParent();
  return known;
}

} // namespace

SmallVector<LeafPath> referencePaths(Type *type) {
  SmallVector<LeafPath> paths;
  LeafPath path;
  addPaths(type, path, paths);
  return paths;
}

Value *extractLeaf(IRBuilderBase &builder, Value *composite,
                   ArrayRef<unsigned> path) {
  auto [fields, element] = atVector(composite->getType(), path);
  if (!fields.empty())
    composite = simplified(builder.CreateExtractValue(composite, fields));
  if (!element.empty())
    composite =
        simplified(builder.CreateExtractElement(composite, element.front()));
  return composite;
}

Value *insertLeaf(IRBuilderBase &builder, Value *composite, Value *leaf,
                  ArrayRef<unsigned> path) {
  auto [fields, element] = atVector(composite->getType(), path);
  if (!element.empty()) {
    Value *vector = fields.empty()
                        ? composite
                        : builder.CreateExtractValue(composite, fields);
    leaf = builder.CreateInsertElement(vector, leaf, element.front());
  }
  return fields.empty() ? leaf
                        : builder.CreateInsertValue(composite, leaf, fields);
}

} // namespace mps
