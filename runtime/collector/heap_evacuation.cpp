// Evacuation beside the program, for compiled code with a read barrier: the
// pauses in which it begins and ends.
//
// It begins in a pause that settles the nursery, takes a group, and fixes the
// roots. It ends in the next pause, whatever that is for, before anything else:
// so collections, and all that walks the heap, find it as if there were no such
// thing. Between the two it goes on in steps (old_collection.h).
//
// Under stress, each collection is followed by the evacuation of everything
// that is old, so that every load finds slots that lead to where objects were.
#include "collector/heap.h"
#include "collector/thread_roots.h"
#include "stack/root_tables.h"

namespace mps {

namespace {

void setEvacuating(bool isUnderWay) {
  RootTables::forEachModule([&](const abi::ModuleDescriptor &module) {
    if (module.evacuating != nullptr)
      __atomic_store_n(module.evacuating, isUnderWay, __ATOMIC_RELAXED);
  });
}

/// Notes the segments that ambiguous words, and slots that pin, refer to.
class MeantSegments final : public RootVisitor {
public:
  explicit MeantSegments(Arena &arena) : arena_(arena) {
    state_.size = ~state_.least;
    state_.closure = this;
    state_.fix = [](ScanState &state, Word *word) {
      static_cast<MeantSegments *>(state.closure)->note(*word);
      return true;
    };
  }
  ScanState *scanState() override { return &state_; }
  void pinned(Slot slot) override { note(slot.load().bits()); }
  [[gnu::no_sanitize("address", "thread")]] void
  ambiguous(Extent words) override {
    for (Address each = words.base.alignedUp(kWordSize); each < words.limit;
         each += kWordSize)
      note(*each.as<Word>());
  }
  bool contains(const Segment *segment) {
    for (const Segment *each : segments_)
      if (each == segment)
        return true;
    return !isComplete_;
  }

private:
  void note(Word word) {
    if (const Segment *segment = arena_.segmentOf(Address::fromBits(word)))
      isComplete_ &= segments_.push(segment);
  }

  Arena &arena_;
  GrowingArray<const Segment *> segments_;
  bool isComplete_ = true;
  ScanState state_;
};

} // namespace

/// The last thing in a pause: nobody walks the heap afterwards.
void Heap::beginBeside(Scope scope, CollectionReport &report) {
  if (!hasReadBarrier_ || isRecycling())
    return;
  PauseParts::During during(parts_, Part::Group);
  if (scope == Scope::Groups && !isGroupPutOff_ &&
      old_.phase() == OldCollection::Phase::Evacuating)
    beginGroup(report);
  else if (settings_.stress != Stress::None && isAllCompiled() &&
           !old_.isRunning())
    evacuateForStress(report);
  setReserve(Reserve::ForFull);
}

/// The next group of an old collection; nothing is young. Its segments that
/// something ambiguous refers to stay, and so does what foreign code holds.
void Heap::beginGroup(CollectionReport &report) {
  if (old_.groups() == 0 || !hasRoomForGroup())
    return old_.groupTaken(true);
  bool isComplete = true;
  ThreadRoots threads(world_, ThreadRoots::Frames::Running);
  add(threads);
  SegmentList group = old_.takeGroup(
      roots_, [&](Slot slot) { isComplete &= old_.evacuator().add(slot); });
  remove(threads);
  if (isComplete)
    return beginEvacuation(group, report);
  giveBack(group);
  writeLog_.noteLoss(); // So that the next collection is of everything.
  old_.groupTaken(true);
}

/// Nothing of it moves: there is no memory to note what leads to it.
void Heap::giveBack(SegmentList group) {
  old_.evacuator().forgetSlots();
  while (Segment *segment = group.pop()) {
    arena_.setTag(segment, segment->tag & std::uint8_t(~kWhiteGrain));
    segment->pool->adopt(segment);
  }
}

/// All slots that lead to the group are known to the evacuator.
void Heap::beginEvacuation(SegmentList group, CollectionReport &report) {
  Evacuator &evacuator = old_.evacuator();
  __atomic_store_n(&epoch_, epoch_ + 1, __ATOMIC_RELEASE);
  evacuator.begin(pools_, group);
  ThreadRoots threads(world_, ThreadRoots::Frames::Running);
  add(threads);
  for (Rank rank : {Rank::Exact, Rank::Weak})
    for (RootSource *each = roots_; each != nullptr; each = each->next)
      each->visit(rank, evacuator.visitor());
  remove(threads);
  report.walk = threads.counts();
  setEvacuating(true);
  old_.wakeThread();
}

/// With the world stopped.
void Heap::endEvacuation() {
  if (!old_.evacuator().isActive())
    return;
  PauseParts::During during(parts_, Part::Group);
  OldCollection::Held held(old_);
  old_.evacuator().finish(evacuated_);
  setEvacuating(false);
  if (old_.phase() == OldCollection::Phase::Evacuating)
    old_.groupTaken(old_.evacuator().wasShortOfMemory());
}

// ---- Stress ----

void Heap::evacuateForStress(CollectionReport &report) {
  settle(report, Remembered::All);
  if (!writeLog_.isComplete())
    return;
  SegmentList group = takeForStress();
  for (Segment *each = group.first(); each != nullptr; each = each->next)
    arena_.setTag(each, each->tag | kWhiteGrain);
  if (addSlotsToWhite())
    beginEvacuation(group, report);
  else
    giveBack(group);
}

/// All that is settled and nothing ambiguous refers to, but large objects.
SegmentList Heap::takeForStress() {
  MeantSegments meant(arena_);
  ThreadRoots threads(world_, ThreadRoots::Frames::All);
  add(threads);
  for (RootSource *each = roots_; each != nullptr; each = each->next)
    each->visit(Rank::Ambiguous, meant);
  remove(threads);
  SegmentList group;
  for (Pool *pool = pools_; pool != nullptr; pool = pool->next) {
    unsigned top = pool->chain().top();
    for (auto &ofWorker : pool->destinations)
      ofWorker[top] = {};
    SegmentList settled = pool->segments[top].takeAll();
    while (Segment *segment = settled.pop())
      if (segment->isLarge || meant.contains(segment))
        pool->adopt(segment);
      else
        group.push(segment);
  }
  return group;
}

/// False if there is no memory for them.
bool Heap::addSlotsToWhite() {
  bool isComplete = true;
  auto isWhite = [this](Ref ref) {
    const Segment *segment = arena_.segmentOf(ref.address());
    return segment != nullptr && segment->tag & kWhiteGrain &&
           !(ref.bits() & abi::kTagMask);
  };
  auto addOf = [&](Address object) {
    const auto &type =
        DescribedFormat::descriptorOf(DescribedFormat::headerOf(object));
    auto add = [&](Slot slot) {
      if (isWhite(slot.load()))
        isComplete &= old_.evacuator().add(slot);
    };
    DescribedFormat::forEachSlot(object, type, add);
    DescribedFormat::forEachWeakSlot(object, type, add);
  };
  for (Pool *pool = pools_; pool != nullptr; pool = pool->next)
    pool->forEachSegment([&](Segment *segment) {
      if (segment->tag & kLeafGrain)
        return;
      Address each = segment->extent.base;
      for (; each < segment->fill; each += DescribedFormat::sizeOfAny(each))
        if (!DescribedFormat::isPadding(DescribedFormat::headerOf(each)))
          addOf(each);
    });
  return isComplete;
}

} // namespace mps
