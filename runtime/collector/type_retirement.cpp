#include "collector/type_retirement.h"

#include "pool/described_format.h"

#include <cstring>

namespace mps {

namespace {

using abi::TypeDescriptor;

class Retirement {
public:
  Retirement(Arena &arena, Extent image) : arena_(arena), image_(image) {}

  bool retireIn(Extent objects) {
    for (Address object = objects.base; object < objects.limit;
         object += DescribedFormat::sizeOfAny(object)) {
      Word header = DescribedFormat::headerOf(object);
      if (DescribedFormat::isPadding(header) ||
          !image_.contains(Address::of(&DescribedFormat::descriptorOf(header))))
        continue;
      const TypeDescriptor *copy =
          copyOf(DescribedFormat::descriptorOf(header));
      if (copy == nullptr)
        return false;
      *object.as<Word>() =
          Address::of(copy).bits() | (header & abi::kHeaderTagMask);
    }
    return true;
  }

private:
  struct Copied {
    const TypeDescriptor *from, *to;
  };

  const TypeDescriptor *copyOf(const TypeDescriptor &type) {
    for (Copied &each : copied_)
      if (each.from == &type)
        return each.to;
    auto *copy = arena_.control().make<TypeDescriptor>(type);
    if (copy == nullptr)
      return nullptr;
    copy->name = "(of an unloaded module)";
    if (type.wideMap != nullptr && !copyWideMap(type, *copy))
      return nullptr;
    return copied_.push({&type, copy}) ? copy : nullptr;
  }

  bool copyWideMap(const TypeDescriptor &type, TypeDescriptor &copy) {
    std::size_t words = (type.fixedSize / kWordSize - 1) / 64;
    std::size_t size = words * sizeof(std::uint64_t);
    void *map = arena_.control().allocate(size);
    if (map == nullptr)
      return false;
    std::memcpy(map, type.wideMap, size);
    copy.wideMap = static_cast<const std::uint64_t *>(map);
    return true;
  }

  Arena &arena_;
  Extent image_;
  GrowingArray<Copied> copied_;
};

} // namespace

bool retireTypes(Arena &arena, Pool *pools, Extent image) {
  Retirement retirement(arena, image);
  bool done = true;
  for (Pool *pool = pools; pool != nullptr; pool = pool->next) {
    if (!pool->isDescribed())
      continue;
    pool->forEachSegment([&](Segment *segment) {
      Address end = segment->fill;
      for (Buffer *each = pool->buffers; each != nullptr; each = each->next)
        if (each->segment == segment)
          end = each->objectsEnd();
      done &= retirement.retireIn({segment->extent.base, end});
    });
  }
  return done;
}

} // namespace mps
