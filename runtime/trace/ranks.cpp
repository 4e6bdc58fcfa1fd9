// The ranks of a trace that come after the exact one, in their order:
//
//   1. Ephemerons whose keys have been found: their values, and all those lead
//      to, until none is left that has a found key.
//   2. Guardians whose blocks have not been found are taken, all at once; then
//      their blocks are found, with all they lead to, and step 1 is repeated.
//   3. What has not been found now is dead. Weak references, and ephemerons,
//      that lead there become null.
//
// Only a trace that condemned an object can find that it is dead: references to
// others stay as they are.
#include "trace/fix_inline.h"
#include "trace/tracer.h"

#include "base/check.h"

namespace mps {

void Tracer::finishRanks(RootSource *sources) {
  enter(Phase::Scan, Phase::Ranks);
  gatherRemembered();
  findEphemeral();
  if (takeDying()) {
    findDying();
    findEphemeral();
  }
  splat(sources);
  waiting_.clear();
  collectRemembered();
}

/// Weak parts of settled objects that lead to what is condemned, perhaps.
void Tracer::gatherRemembered() {
  for (Address object : writeLog_.takeAllWeak()) {
    const Chunk &chunk = *arena_.chunkOf(object);
    if (isFull_ || chunk.tagOf(chunk.grainOf(object)) & kWhiteGrain)
      continue; // It is scanned if it lives.
    const auto &type =
        DescribedFormat::descriptorOf(DescribedFormat::headerOf(object));
    DescribedFormat::forEachWeakSlot(object, type,
                                     [](Slot slot) { LogTable::arm(slot); });
    leader().gather(object, type);
  }
}

// ---- Ephemerons ----

/// Until no ephemeron is left whose key has been found, and nothing is grey.
void Tracer::findEphemeral() {
  bool isMore = true;
  while (isMore) {
    isMore = false;
    for (Worker &worker : workers_)
      while (worker.finds().ephemerons.size() != 0) {
        isMore = true;
        look(worker.finds().ephemerons.pop());
      }
    Ephemeron ready;
    while (waiting_.take(ready)) {
      isMore = true;
      findBoth(ready);
    }
    if (isMore)
      scanGrey();
  }
}

void Tracer::look(const Ephemeron &ephemeron) {
  Ref key = ephemeron.key.load();
  if (!key || leader().whereFound(key) || !waiting_.add(ephemeron, key))
    return findBoth(ephemeron);
  trace_.waiting = &waiting_;
  Chunk &chunk = *arena_.chunkOf(key.address());
  std::size_t grain = chunk.grainOf(key.address());
  // So that whoever finds it comes by Worker::fixUnusual.
  chunk.tags[grain] |= kAwaitedGrain;
}

void Tracer::findBoth(const Ephemeron &ephemeron) {
  leader().fixStrongly(ephemeron.key);
  leader().fixStrongly(ephemeron.value);
  if (!ephemeron.owner)
    return rememberWeak(ephemeron);
  Segment &segment = *arena_.segmentOf(ephemeron.owner);
  leader().addToSummary(segment, ephemeron.key.load());
  leader().addToSummary(segment, ephemeron.value.load());
}

void Tracer::rememberWeak(const Ephemeron &ephemeron) {
  Address object = ephemeron.key.address() - kWordSize;
  leader().rememberWeak(
      object, DescribedFormat::descriptorOf(DescribedFormat::withoutKept(
                  DescribedFormat::headerOf(object))));
}

void Tracer::scanGrey() {
  leader().scanOwn();
  while (trace_.stackOverflowed)
    scanMarkedAgain();
}

// ---- Guardians ----

/// Takes the guardians of blocks that nobody has found. False if there are
/// none, or nobody wants to know.
bool Tracer::takeDying() {
  for (Segment *each = white_.first(); each != nullptr; each = each->next) {
    Guardian *guardian = each->guardians;
    each->guardians = nullptr;
    while (guardian != nullptr) {
      Guardian *following = guardian->next;
      Ref now = leader().whereFound(guardian->block);
      if (now)
        moveTo(*guardian, now);
      else
        dying_.push(guardian);
      guardian = following;
    }
  }
  return !dying_.isEmpty() && findsDying_;
}

void Tracer::moveTo(Guardian &guardian, Ref block) {
  guardian.block = block;
  attach(*arena_.segmentOf(block.address()), guardian);
}

/// Of several guardians of one block, one is told.
void Tracer::findDying() {
  GuardianList told;
  while (Guardian *guardian = dying_.pop()) {
    if (Ref now = leader().whereFound(guardian->block)) {
      moveTo(*guardian, now);
      continue;
    }
    guardian->block = leader().fix(guardian->block);
    told.push(guardian);
  }
  dying_ = told;
  scanGrey();
}

// ---- Splatting ----

void Tracer::splat(RootSource *sources) {
  trace_.waiting = nullptr;
  splatDescribed();
  setScanFunctions(
      [](ScanState &self, Word *word) {
        auto *worker = static_cast<Worker *>(self.closure);
        worker->fixWeaklyAndSummarize(Slot::at(Address::of(word)));
        return true;
      },
      &leader());
  leader().scanState.fixPair = [](ScanState &self, Word *key, Word *value) {
    return static_cast<Worker *>(self.closure)->fixPair(key, value);
  };
  leader().setSplatting(true);
  for (Worker &worker : workers_)
    while (worker.finds().clientObjects.size() != 0)
      splatClient(worker.finds().clientObjects.pop());
  Address last;
  waiting_.forEachWaiting([&](const Ephemeron &each) {
    if (each.owner && each.owner != last)
      splatClient(each.owner); // All of its pairs, which are side by side.
    last = each.owner;
  });
  splatUncondemned();
  for (RootSource *each = sources; each != nullptr; each = each->next)
    each->visit(Rank::Weak, visitor_);
  leader().setSplatting(false);
}

void Tracer::splatDescribed() {
  for (Worker &worker : workers_)
    for (Slot slot : worker.finds().references) {
      leader().fixWeakly(slot);
      rememberWeak({slot, slot, {}});
    }
  waiting_.forEachWaiting([](const Ephemeron &each) {
    if (each.owner)
      return;
    each.key.store({});
    each.value.store({});
  });
}

void Tracer::splatClient(Address object) {
  leader().scanClientNow(*arena_.segmentOf(object), object);
}

/// Only where objects do not move do segments have ranks of their own
/// (pool/hole_pool.cpp). As scanUncondemned() does with the others.
void Tracer::splatUncondemned() {
  bool mayBe = false;
  forEachPool([&](Pool &pool) { mayBe |= !pool.options().isMoving; });
  if (!mayBe)
    return;
  forEachWithoutBarrier([&](Segment &segment) {
    if (segment.tag & kWhiteGrain || segment.rank != Rank::Weak ||
        !mayLeadToWhite(segment))
      return;
    arena_.protection().unprotect(segment);
    scanRoots(segment);
  });
}

} // namespace mps
