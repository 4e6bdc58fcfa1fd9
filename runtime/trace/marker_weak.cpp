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

void Marker::recordIfCandidate(Slot slot) {
  Ref ref = slot.load();
  Chunk *chunk = nullptr;
  if (!isRecording_ || !isOfSnapshot(ref, chunk))
    return;
  std::size_t grain = chunk->grainOf(ref.address());
  if (chunk->tagOf(grain) & kCandidateGrain)
    candidates_.record(slot, *chunk->segments[grain], false);
}

void Marker::findWeakPart(Address object, const abi::TypeDescriptor &type) {
  if (type.flags & abi::kEphemeron)
    return findEphemeron({DescribedFormat::keySlot(object),
                          DescribedFormat::valueSlot(object),
                          {}});
  Slot slot = DescribedFormat::weakSlot(object);
  recordIfCandidate(slot);
  if (!weak_.push(slot))
    find(slot);
}

/// A mutator may have stored to it since it began to wait: then both of what it
/// holds live.
void Marker::findEphemeron(const Ephemeron &ephemeron) {
  Ref key = ephemeron.key.load();
  recordIfCandidate(ephemeron.key);
  if (!isUnmarked(key))
    return find(ephemeron.value);
  if (!waiting_.add(ephemeron)) {
    find(ephemeron.key);
    return find(ephemeron.value);
  }
  Chunk *chunk = chunkOf(key.address());
  __atomic_fetch_or(&chunk->tags[chunk->grainOf(key.address())], kAwaitedGrain,
                    __ATOMIC_RELAXED);
}

void Marker::findReady() {
  Ephemeron ephemeron;
  while (waiting_.take(ephemeron))
    find(ephemeron.value);
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
                                   abi::kBusyKey, false, __ATOMIC_ACQUIRE,
                                   __ATOMIC_RELAXED))
    return;
  ephemeron.value.store({});
  __atomic_store_n(ephemeron.key.address().as<Word>(), 0, __ATOMIC_RELEASE);
}

bool Marker::clearSome(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    Ephemeron ephemeron;
    if (weak_.size() != 0) {
      clear(weak_.pop());
    } else if (waiting_.remove(ephemeron)) {
      clear(ephemeron);
    } else {
      return false;
    }
  }
  return true;
}

} // namespace mps
