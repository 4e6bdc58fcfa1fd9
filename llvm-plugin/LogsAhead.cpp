#include "LogsAhead.h"

#include "Reserved.h"
#include "SlotLog.h"

#include "llvm/IR/Constants.h"

using namespace llvm;

namespace mps {
namespace {

/// Its operands: an object and a distance, again and again.
constexpr char kBundle[] = "mps-log";

/// What a slow path may grow by.
constexpr std::size_t kMostPlaces = 8, kMostAllocations = 4;

/// Whether each of the words is sure to be a reference.
bool areReferences(const CallBase &object, uint64_t distance,
                   ArrayRef<uint64_t> offsets) {
  auto type = knownDescriptor(object.getArgOperand(0));
  auto *count = isArrayAllocation(*reservedKind(object))
                    ? dyn_cast<ConstantInt>(object.getArgOperand(1))
                    : nullptr;
  return type && all_of(offsets, [&](uint64_t offset) {
           return type->hasReferenceAt(distance + offset,
                                       count ? count->getZExtValue() : 0);
         });
}

} // namespace

bool LogsAhead::add(const ReferenceAccess &access,
                    ArrayRef<CallBase *> allocations) {
  if (allocations.empty())
    return true;
  APInt distance(64, 0);
  auto *object =
      dyn_cast<CallBase>(access.pointer->stripAndAccumulateConstantOffsets(
          layout_, distance, /*AllowNonInbounds=*/true));
  SmallVector<uint64_t> inside = referenceOffsets(access.type, layout_);
  if (!object || !areReferences(*object, distance.getZExtValue(), inside) ||
      allocations.size() > kMostAllocations ||
      any_of(allocations, [&](CallBase *each) {
        return places_[each].size() + inside.size() > kMostPlaces;
      }))
    return false;
  for (CallBase *each : allocations)
    for (uint64_t offset : inside) {
      uint64_t place = distance.getZExtValue() + offset;
      if (none_of(places_[each], [&](const Place &known) {
            return known.object == object && known.offset == place;
          }))
        places_[each].push_back({object, place});
    }
  return true;
}

void LogsAhead::attach() {
  for (auto &[call, places] : places_) {
    if (places.empty())
      continue;
    Type *word = Type::getInt64Ty(call->getContext());
    std::vector<Value *> operands;
    for (const Place &place : places) {
      operands.push_back(place.object);
      operands.push_back(ConstantInt::get(word, place.offset));
    }
    CallBase *with = CallBase::Create(call, OperandBundleDef(kBundle, operands),
                                      call->getIterator());
    with->takeName(call);
    call->replaceAllUsesWith(with);
    call->eraseFromParent();
  }
}

void insertLogsAhead(const CallBase &allocation, Instruction &before) {
  auto bundle = allocation.getOperandBundle(kBundle);
  if (!bundle)
    return;
  MapVector<Value *, SmallVector<uint64_t>> objects;
  for (unsigned i = 0; i < bundle->Inputs.size(); i += 2)
    objects[bundle->Inputs[i]].push_back(
        cast<ConstantInt>(bundle->Inputs[i + 1])->getZExtValue());
  for (auto &[object, offsets] : objects)
    whereArmed(before, object, [&](IRBuilder<> &builder) {
      for (uint64_t offset : offsets)
        insertLog(builder, {object, offset});
    });
}

} // namespace mps
