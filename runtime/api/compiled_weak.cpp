// Weak references and ephemerons of compiled code: include/mps/managed.h.
//
// All are leaves: the calling thread is Managed, and no collection can stop the
// world while it is in one. What a collection that runs beside the program has
// to be told, and what it hides, is told in collector/old_collection.h:
//
//   marking    what is loaded from a weak part is shaded: it is logged, without
//              a slot, unless it is marked already
//   clearing   what is not marked is garbage: it loads as null
//   evacuating a slot that leads to where an object was is healed
//
// A store to the weak part of a settled object logs the object, once, where a
// store to another slot logs the slot (trace/write_log.h, W2).
#include "api/compiled_heap.h"

#include "arena/log_table.h"
#include "platform/futex.h"
#include "pool/described_format.h"

using namespace mps;

#define MPS_ENTRY extern "C" __attribute__((visibility("default")))

namespace {

using Format = DescribedFormat;

constexpr Word kWeakLog = 1; ///< In a record's slot: the address of an object.

void log(Word slot, Word oldValue) {
  *mps_thread.logCursor++ = {slot, oldValue};
  if (mps_thread.logCursor == mps_thread.logLimit)
    static_cast<Mutator *>(mps_thread.mutator)->logFull();
}

OldCollection &oldCollection() {
  return CompiledHeap::instance()->heap().old();
}

/// What a mutator gets that loads from the slot, of a weak part.
Ref load(Slot slot) {
  if (oldCollection().evacuator().isActive()) [[unlikely]]
    oldCollection().evacuator().heal(slot);
  Ref ref = slot.load();
  if (ref.bits() == Format::busyKey()) [[unlikely]]
    return {};
  if (!ref || ref.bits() & abi::kTagMask)
    return ref;
  OldCollection &old = oldCollection();
  if (!old.isShading() && !old.isHiding()) [[likely]]
    return ref;
  if (!old.marker().isUnmarked(ref))
    return ref;
  if (old.isHiding())
    return {};
  log(0, ref.bits());
  return ref;
}

/// Before a store to the slot, of the weak part of the object.
void noteStore(Address object, Slot slot) {
  bool isOff = mps_thread.armedPages == LogTable::noPages();
  if (isOff || !LogTable::isArmed(slot))
    return;
  LogTable::disarmShared(slot);
  log(object.bits() | kWeakLog, 0);
}

void store(Address object, Slot slot, Word word) {
  noteStore(object, slot);
  slot.store(Ref::fromBits(word));
}

} // namespace

MPS_ENTRY Word mps_weak_get(Address weak) {
  return load(Format::weakSlot(weak)).bits();
}

MPS_ENTRY void mps_weak_set(Address weak, Word referent) {
  store(weak, Format::weakSlot(weak), referent);
}

MPS_ENTRY Word mps_ephemeron_key(Address ephemeron) {
  return load(Format::keySlot(ephemeron)).bits();
}

MPS_ENTRY Word mps_ephemeron_value(Address ephemeron) {
  if (mps_ephemeron_key(ephemeron) == 0)
    return 0;
  return load(Format::valueSlot(ephemeron)).bits();
}

/// The collector may be clearing it: that is two stores, which are waited for.
/// Once a key is stored that lives, it clears nothing.
MPS_ENTRY void mps_ephemeron_set(Address ephemeron, Word key, Word value) {
  Slot keySlot = Format::keySlot(ephemeron);
  Word *word = keySlot.address().as<Word>();
  noteStore(ephemeron, keySlot);
  for (unsigned step = 0;; ++step) {
    Word old = keySlot.load().bits();
    if (old == Format::busyKey())
      platform::backOff(step);
    else if (__atomic_compare_exchange_n(word, &old, key, false,
                                         __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
      break;
  }
  store(ephemeron, Format::valueSlot(ephemeron), key != 0 ? value : 0);
}
