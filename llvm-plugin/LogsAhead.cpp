#include "LogsAhead.h"

#include "SlotLog.h"

#include "llvm/IR/Constants.h"

using namespace llvm;

namespace mps {
namespace {

/// Its operands: an object and a distance, again and again.
constexpr char kBundle[] = "mps-log";

/// What a slow path may grow by.
constexpr std::size_t kMostPlaces = 8, kMostAllocations = 4;

} // namespace

bool LogsAhead::add(const ReferenceAccess &access,
                    ArrayRef<CallBase *> allocations) {
  if (allocations.empty())
    return true;
  APInt distance(64, 0);
  Value *object = access.pointer->stripAndAccumulateConstantOffsets(
      layout_, distance, /*AllowNonInbounds=*/true);
  SmallVector<uint64_t> inside = referenceOffsets(access.type, layout_);
  if (!isa<CallBase>(object) || allocations.size() > kMostAllocations ||
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
  for (unsigned i = 0; i < allocation.getNumOperandBundles(); ++i) {
    OperandBundleUse bundle = allocation.getOperandBundleAt(i);
    if (bundle.getTagName() != kBundle)
      continue;
    MapVector<Value *, SmallVector<uint64_t>> objects;
    for (unsigned k = 0; k < bundle.Inputs.size(); k += 2)
      objects[bundle.Inputs[k]].push_back(
          cast<ConstantInt>(bundle.Inputs[k + 1])->getZExtValue());
    for (auto &[object, offsets] : objects)
      whereArmed(before, object, [&](IRBuilder<> &builder) {
        for (uint64_t offset : offsets)
          insertLog(builder, {object, offset});
      });
  }
}

} // namespace mps
