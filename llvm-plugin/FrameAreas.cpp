// Frame areas: their maps, from metadata or type, and their first contents.
#include "FrameAreas.h"

#include "Contract.h"
#include "Diagnostics.h"

#include "llvm/IR/Constants.h"
#include "llvm/IR/DataLayout.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"

using namespace llvm;

namespace mps {
namespace {

constexpr unsigned kWordSize = 8;

BitVector mapFromMetadata(const MDNode &node) {
  auto number = [&](unsigned i) {
    return mdconst::extract<ConstantInt>(node.getOperand(i))->getZExtValue();
  };
  BitVector map(number(0));
  for (unsigned word = 0; word < map.size(); ++word)
    map[word] = number(1 + word / 64) >> word % 64 & 1;
  return map;
}

/// Marks the references of a `type` at `offset` bytes. False if one of them is
/// not at a word boundary.
bool markReferences(Type *type, uint64_t offset, const DataLayout &layout,
                    BitVector &map) {
  if (!containsReference(type))
    return true;
  if (isManagedReference(type)) {
    if (offset % kWordSize)
      return false;
    map.set(offset / kWordSize);
    return true;
  }
  if (auto *structure = dyn_cast<StructType>(type)) {
    const StructLayout *fields = layout.getStructLayout(structure);
    for (unsigned i = 0; i < structure->getNumElements(); ++i)
      if (!markReferences(structure->getElementType(i),
                          offset + fields->getElementOffset(i), layout, map))
        return false;
    return true;
  }
  Type *element = type->getContainedType(0);
  uint64_t stride = layout.getTypeAllocSize(element);
  uint64_t end = offset + layout.getTypeAllocSize(type);
  for (; offset + stride <= end; offset += stride)
    if (!markReferences(element, offset, layout, map))
      return false;
  return true;
}

std::optional<FrameArea> areaOf(AllocaInst &alloca) {
  if (const MDNode *node = alloca.getMetadata(kFrameAreaMetadata))
    return FrameArea{&alloca, mapFromMetadata(*node)};
  if (!containsReference(alloca.getAllocatedType()))
    return std::nullopt;
  const DataLayout &layout = alloca.getDataLayout();
  uint64_t size = layout.getTypeAllocSize(alloca.getAllocatedType());
  uint64_t count = cast<ConstantInt>(alloca.getArraySize())->getZExtValue();
  FrameArea area{&alloca,
                 BitVector(alignTo(size * count, kWordSize) / kWordSize)};
  for (uint64_t i = 0; i < count; ++i)
    if (!markReferences(alloca.getAllocatedType(), i * size, layout,
                        area.map)) {
      reportError(alloca, "a reference in it is not at a word boundary",
                  "do not pack types that hold references");
      return std::nullopt;
    }
  return area;
}

} // namespace

bool referenceMap(Type *type, const DataLayout &layout, BitVector &map) {
  map.resize(alignTo(layout.getTypeAllocSize(type), kWordSize) / kWordSize);
  return markReferences(type, 0, layout, map);
}

SmallVector<FrameArea, 4> findFrameAreas(Function &function) {
  SmallVector<FrameArea, 4> areas;
  for (Instruction &instruction : function.getEntryBlock())
    if (auto *alloca = dyn_cast<AllocaInst>(&instruction))
      if (std::optional<FrameArea> area = areaOf(*alloca))
        areas.push_back(*area);
  return areas;
}

void initialise(const FrameArea &area) {
  for (User *user : make_early_inc_range(area.alloca->users()))
    if (auto *marker = dyn_cast<IntrinsicInst>(user);
        marker && marker->isLifetimeStartOrEnd())
      marker->eraseFromParent();
  IRBuilder<> builder(area.alloca->getParent(),
                      std::next(area.alloca->getIterator()));
  Type *reference = builder.getPtrTy(kManagedAddressSpace);
  for (unsigned word : area.map.set_bits())
    builder.CreateAlignedStore(
        Constant::getNullValue(reference),
        builder.CreateConstInBoundsGEP1_64(reference, area.alloca, word),
        Align(kWordSize));
}

} // namespace mps
