#include "verify/verifier.h"

#include "base/check.h"

#include <algorithm>

namespace mps {

void Verifier::run() {
  MPS_CHECK(memory_.prepare(arena_), "no address space to verify the heap");
  Protection::Lifted lifted(arena_.protection()); // Scan functions may write.
  forEachSegment([this](Segment &segment) { noteObjects(segment); });
  noteLog();
  forEachSegment([this](Segment &segment) {
    checkReferences(segment);
    checkGuardians(segment);
  });
  checkRoots();
  checkFrames();
}

template <typename Visit> void Verifier::forEachSegment(Visit visit) {
  for (Pool *pool = pools_; pool != nullptr; pool = pool->next)
    for (SegmentList &list : pool->segments)
      for (Segment *each = list.first(); each != nullptr; each = each->next)
        visit(*each);
}

Address Verifier::objectsEnd(const Segment &segment) {
  if (!segment.pool->options().isMoving)
    return segment.extent.limit;
  if (segment.buffer != nullptr)
    return segment.fill;
  for (Buffer *each = segment.pool->buffers; each; each = each->next)
    if (each->segment == &segment)
      return each->objectsEnd();
  return segment.fill;
}

bool Verifier::isOfSnapshot(const Segment &segment) const {
  return arena_.isOfSnapshot(segment);
}

// ---- Objects: V1, V2, V5, V7 ----

void Verifier::noteObjects(Segment &segment) {
  if (segment.tag & (kWhiteGrain | kAnchoredGrain))
    (Breach(when_, "V7") << "segment " << segment.extent.base
                         << " is condemned outside of a collection")
        .fail();
  if (!hasMarks_ || !isOfSnapshot(segment))
    checkUnmarked(segment);
  checkProtected(segment);
  Address end = objectsEnd(segment);
  const Pool &pool = *segment.pool;
  Address object = pool.nextObject(segment, segment.extent.base);
  while (object < end) {
    object += pool.isDescribed() ? checkDescribed(segment, object, end)
                                 : checkClient(segment, object, end);
    object = pool.nextObject(segment, object);
  }
}

/// V14, V16.
void Verifier::checkProtected(const Segment &segment) {
  if (!hasMarks_ || hasGarbage_ || !segment.pool->isProtected() ||
      !isOfSnapshot(segment) || segment.isPassed)
    return;
  if (segment.rank != Rank::Exact && !Protection::isHidden(segment))
    (Breach(when_, "V16") << "segment " << segment.extent.base
                          << " is of the snapshot and has weak references or "
                             "ephemerons: they could be read unseen")
        .fail();
  if (isClearing_ || Protection::isProtected(segment))
    return;
  (Breach(when_, "V14") << "segment " << segment.extent.base
                        << " is of the snapshot, and neither protected nor "
                           "passed: a store would not be seen")
      .fail();
}

void Verifier::checkUnmarked(const Segment &segment) {
  constexpr std::size_t kStep = 64 * kWordSize; // An entry of the mark bits.
  const Chunk &chunk = *segment.chunk;
  for (Address word = segment.extent.base; word < segment.extent.limit;
       word += kStep)
    if (chunk.markBits[(word - chunk.extent.base) / kStep] != 0)
      (Breach(when_, "V7") << "a word from " << word
                           << " on is marked outside of a collection")
          .fail();
}

namespace {

/// Whether something of this size may begin here.
bool fits(Address object, std::size_t size, Address end,
          std::size_t alignment) {
  return size != 0 && isAligned(size, alignment) && size <= end - object;
}

constexpr unsigned kPaddingSizeShift = 4;
constexpr Word kPaddingTag = 2;
constexpr Word kHashTags = abi::kHashedTag | abi::kHashMovedTag;

} // namespace

/// Notes the object, unless it is padding. Returns its size.
std::size_t Verifier::checkDescribed(Segment &segment, Address object,
                                     Address end) {
  Word header = *object.as<Word>();
  if (header & abi::kForwardedTag)
    (Breach(when_, "V7") << "object " << object << " has header "
                         << Address::fromBits(header)
                         << ": forwarded outside of a collection")
        .fail();
  std::size_t size = header >> kPaddingSizeShift;
  if ((header & abi::kHeaderTagMask) != kPaddingTag) {
    if ((header & kHashTags) == kHashTags)
      (Breach(when_, "V10")
       << "object " << object << " has header " << Address::fromBits(header)
       << ": its identity hash is in two places")
          .fail();
    Address type = Address::fromBits(header & ~kHashTags);
    if (const char *why = memory_.types.whyNot(type))
      (Breach(when_, "V1") << "object " << object << " has header "
                           << Address::fromBits(header)
                           << ": no type descriptor: " << why)
          .fail();
    ObjectReader reader(object);
    if (!object.isAligned(reader.alignment()))
      (Breach(when_, "V5") << "object " << object << " (type "
                           << reader.typeName() << ") is not aligned to "
                           << reader.alignment())
          .fail();
    if (!reader.size(size))
      size = 0;
    if (!isGarbage(segment, object))
      memory_.objects.add(object);
  }
  if (!fits(object, size, end, abi::kObjectAlignment))
    (
        Breach(when_, "V2")
        << "object " << object << ", of size " << size
        << ", exceeds the objects of its segment, which end at " << end)
        .fail();
  return size;
}

std::size_t Verifier::checkClient(Segment &segment, Address object,
                                  Address end) {
  ClientFormat format(*segment.pool->options().format);
  if (Address moved = format.newAddress(object))
    (Breach(when_, "V7") << "object " << object << " leads to " << moved
                         << ": forwarded outside of a collection")
        .fail();
  std::size_t alignment = segment.pool->alignment();
  if (!object.isAligned(alignment))
    (Breach(when_, "V5") << "object " << object << " is not aligned to "
                         << alignment)
        .fail();
  std::size_t size = format.sizeOfAny(object);
  if (!fits(object, size, end, alignment))
    (
        Breach(when_, "V2")
        << "object " << object << ", of size " << size
        << ", exceeds the objects of its segment, which end at " << end)
        .fail();
  if (!isGarbage(segment, object))
    memory_.objects.add(object);
  return size;
}

/// Of a snapshot whose marking has ended.
bool Verifier::isGarbage(const Segment &segment, Address object) const {
  return hasGarbage_ && isOfSnapshot(segment) &&
         !segment.chunk->isMarked(object);
}

void Verifier::noteLogged(Slot slot) {
  if (arena_.chunkOf(slot.address()) != nullptr)
    memory_.logged.add(slot.address());
  else if (!memory_.loggedGlobals.push(slot.address()))
    MPS_CHECK(false, "no memory to verify the heap");
}

void Verifier::noteLog() {
  writeLog_.forEach([this](Slot slot) { noteLogged(slot); });
  std::sort(memory_.loggedGlobals.begin(), memory_.loggedGlobals.end());
  writeLog_.forEachWeak(
      [this](Address object) { memory_.loggedWeak.add(object); });
  if (candidates_ != nullptr)
    candidates_->forEachRecord(
        [this](Slot slot) { memory_.recorded.add(slot.address()); });
}

} // namespace mps
