#include "trace/marker.h"

namespace mps {

namespace {
/// Of a grey word: an array of which a part has been scanned.
constexpr Word kRestTag = 1;
/// Elements of an array that are looked at in one go.
constexpr std::size_t kElementsTogether = 16;
/// What finding out what an ambiguous word means is reckoned as, besides the
/// objects that are looked at, and a slot for the mark bits of so many bytes.
constexpr std::size_t kSlotsOfWord = 9, kMarksOfSlot = 32 * 64 * kWordSize;
/// Of the heap: what is noted of exact roots.
constexpr std::size_t kPartForExact = 64;
/// What making a segment writable, and protecting it again, is reckoned as.
constexpr std::size_t kSlotsOfOpening = 32;
/// Objects after which it looks whether it is to stop.
constexpr std::size_t kObjectsTogether = 32;
} // namespace

void Marker::begin(Pool *pools) {
  firstChunk_ = lastChunk_ = arena_.firstChunk();
  while (lastChunk_->next != nullptr)
    lastChunk_ = lastChunk_->next;
  for (Pool *pool = pools; pool != nullptr; pool = pool->next) {
    unsigned top = pool->chain().top();
    for (auto &ofWorker : pool->destinations)
      ofWorker[top] = {}; // What settles from now on is not of the snapshot.
    pool->segments[Pool::kSnapshot] = pool->segments[top].takeAll();
    pool->noteSnapshot();
  }
  arena_.takeSnapshot();
  grey_.clear();
  exact_.clear();
  ambiguous_.clear();
  oldValues_.clear();
  noted_.clear();
  weak_.clear();
  waiting_.clear();
  seen_.clear();
  for (Ref &each : queue_)
    each = Ref();
  for (Ref &each : seenQueue_)
    each = Ref();
  next_ = nextSeen_ = 0;
  markedObjects_ = 0;
  hasMarkedSeen_ = false;
  hasFailed_ = false;
  hasClients_ = hasHeaders_ = false;
  for (Pool *pool = pools; pool != nullptr; pool = pool->next)
    if (!pool->isDescribed()) {
      hasClients_ = true;
      hasHeaders_ |= pool->options().format->headerSize != 0;
    }
  candidates_.begin();
  isRecording_ = candidates_.isRecording();
  coverForClients();
  segments_.begin(states_);
  segments_.protectAll(pools);
  flushSeen();
}

// ---- Clients' functions ----

void Marker::coverForClients() {
  states_.forEach([this](ScanState &each) {
    each.cover(arena_.span());
    each.closure = this;
    each.fix = markForClient;
  });
  states_.seen.fix = noteForClient;
  states_.clearing.fix = states_.clearingPairs.fix = clearForClient;
  states_.greyPairs.fixPair = markPairForClient;
  states_.clearingPairs.fixPair = clearPairForClient;
}

bool Marker::markForClient(ScanState &state, Word *word) {
  static_cast<Marker *>(state.closure)->findClient(Ref::fromBits(*word));
  return true;
}

/// Nothing of a client's object is a candidate, nor leads to one: there are
/// none where there are clients. And a client's object is not read when it is
/// marked.
void Marker::findClient(Ref ref) {
  ++clientSlots_;
  Chunk *chunk = nullptr;
  if (!isOfSnapshot(ref, chunk))
    return;
  std::size_t grain = chunk->grainOf(ref.address());
  std::uint8_t tag = chunk->tagOf(grain);
  if (!(tag & kClientGrain))
    return enqueue(ref, *chunk);
  if (!(tag & kLeafGrain)) {
    __builtin_prefetch(&chunk->segments[grain]);
    __builtin_prefetch(chunk->greyWordOf(ref.address()));
  }
  fetchSegment();
  await(ref, *chunk);
}

/// Of what has been in the queue for half of its time, if it is not marked.
void Marker::fetchSegment() {
  Ref ref = queue_[(next_ + kQueued / 2) % kQueued];
  Chunk *chunk = nullptr;
  if (!ref || !isOfSnapshot(ref, chunk))
    return;
  std::size_t grain = chunk->grainOf(ref.address());
  constexpr std::uint8_t kOfInterest = kClientGrain | kLeafGrain;
  if ((chunk->tagOf(grain) & kOfInterest) == kClientGrain &&
      !chunk->isMarked(ref.address()))
    __builtin_prefetch(&chunk->segments[grain]->isGrey);
}

void Marker::pass(Segment &segment) {
  if (!arena_.isOfSnapshot(segment))
    return;
  coverForClients();
  segments_.pass(segment);
  flushSeen();
  flush(); // Whether there is something new is known then.
}

void Marker::show(const Segment &segment, Address dependent) {
  coverForClients();
  segments_.show(segment, dependent);
  flush();
}

void Marker::abandon(Pool *pools) {
  grey_.clear();
  exact_.clear();
  ambiguous_.clear();
  oldValues_.clear();
  noted_.clear();
  weak_.clear();
  waiting_.clear();
  seen_.clear();
  for (Pool *pool = pools; pool != nullptr; pool = pool->next)
    while (Segment *segment = pool->segments[Pool::kSnapshot].pop()) {
      segment->chunk->clearMarks(
          {segment->extent.base,
           segment->extent.limit.alignedUp(Chunk::kMarksTogether)});
      arena_.setTag(segment, segment->tag);
      if (pool->isProtected())
        SegmentMarker::forget(arena_, *segment);
      pool->adopt(segment);
    }
}

bool Marker::isDone() const {
  for (Ref each : queue_)
    if (each)
      return false;
  return !waiting_.isReady() && grey_.size() == 0 && segments_.isDone() &&
         oldValues_.size() == 0 && exact_.size() == 0 && noted_.size() == 0 &&
         ambiguous_.size() == 0 && seen_.size() == 0;
}

/// There may be millions, which are not to be copied.
void Marker::add(GrowingArray<Word> &oldValues, GrowingArray<Word> &ambiguous,
                 GrowingArray<Slot> &noted) {
  if (oldValues_.size() == 0)
    oldValues_.swap(oldValues);
  if (ambiguous_.size() == 0)
    ambiguous_.swap(ambiguous);
  if (noted_.size() == 0)
    noted_.swap(noted);
}

// ---- Marking ----

/// Chunks that were added later have nothing of the snapshot.
Chunk *Marker::chunkOf(Address address) const {
  for (Chunk *chunk = firstChunk_;; chunk = chunk->next) {
    if (chunk->extent.contains(address))
      return chunk;
    if (chunk == lastChunk_)
      return nullptr;
  }
}

bool Marker::isOfSnapshot(Ref ref, Chunk *&chunk) const {
  chunk = chunkOf(ref.address());
  return chunk != nullptr && !(ref.bits() & abi::kTagMask) &&
         arena_.isOfSnapshot(chunk->tagOf(chunk->grainOf(ref.address())));
}

/// Where the object begins that is of the snapshot, and has the mark.
Address Marker::baseOf(Ref ref, const Chunk &chunk) const {
  if (!hasHeaders_) [[likely]]
    return ref.address();
  std::size_t grain = chunk.grainOf(ref.address());
  if (!(chunk.tagOf(grain) & kClientGrain))
    return ref.address();
  const PoolOptions &options = chunk.segments[grain]->pool->options();
  return ClientFormat(*options.format).baseOf(ref);
}

void Marker::push(Word word) {
  if (!grey_.push(word))
    hasFailed_ = true;
}

void Marker::mark(Ref ref) {
  Chunk *chunk = nullptr;
  if (!isOfSnapshot(ref, chunk))
    return;
  std::size_t grain = chunk->grainOf(ref.address());
  std::uint8_t tag = chunk->tagOf(grain);
  Address object = baseOf(ref, *chunk);
  if (!chunk->mark(object))
    return;
  if ((tag & (kClientGrain | kLeafGrain)) == kClientGrain) [[unlikely]]
    segments_.makeGrey(*chunk->segments[grain], object);
  else if (!(tag & kLeafGrain))
    push(ref.bits());
  noteMarked(ref, tag);
}

void Marker::noteMarked(Ref ref, std::uint8_t tag) {
  ++markedObjects_;
  if (tag & kAwaitedGrain)
    waiting_.found(ref);
}

void Marker::enqueue(Ref ref, Chunk &chunk) {
  __builtin_prefetch(ref.address().as());
  await(ref, chunk);
}

void Marker::await(Ref ref, Chunk &chunk) {
  __builtin_prefetch(chunk.markWordOf(ref.address()));
  Ref oldest = queue_[next_];
  queue_[next_] = ref;
  next_ = (next_ + 1) % kQueued;
  if (oldest)
    mark(oldest);
}

/// Of an object of the snapshot.
void Marker::find(Slot slot) {
  Ref ref = slot.load();
  Chunk *chunk = nullptr;
  if (!isOfSnapshot(ref, chunk))
    return;
  std::size_t grain = chunk->grainOf(ref.address());
  std::uint8_t tag = chunk->tagOf(grain);
  if (isRecording_ && tag & kCandidateGrain)
    candidates_.record(slot, *chunk->segments[grain]);
  if (tag & kLeafGrain) // Nobody will look at it.
    await(ref, *chunk);
  else
    enqueue(ref, *chunk);
}

void Marker::flush() {
  for (Ref &each : queue_) {
    Ref ref = each;
    each = Ref();
    if (ref)
      mark(ref);
  }
}

/// Returns how many slots it has looked at.
std::size_t Marker::scan(Address object) {
  const auto &type =
      DescribedFormat::descriptorOf(DescribedFormat::headerOf(object));
  std::size_t slots = 1;
  DescribedFormat::forEachFixedSlot(object, type, [&](Slot slot) {
    ++slots;
    find(slot);
  });
  if (DescribedFormat::hasWeakPart(type))
    findWeakPart(object, type);
  if (type.elementMap != 0)
    slots += scanElements(object, type, 0);
  return slots;
}

/// Looks at some elements from `first` on, and notes the rest.
std::size_t Marker::scanElements(Address object,
                                 const abi::TypeDescriptor &type,
                                 std::size_t first) {
  std::size_t end = DescribedFormat::lengthOf(object, type);
  if (end - first > kElementsTogether) {
    end = first + kElementsTogether;
    push(end);
    push(object.bits() | kRestTag);
  }
  std::size_t slots = 0;
  DescribedFormat::forEachInElements(object, type, first, end, [&](Slot slot) {
    ++slots;
    find(slot);
  });
  return slots;
}

/// Looks at an old value, at what an exact root held, or at what an ambiguous
/// word means. False if there is none of those.
bool Marker::takeWord(std::size_t &done) {
  if (oldValues_.size() != 0 || exact_.size() != 0) {
    auto &known = oldValues_.size() != 0 ? oldValues_ : exact_;
    Ref ref = Ref::fromBits(known.pop());
    Chunk *chunk = nullptr;
    if (isOfSnapshot(ref, chunk))
      enqueue(ref, *chunk);
    ++done;
  } else if (ambiguous_.size() != 0) {
    done += markMeant(ambiguous_.pop());
  } else {
    return false;
  }
  return true;
}

std::size_t Marker::step(std::size_t slots,
                         const std::atomic<unsigned> &isWanted) {
  std::size_t done = 0;
  coverForClients();
  for (unsigned i = 1;
       done + kSlotsOfOpening * segments_.opened() < slots && !hasFailed_;
       ++i) {
    if (i % kObjectsTogether == 0 &&
        isWanted.load(std::memory_order_relaxed) != 0)
      break;
    if (grey_.size() == 0 && segments_.isDone() && oldValues_.size() == 0 &&
        exact_.size() == 0) {
      flush();
      if (waiting_.isReady()) {
        done += findReady();
        continue;
      }
    }
    // First, so that few are ever kept. And what is grey in a client's segment
    // is scanned together: the more of it is known, the more seldom is it
    // opened.
    if (takeWord(done))
      continue;
    if (!segments_.isDone()) {
      clientSlots_ = 0;
      segments_.step();
      done += 1 + clientSlots_;
    } else if (grey_.size() != 0) {
      Word grey = grey_.pop();
      Address object = Address::fromBits(grey & ~kRestTag);
      if (grey & kRestTag)
        done += scanElements(
            object,
            DescribedFormat::descriptorOf(DescribedFormat::headerOf(object)),
            grey_.pop());
      else
        done += scan(object);
    } else if (noted_.size() != 0) {
      record(noted_.pop());
      ++done;
    } else if (seen_.size() != 0) {
      findSeen();
      done += kQueued;
    } else {
      break;
    }
  }
  segments_.close();
  flushSeen();
  return done;
}

// ---- Roots ----

RootVisitor &Marker::visitor(Rank rank) {
  visitor_.setRank(rank);
  return visitor_;
}

void Marker::Visitor::setFix(bool (*fix)(ScanState &, Word *)) {
  state_.least = marker_.firstChunk_->extent.base.bits();
  state_.size = ~state_.least;
  state_.closure = &marker_;
  state_.fix = fix;
}

void Marker::Visitor::setRank(Rank rank) {
  setFix(nullptr);
  switch (rank) {
  case Rank::Ambiguous:
    state_.fix = [](ScanState &state, Word *word) {
      static_cast<Marker *>(state.closure)->addAmbiguous(*word);
      return true;
    };
    break;
  case Rank::Weak:
    state_.fix = [](ScanState &state, Word *word) {
      if (static_cast<Marker *>(state.closure)
              ->isUnmarked(Ref::fromBits(*word)))
        *word = 0;
      return true;
    };
    break;
  default:
    state_.fix = [](ScanState &state, Word *word) {
      static_cast<Marker *>(state.closure)->addExact(*word);
      return true;
    };
  }
}

/// Those are marked in steps, too, if they are few beside the heap: what is
/// noted of them takes memory.
void Marker::addExact(Word word) {
  if (word == 0)
    return;
  if (exact_.size() >= arena_.used() / kPartForExact / kWordSize ||
      !exact_.push(word))
    mark(Ref::fromBits(word));
}

/// What the words mean is found out in steps: objects of the snapshot stay
/// where they are.
void Marker::addAmbiguous(Word word) {
  Chunk *chunk = nullptr;
  if (isOfSnapshot(Ref::fromBits(word & ~abi::kTagMask), chunk) &&
      !ambiguous_.push(word))
    hasFailed_ = true;
}

[[gnu::no_sanitize("address", "thread")]] void
Marker::Visitor::ambiguous(Extent words) {
  for (Address each = words.base.alignedUp(kWordSize); each < words.limit;
       each += kWordSize)
    marker_.addAmbiguous(*each.as<Word>());
}

/// The last object known to begin not behind the address, or, if there is none,
/// the first behind it. It is the segment's first, if the address lies there,
/// which may be large; or else the last before it that is marked, so where many
/// words lead to a segment, few objects are looked at from there on.
Address Marker::knownBefore(Address address, const Segment &segment,
                            std::size_t &slots) {
  const Pool &pool = *segment.pool;
  Address first = pool.nextObject(segment, segment.extent.base);
  if (first >= segment.fill)
    return first;
  Address following = first + pool.sizeOfAny(first);
  if (address < following)
    return first;
  Address marked = segment.chunk->lastMarked(following, address);
  slots += (address - (marked ? marked : following)) / kMarksOfSlot;
  return marked ? marked : pool.nextObject(segment, following);
}

/// Marks the object that the word lies in. Returns how many slots that is
/// reckoned as.
std::size_t Marker::markMeant(Word word) {
  Address address = Address::fromBits(word);
  Chunk *chunk = chunkOf(address);
  Segment &segment = *chunk->segments[chunk->grainOf(address)];
  if (segment.isHidden)
    segments_.open(segment);
  Pool &pool = *segment.pool;
  std::size_t slots = kSlotsOfWord;
  Address object = knownBefore(address, segment, slots);
  for (;; ++slots) {
    if (object >= segment.fill)
      return slots;
    Address following = object + pool.sizeOfAny(object);
    if (address < following) {
      Ref ref = pool.referenceTo(object);
      if (!pool.isPadding(object) &&
          (pool.options().acceptsInterior || word == ref.bits()))
        mark(ref);
      return slots;
    }
    object = pool.nextObject(segment, following);
  }
}

} // namespace mps
