// The verifier's second half: every reference, in objects, roots and frames.
#include "verify/verifier.h"

#include "arena/log_table.h"
#include "trace/guardian.h"
#include "verify/frame_check.h"

#include <algorithm>

namespace mps {

// ---- References: V3 ----

bool Verifier::isObject(Word word, const Segment &segment) const {
  if (segment.pool->isDescribed())
    return word & abi::kTagMask || memory_.objects.has(Address::fromBits(word));
  std::size_t headerSize = segment.pool->options().format->headerSize;
  return memory_.objects.has(Address::fromBits(word) - headerSize);
}

void Verifier::checkReference(Word word, const Place &place) {
  Address target = Address::fromBits(word);
  if (!target || arena_.chunkOf(target) == nullptr)
    return;
  const Segment *segment = arena_.segmentOf(target);
  bool isImmediate = segment == nullptr && word & abi::kTagMask;
  if (isImmediate || (segment != nullptr && isObject(word, *segment)))
    return;
  Breach breach(when_, "V3");
  breach << place.kind << " " << place.address;
  if (place.object)
    breach << " in object " << place.object;
  if (place.object && arena_.segmentOf(place.object)->pool->isDescribed())
    breach << " (type " << ObjectReader(place.object).typeName() << ")";
  if (place.returnAddress)
    breach << " of the managed frame that is returned to at "
           << place.returnAddress;
  (breach << " holds " << target << ": not an object").fail();
}

namespace {

/// Of padding, or of garbage that has not been swept.
std::size_t sizeOfDead(Address object) {
  constexpr Word kPaddingTag = 2;
  Word header = *object.as<Word>();
  std::size_t size = header >> 4;
  if ((header & abi::kHeaderTagMask) != kPaddingTag)
    ObjectReader(object).size(size);
  return size;
}

} // namespace

void Verifier::checkReferences(Segment &segment) {
  Pool &pool = *segment.pool;
  if (pool.options().isLeaf)
    return;
  Address end = objectsEnd(segment);
  for (Address object = pool.nextObject(segment, segment.extent.base);
       object < end; object = pool.nextObject(segment, object)) {
    if (!pool.isDescribed()) {
      std::size_t size = ClientFormat(*pool.options().format).sizeOfAny(object);
      if (memory_.objects.has(object))
        checkClientReferences(segment, object, size);
      object += size;
    } else if (!memory_.objects.has(object)) {
      std::size_t size = sizeOfDead(object);
      checkNotRemembered(Extent::of(object, size));
      object += size;
    } else {
      ObjectReader reader(object);
      reader.forEachSlot([&](Slot slot) {
        checkReference(slot.load().bits(),
                       {"slot", slot.address(), object, Address()});
        if (pool.isArmed(segment.generation))
          checkOldSlot(slot, object);
        if (pool.isArmed(segment.generation) && candidates_ != nullptr)
          checkRecorded(slot, object);
      });
      checkWeakPart(segment, object);
      std::size_t size = 0;
      reader.size(size);
      object += size;
    }
  }
}

/// V4. An incomplete log is not relied on: the next collection is full.
void Verifier::checkOldSlot(Slot slot, Address object) {
  if (!writeLog_.isComplete() || memory_.logged.has(slot.address()))
    return;
  const char *what = nullptr;
  Ref ref = slot.load();
  const Segment *segment = arena_.segmentOf(ref.address());
  if (segment != nullptr && !(segment->tag & kSettledGrain) &&
      !(ref.bits() & abi::kTagMask))
    what = ": a young object, which no log knows of";
  else if (!LogTable::isArmed(slot) || !LogTable::isArmed(slot, object))
    what = ", and is neither armed nor logged: a store would not be seen";
  if (what != nullptr)
    (Breach(when_, "V4") << "slot " << slot.address() << " in settled object "
                         << object << " (type "
                         << ObjectReader(object).typeName() << ") holds "
                         << ref.address() << what)
        .fail();
}

/// V17, of padding and garbage.
void Verifier::checkNotRemembered(Extent dead) {
  for (Address each = dead.base; each < dead.limit; each += kWordSize)
    if (memory_.logged.has(each) || memory_.loggedWeak.has(each))
      (Breach(when_, "V17")
       << "slot or object " << each << " is remembered, but in " << dead.base
       << ", which is dead")
          .fail();
}

/// V12.
void Verifier::checkWeakPart(const Segment &segment, Address object) {
  bool isArmed = true, isOut = false;
  ObjectReader(object).forEachWeakSlot([&](Slot slot) {
    Ref ref = slot.load();
    const Segment *target = arena_.segmentOf(ref.address());
    isArmed &= LogTable::isArmed(slot);
    if (target == nullptr ||
        (target->pool != nullptr && target->pool->isDescribed() &&
         ref.bits() & abi::kTagMask))
      return;
    if (!isObject(ref.bits(), *target))
      (Breach(when_, "V12")
       << "weak slot " << slot.address() << " in object " << object << " holds "
       << ref.address() << ": not an object")
          .fail();
    isOut |= !(target->tag & kSettledGrain);
  });
  if (!segment.pool->isArmed(segment.generation) || !writeLog_.isComplete() ||
      memory_.loggedWeak.has(object) || (isArmed && !isOut))
    return;
  (Breach(when_, "V12")
   << "the weak part of settled object " << object
   << " is not known to the log: it "
   << (isOut ? "leads to a young object"
             : "is not armed, and a store would not be seen"))
      .fail();
}

/// V13.
void Verifier::checkGuardians(const Segment &segment) {
  for (const Guardian *each = segment.guardians; each; each = each->next)
    if (arena_.segmentOf(each->block.address()) != &segment ||
        !isObject(each->block.bits(), segment))
      (Breach(when_, "V13")
       << "a guardian of segment " << segment.extent.base << " has block "
       << each->block.address() << ": not an object in it")
          .fail();
}

/// V8.
void Verifier::checkRecorded(Slot slot, Address object) {
  const Segment *target = arena_.segmentOf(slot.load().address());
  if (target == nullptr || !(target->tag & kCandidateGrain) ||
      !candidates_->isToMove(*target) || memory_.logged.has(slot.address()) ||
      memory_.recorded.has(slot.address()) ||
      slot.load().bits() & abi::kTagMask)
    return;
  (Breach(when_, "V8") << "slot " << slot.address() << " in settled object "
                       << object << " (type " << ObjectReader(object).typeName()
                       << ") holds " << slot.load().address()
                       << ": in a candidate, and not recorded")
      .fail();
}

// ---- Client formats, and clients' roots ----

void Verifier::initialiseScanState(ScanState &state,
                                   bool (*fix)(ScanState &, Word *),
                                   void *closure) const {
  state.cover(arena_.span());
  state.fix = fix;
  state.closure = closure;
}

void Verifier::checkClientReferences(Segment &segment, Address object,
                                     std::size_t size) {
  struct Closure {
    Verifier &verifier;
    Segment &segment;
    Address object;
  } closure{*this, segment, object};
  ScanState state;
  initialiseScanState(
      state,
      [](ScanState &self, Word *word) {
        auto &to = *static_cast<Closure *>(self.closure);
        to.verifier.checkReference(
            *word, {"a reference", Address::of(word), to.object, Address()});
        to.verifier.checkSummary(*word, to.segment, to.object);
        return true;
      },
      &closure);
  ClientFormat(*segment.pool->options().format)
      .scan(state, object, object + size);
}

/// V9.
void Verifier::checkSummary(Word word, const Segment &segment, Address object) {
  const Segment *target = arena_.segmentOf(Address::fromBits(word));
  if (target == nullptr || target->tag & kSettledGrain ||
      !Protection::isProtected(segment) ||
      segment.summary & (1u << target->generation) ||
      (segment.summary == Segment::kUnscanned && !isOfSnapshot(segment)))
    return;
  (Breach(when_, "V9") << "object " << object << " holds "
                       << Address::fromBits(word) << ", of generation "
                       << target->generation
                       << ": its segment is protected, and not known to lead "
                          "there")
      .fail();
}

/// Ambiguous words may hold anything: only exact ones are checked.
class Verifier::Visitor final : public RootVisitor {
public:
  Visitor(Verifier &verifier, Rank rank) : verifier_(verifier) {
    verifier.initialiseScanState(
        state_, rank == Rank::Exact ? checkWord : ignoreWord, this);
  }
  void exact(Slot slot) override {
    verifier_.checkReference(slot.load().bits(),
                             {"root", slot.address(), {}, {}});
  }
  void pinned(Slot slot) override { exact(slot); }
  void quiet(Slot slot) override { verifier_.checkQuiet(slot, false); }
  void logged(Slot slot, Address start) override {
    exact(slot);
    verifier_.checkGlobal(slot, start);
  }
  ScanState *scanState() override { return &state_; }

private:
  static bool checkWord(ScanState &state, Word *word) {
    auto &self = *static_cast<Visitor *>(state.closure);
    self.verifier_.checkReference(
        *word, {"a client's root", Address::of(word), {}, {}});
    return true;
  }
  static bool ignoreWord(ScanState &, Word *) { return true; }

