// The marker's part with weak references and ephemerons.
//
// 1. They are noted where the marker meets them. An ephemeron whose key is not
//    marked waits until it is; then its value is found.
// 2. What mutators load from a weak part while the marker marks is shaded
//    (api/compiled_weak.cpp), so what is unmarked when marking has ended is
//    garbage. Until it is cleared, mutators that load a reference to it get
//    null.
// 3. Then what leads to garbage is cleared, in steps. A mutator may store to
// the
//    same word: compare and swap. What it stores lives: it was reachable while
//    marking was going on, or is new.
#include "trace/marker.h"

namespace mps {

bool Marker::isUnmarked(Ref ref) const {
  Chunk *chunk = nullptr;
  return isOfSnapshot(ref, chunk) && !chunk->isMarked(baseOf(ref, *chunk));
}

void Marker::record(Slot slot) {
  Ref ref = slot.load();
  Chunk *chunk = nullptr;
  if (!isRecording_ || !isOfSnapshot(ref, chunk))
    return;
  std::size_t grain = chunk->grainOf(ref.address());
  if (chunk->tagOf(grain) & kCandidateGrain)
    candidates_.record(slot, *chunk->segments[grain]);
}

void Marker::findWeakPart(Address object, const abi::TypeDescriptor &type) {
  if (type.flags & abi::kEphemeron)
    return findEphemeron({DescribedFormat::keySlot(object),
                          DescribedFormat::valueSlot(object),
                          {}});
  Slot slot = DescribedFormat::weakSlot(object);
  record(slot);
  if (!weak_.push(slot))
    find(slot);
}

/// The key is loaded once: the next moment, a mutator may store another, or a
/// young collection clear it. Then both of what it holds live, or nothing is
/// left of them, and what it waits for does not matter.
void Marker::findEphemeron(const Ephemeron &ephemeron) {
  Ref key = ephemeron.key.load();
  record(ephemeron.key);
  if (!isUnmarked(key))
    return find(ephemeron.value);
  if (await(ephemeron, key))
    return;
  find(ephemeron.key);
  find(ephemeron.value);
}

/// Its key, which is of the snapshot and not marked. False if there is no
/// memory.
bool Marker::await(const Ephemeron &ephemeron, Ref key) {
  if (!waiting_.add(ephemeron, key))
    return false;
  Chunk *chunk = chunkOf(key.address());
  __atomic_fetch_or(&chunk->tags[chunk->grainOf(key.address())], kAwaitedGrain,
                    __ATOMIC_RELAXED);
  return true;
}

/// Some of those that are ready. Returns how many.
std::size_t Marker::findReady() {
  std::size_t count = 0;
  for (Ephemeron ephemeron; count < kQueued && waiting_.take(ephemeron);
       ++count)
    if (ephemeron.owner)
      findClient(ephemeron.known);
    else
      find(ephemeron.value);
  return count;
}

// ---- In clients' objects ----

bool Marker::noteForClient(ScanState &state, Word *word) {
  static_cast<Marker *>(state.closure)->noteSeen(Ref::fromBits(*word));
  return true;
}

void Marker::noteSeen(Ref ref) {
  Chunk *chunk = nullptr;
  if (!isOfSnapshot(ref, chunk))
    return;
  __builtin_prefetch(chunk->markWordOf(ref.address()));
  Ref oldest = seenQueue_[nextSeen_];
  seenQueue_[nextSeen_] = ref;
  nextSeen_ = (nextSeen_ + 1) % kQueued;
  noteIfUnmarked(oldest);
}

void Marker::noteIfUnmarked(Ref ref) {
  if (ref && isUnmarked(ref) && !seen_.push(ref.bits()))
    hasFailed_ = true;
}

void Marker::flushSeen() {
  for (Ref &each : seenQueue_) {
    noteIfUnmarked(each);
    each = Ref();
  }
}

void Marker::noteSeen(RootSource &source) {
  visitor_.setFix(noteForClient);
  source.visit(Rank::Weak, visitor_);
  flushSeen();
}

/// Some of it, when nothing else is left to mark.
void Marker::findSeen() {
  if (!hasMarkedSeen_)
    markedBefore_ = markedObjects_;
  hasMarkedSeen_ = true;
  for (unsigned i = 0; i < kQueued && seen_.size() != 0; ++i) {
    Ref ref = Ref::fromBits(seen_.pop());
    Chunk *chunk = nullptr;
    if (isOfSnapshot(ref, chunk))
      enqueue(ref, *chunk);
  }
}

/// In an object of rank ephemeron both words can be read; but when the key is
/// found, the segment may be hidden again.
bool Marker::markPairForClient(ScanState &state, Word *key, Word *value) {
  auto &self = *static_cast<Marker *>(state.closure);
  ++self.clientSlots_;
  Address owner = Address::of(key);
  Slot keySlot = Slot::at(owner), valueSlot = Slot::at(Address::of(value));
  Ref ref = keySlot.load(), known = valueSlot.load();
  if (self.isUnmarked(ref) &&
      self.await({keySlot, valueSlot, owner, known}, ref))
    return true;
  self.findClient(ref);
  self.findClient(known);
  return true;
}

bool Marker::clearForClient(ScanState &state, Word *word) {
  auto &self = *static_cast<Marker *>(state.closure);
  ++self.clientSlots_;
  if (self.isUnmarked(Ref::fromBits(*word)))
    *word = 0;
  return true;
}

bool Marker::clearPairForClient(ScanState &state, Word *key, Word *value) {
  auto &self = *static_cast<Marker *>(state.closure);
  ++self.clientSlots_;
  if (self.isUnmarked(Ref::fromBits(*key)))
    *key = *value = 0;
  return true;
}

void Marker::clear(Segment &segment) {
  coverForClients();
  segments_.clear(segment);
}

void Marker::clear(Slot slot) {
  Word word = slot.load().bits();
  if (isUnmarked(Ref::fromBits(word)))
    __atomic_compare_exchange_n(slot.address().as<Word>(), &word, 0, false,
                                __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

/// While its key is busy, a mutator that wants to store to it waits, and one
/// that loads from it gets null.
void Marker::clear(const Ephemeron &ephemeron) {
  Word key = ephemeron.key.load().bits();
  if (!isUnmarked(Ref::fromBits(key)) ||
      !__atomic_compare_exchange_n(ephemeron.key.address().as<Word>(), &key,
                                   DescribedFormat::busyKey(), false,
                                   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
    return;
  ephemeron.value.store({});
  __atomic_store_n(ephemeron.key.address().as<Word>(), 0, __ATOMIC_RELEASE);
}

/// Clients' ephemerons are cleared with their segments.
bool Marker::clearSome(std::size_t count) {
  coverForClients();
  for (std::size_t i = 0; i < count; ++i) {
    Ephemeron ephemeron;
    bool isDead = false;
    clientSlots_ = 0;
    if (segments_.clearOne()) {
      i += clientSlots_;
      continue;
    }
    if (weak_.size() != 0) {
      clear(weak_.pop());
    } else if (waiting_.remove(ephemeron, isDead)) {
      if (isDead && !ephemeron.owner)
        clear(ephemeron);
    } else {
      return false;
    }
  }
  return true;
}

} // namespace mps
