// Leaves of composites. A vector can only be the innermost level, so a path is
// extractvalue indices, and one extractelement index if it ends in a vector.
#include "CompositeLeaves.h"

#include "Contract.h"

#include "llvm/Analysis/InstructionSimplify.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/DataLayout.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"

using namespace llvm;

namespace mps {
namespace {

void addLeaves(Type *type, LeafPath &path, SmallVectorImpl<Leaf> &out) {
  bool isLeaf =
      type->isVectorTy() ? !containsReference(type) : !type->isAggregateType();
  if (isLeaf)
    return out.push_back({path, type});
  unsigned count = type->getNumContainedTypes();
  if (auto *array = dyn_cast<ArrayType>(type))
    count = array->getNumElements();
  else if (auto *vector = dyn_cast<FixedVectorType>(type))
    count = vector->getNumElements();
  for (unsigned i = 0; i < count; ++i) {
    path.push_back(i);
    addLeaves(type->getContainedType(isa<StructType>(type) ? i : 0), path, out);
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

/// What `extraction` yields, without it if that is known.
Value *simplified(Value *extraction) {
  auto *instruction = dyn_cast<Instruction>(extraction);
  Value *known = instruction ? knownLeaf(*instruction) : nullptr;
  if (!known)
    return extraction;
  instruction->eraseFromParent();
  return known;
}

} // namespace

Value *knownLeaf(Instruction &extraction) {
  if (auto *fields = dyn_cast<ExtractValueInst>(&extraction))
    return FindInsertedValue(fields->getAggregateOperand(),
                             fields->getIndices());
  if (isa<ExtractElementInst>(extraction))
    return simplifyInstruction(&extraction,
                               SimplifyQuery(extraction.getDataLayout()));
  return nullptr;
}

bool hasBasesOnly(const Value *composite) {
  if (isa<Argument, Constant, LoadInst, AtomicCmpXchgInst>(composite))
    return true;
  if (isa<InsertValueInst, ExtractValueInst>(composite))
    return hasBasesOnly(cast<User>(composite)->getOperand(0));
  if (auto *shuffle = dyn_cast<ShuffleVectorInst>(composite))
    return hasBasesOnly(shuffle->getOperand(0)) &&
           hasBasesOnly(shuffle->getOperand(1));
  if (auto *element = dyn_cast<InsertElementInst>(composite))
    return isa<Constant>(element->getOperand(2)) &&
           hasBasesOnly(element->getOperand(0));
  auto *call = dyn_cast<CallBase>(composite);
  return call && none_of(call->args(), [&](const Use &argument) {
           return isa<IntrinsicInst>(call) && isComposite(argument->getType());
         });
}

SmallVector<Leaf> leavesOf(Type *type) {
  SmallVector<Leaf> leaves;
  LeafPath path;
  addLeaves(type, path, leaves);
  return leaves;
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

static Value *insertLeaf(IRBuilderBase &builder, Value *composite, Value *leaf,
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

Value *buildComposite(IRBuilderBase &builder, Type *type, ArrayRef<Leaf> leaves,
                      ArrayRef<Value *> values) {
  Value *result = PoisonValue::get(type);
  for (auto [leaf, value] : zip(leaves, values))
    result = insertLeaf(builder, result, value, leaf.path);
  return result;
}

} // namespace mps