  Verifier &verifier_;
  ScanState state_;
};

/// V15. An incomplete log is not relied on: the next collection is full.
void Verifier::checkGlobal(Slot slot, Address start) {
  if (!writeLog_.isComplete() ||
      std::binary_search(memory_.loggedGlobals.begin(),
                         memory_.loggedGlobals.end(), slot.address()))
    return;
  Ref ref = slot.load();
  const Segment *target = arena_.segmentOf(ref.address());
  const char *what = nullptr;
  if (!LogTable::isArmed(slot) || !LogTable::isArmed(slot, start))
    what = ", and is neither armed nor logged: a store would not be seen";
  else if (target == nullptr || ref.bits() & abi::kTagMask)
    return;
  else if (!(target->tag & kSettledGrain))
    what = ": a young object, which no log knows of";
  else if (isInLooseCandidate(*target))
    what = ": in a candidate, which is not held";
  if (what != nullptr)
    (Breach(when_, "V15") << "global variable's slot " << slot.address()
                          << " holds " << ref.address() << what)
        .fail();
}

void Verifier::checkRoots() {
  for (Rank rank : {Rank::Ambiguous, Rank::Exact}) {
    Visitor visitor(*this, rank);
    for (RootSource *each = roots_; each != nullptr; each = each->next)
      each->visit(rank, visitor);
  }
}

// ---- Frames: V6, V11 ----

void Verifier::checkFrames() {
  FrameCheck frames(when_);
  frames.checkTables();
  world_.forEachMutator([&](Mutator &mutator) {
    mutator.quietFrames.sortList();
    frames.walk(world_.stackOf(mutator),
                [&](Slot slot, Address, Address returnAddress) {
                  checkReference(slot.load().bits(),
                                 {"slot", slot.address(), {}, returnAddress});
                  if (slot.address() >= mutator.quietFrames.firstQuiet())
                    checkQuiet(slot, mutator.quietFrames.isInList(slot));
                });
  });
}

bool Verifier::isInLooseCandidate(const Segment &target) const {
  return candidates_ != nullptr && target.tag & kCandidateGrain &&
         candidates_->isToMove(target);
}

/// V11.
void Verifier::checkQuiet(Slot slot, bool isInList) const {
  const Segment *target = arena_.segmentOf(slot.load().address());
  if (target == nullptr || slot.load().bits() & abi::kTagMask)
    return;
  const char *what = nullptr;
  if (!(target->tag & kSettledGrain) && !isInList)
    what = ": a young object, which no list knows of";
  else if (isInLooseCandidate(*target))
    what = ": in a candidate, which is not held";
  if (what != nullptr)
    (Breach(when_, "V11") << "slot " << slot.address()
                          << " that has not changed holds "
                          << slot.load().address() << what)
        .fail();
}

} // namespace mps
