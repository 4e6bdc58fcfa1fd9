// The entry points of compiled code: include/mps/abi/entry_points.h tells what
// each may do, and in which state its thread is.
#include "api/compiled_heap.h"
#include "api/pause_log.h"

#include "arena/log_table.h"
#include "base/check.h"
#include "pool/described_format.h"

#include <cstring>

using namespace mps;
using abi::AllocationPoint;
using abi::ThreadState;
using abi::TypeDescriptor;

#define MPS_ENTRY extern "C" __attribute__((visibility("default")))

namespace {

std::atomic<mps_out_of_memory_t> outOfMemoryHandler{nullptr};

Evacuator &evacuator() {
  return CompiledHeap::instance()->heap().old().evacuator();
}

Mutator &currentMutator() {
  return *static_cast<Mutator *>(mps_thread.mutator);
}

/// Within it, the thread is in the runtime, called from managed code, with the
/// heap locked, but for assists of the marker.
class InRuntime {
public:
  InRuntime(CompiledHeap &compiled, Mutator &mutator, PauseLog::Pause &pause)
      : compiled_(compiled), mutator_(mutator), pause_(pause) {
    pause_.measure();
    mutator_.isInRuntime = true;
    compiled_.heap().lock().lock();
    pause_.begin(compiled_.heap().pauseParts());
  }
  ~InRuntime() {
    pause_.end(compiled_.heap().pauseParts());
    mutator_.isInRuntime = false;
    compiled_.heap().lock().unlock();
  }

private:
  CompiledHeap &compiled_;
  Mutator &mutator_;
  PauseLog::Pause &pause_;
};

std::size_t alignmentOf(const TypeDescriptor &type, std::size_t alignment) {
  std::size_t own = std::size_t(1) << (type.flags >> abi::kAlignmentShift);
  return own > alignment ? own : alignment;
}

/// At the buffer's allocation point, where there is room. The thread is Managed,
/// and has no lock.
void *place(Buffer &buffer, const TypeDescriptor &type, std::size_t size,
            std::size_t alignment, PauseLog::Pause &pause) {
  {
    PauseLog::During during(pause, Part::Memory);
    Pool::clearGiven(buffer);
  }
  Address alloc = Address::fromBits(buffer.point->alloc);
  Address object = alloc.alignedUp(alignment);
  if (object != alloc)
    DescribedFormat::pad(alloc, object - alloc);
  buffer.point->alloc = (object + size).bits();
  *object.as<const TypeDescriptor *>() = &type;
  return object.as();
}

/// Without the lock: from what a buffer recycles. The thread is Managed
/// meanwhile, so that recycling does not end.
void *tryAlone(Mutator &mutator, Buffer &buffer, const TypeDescriptor &type,
               std::size_t size, std::size_t alignment,
               PauseLog::Pause &pause) {
  const Chain &chain = buffer.pool->chain();
  auto refillsAlone = [&] {
    return __atomic_load_n(&chain.refillsAlone, __ATOMIC_RELAXED);
  };
  if (!refillsAlone() ||
      !mutator.change(ThreadState::Foreign, ThreadState::Managed))
    return nullptr;
  std::size_t slack = alignment > abi::kObjectAlignment ? alignment : 0;
  if (refillsAlone() && !buffer.pool->isLarge(size + slack) &&
      buffer.pool->giveGap(buffer, size + slack))
    return place(buffer, type, size, alignment, pause);
  mutator.change(ThreadState::Managed, ThreadState::Foreign);
  return nullptr;
}

/// The object with its header, or null. If it is not null, the thread is
/// Managed afterwards: no collection can come before compiled code has it.
void *tryAllocate(CompiledHeap &compiled, AllocationPoint &point,
                  const TypeDescriptor &type, std::size_t size,
                  std::size_t alignment, Contents contents, Age age,
                  PauseLog::Pause &pause) {
  Mutator &mutator = currentMutator();
  Buffer &buffer =
      &point == mutator.leaf.point ? mutator.leaf : mutator.scanned;
  Pool &pool = *buffer.pool;
  pause.measure();
  if (void *object =
          tryAlone(mutator, buffer, type, size, alignment, pause))
    return object;
  std::size_t slack = alignment > abi::kObjectAlignment ? alignment : 0;
  if (pool.isLarge(size + slack)) {
    InRuntime inRuntime(compiled, mutator, pause);
    Address object;
    if (compiled.heap().allocateLarge(pool, &object, size, contents, age) !=
        Result::Ok)
      return nullptr;
    *object.as<const TypeDescriptor *>() = &type;
    mutator.change(ThreadState::Foreign, ThreadState::Managed);
    return object.as();
  }
  {
    InRuntime inRuntime(compiled, mutator, pause);
    if (compiled.heap().refill(buffer, size + slack) != Result::Ok)
      return nullptr;
    mutator.change(ThreadState::Foreign, ThreadState::Managed);
  }
  return place(buffer, type, size, alignment, pause);
}

[[noreturn]] void endWithoutMemory() {
  mps_lib_fputs("mps: out of memory: the heap is full of live objects; "
                "MPS_HEAP_LIMIT sets its limit, and mps_out_of_memory_set a "
                "handler (mps/runtime.h)\n",
                mps_lib_get_stderr());
  __builtin_abort();
}

void *allocate(AllocationPoint &point, const TypeDescriptor &type,
               std::size_t size, std::size_t alignment,
               Contents contents = Contents::Zero, Age age = Age::Young) {
  PauseLog::Pause pause;
  CompiledHeap &compiled = CompiledHeap::require();
  for (;;) {
    if (void *object = tryAllocate(compiled, point, type, size, alignment,
                                   contents, age, pause))
      return object;
    mps_out_of_memory_t handler = outOfMemoryHandler.load();
    if (handler == nullptr || handler(size) == 0)
      endWithoutMemory();
  }
}

constexpr std::size_t kTooLarge = ~std::size_t(0) / 2;

void *allocateArray(AllocationPoint &point, const TypeDescriptor &type,
                    std::size_t count, std::size_t alignment,
                    Contents contents) {
  std::size_t size = 0;
  if (__builtin_mul_overflow(count, std::size_t(type.elementSize), &size) ||
      size > kTooLarge)
    size = kTooLarge;
  size = alignUp(type.fixedSize + size, abi::kObjectAlignment);
  Age age = count > abi::kMostYoungElements ? Age::Any : Age::Young;
  void *object =
      allocate(point, type, size, alignmentOf(type, alignment), contents, age);
  *(Address::of(object) + type.lengthOffset).as<std::size_t>() = count;
  return object;
}

} // namespace

// ---- Safepoints ----

MPS_ENTRY void *mps_rt_allocate(AllocationPoint *point,
                                const TypeDescriptor *type, std::size_t size,
                                std::size_t alignment) {
  return allocate(*point, *type, size, alignmentOf(*type, alignment));
}

MPS_ENTRY void *mps_rt_allocate_array(AllocationPoint *point,
                                      const TypeDescriptor *type,
                                      std::size_t count,
                                      std::size_t alignment) {
  return allocateArray(*point, *type, count, alignment, Contents::Zero);
}

MPS_ENTRY void *mps_rt_allocate_uninitialized_array(AllocationPoint *point,
                                                    const TypeDescriptor *type,
                                                    std::size_t count,
                                                    std::size_t alignment) {
  return allocateArray(*point, *type, count, alignment, Contents::Any);
}

MPS_ENTRY void mps_rt_poll() {
  CompiledHeap &compiled = CompiledHeap::require();
  Mutator &mutator = currentMutator();
  compiled.heap().world().awaitHold(mutator);
  const abi::ExitRecord &exit = *mps_thread.exitHead;
  if (!compiled.heap().takesPolls() && !mutator.hasLoggedMost() &&
      !mutator.quietFrames.isReached(Address::fromBits(exit.stackPointer)))
    return;
  PauseLog::Pause pause;
  InRuntime inRuntime(compiled, mutator, pause);
  compiled.heap().makeReady(mutator, exit);
  compiled.heap().poll(mutator);
}

// ---- The read barrier ----

MPS_ENTRY void mps_rt_heal(std::uintptr_t slot) {
  evacuator().heal(Slot::at(Address::fromBits(slot)));
}

MPS_ENTRY void mps_rt_heal_range(const void *from, std::size_t size) {
  evacuator().healRange(Extent::of(Address::of(from), size));
}

// ---- The write barrier ----

MPS_ENTRY void mps_rt_log_full() {
  PauseLog::Pause pause;
  pause.measure();
  currentMutator().logFull();
}

namespace {

/// Which words are to be logged. Of an object in the heap all are armed, also
/// those with numbers; of what is outside of it, only slots are.
class SlotsOf {
public:
  explicit SlotsOf(Address object) : object_(object) {}
  bool contain(Slot word) {
    if (!isKnown_) { // Few writes are to what is armed.
      isInHeap_ = CompiledHeap::require().isInHeap(object_);
      isKnown_ = true;
    }
    return !isInHeap_ || DescribedFormat::isSlot(object_, word);
  }

private:
  Address object_;
  bool isKnown_ = false, isInHeap_ = false;
};

/// Before words of `object`, or of what is not in the heap, are overwritten.
void logWords(Address base, std::size_t size, Address object) {
  constexpr std::size_t kPage = std::size_t(1) << LogTable::kPageShift;
  auto *table = mps_thread.logTable;
  SlotsOf slots(object);
  for (Address slot = base.alignedUp(kWordSize); slot < base + size;
       slot += kWordSize) {
    if (!mps_thread.armedPages[slot.bits() >> LogTable::kPageShift]) {
      slot = (slot + kWordSize).alignedUp(kPage) - kWordSize;
      continue;
    }
    std::uint64_t &bits = table[slot.bits() >> 9];
    std::uint64_t bit = std::uint64_t(1) << ((slot.bits() >> 3) & 63);
    if (!(bits & bit) || !slots.contain(Slot::at(slot))) [[likely]]
      continue;
    // In this order: once another thread finds the bit clear, it does not log.
    Word old = __atomic_load_n(slot.as<Word>(), __ATOMIC_ACQUIRE);
    __atomic_store_n(&bits, bits & ~bit, __ATOMIC_RELEASE);
    *mps_thread.logCursor++ = {slot.bits(), old};
    if (mps_thread.logCursor == mps_thread.logLimit)
      mps_rt_log_full();
  }
}

void moveWords(Word *to, const Word *from, std::size_t count) {
  if (to <= from || to >= from + count)
    for (std::size_t i = 0; i < count; ++i)
      __atomic_store_n(to + i, __atomic_load_n(from + i, __ATOMIC_RELAXED),
                       __ATOMIC_RELAXED);
  else
    for (std::size_t i = count; i-- > 0;)
      __atomic_store_n(to + i, __atomic_load_n(from + i, __ATOMIC_RELAXED),
                       __ATOMIC_RELAXED);
}

} // namespace

MPS_ENTRY void mps_rt_copy(void *to, const void *from, std::size_t size,
                           void *object) {
  if (evacuator().isActive()) [[unlikely]]
    mps_rt_heal_range(from, size);
  logWords(Address::of(to), size, Address::of(object));
  Word bits = Address::of(to).bits() | Address::of(from).bits() | size;
  if (isAligned(bits, kWordSize))
    moveWords(static_cast<Word *>(to), static_cast<const Word *>(from),
              size / kWordSize);
  else
    std::memmove(to, from, size);
}

MPS_ENTRY void mps_rt_fill(void *to, unsigned char value, std::size_t size,
                           void *object) {
  logWords(Address::of(to), size, Address::of(object));
  std::memset(to, value, size);
}

// ---- Identity hashes ----

MPS_ENTRY std::uint64_t mps_rt_identity_hash(Word reference) {
  return CompiledHeap::require().identityHash(reference);
}

// ---- Thread-local variables ----

MPS_ENTRY void mps_rt_add_thread_local(const abi::ModuleDescriptor *module,
                                       unsigned char *ready, void *words,
                                       std::uint64_t map) {
  *ready = 1;
  // Two object files may use one variable; then it is shown twice.
  ThreadLocalRoot root = {module, ready, Address::of(words), map};
  MPS_CHECK(currentMutator().threadLocals.push(root),
            "no memory for a thread's thread-local roots");
}

// ---- In and out of managed code ----

MPS_ENTRY std::uint32_t mps_rt_enter_slow() {
  if (mps_thread.mutator == nullptr)
    CompiledHeap::require().attachCurrentThread();
  Mutator &mutator = currentMutator();
  if (mutator.state() == ThreadState::Managed)
    return 1;
  PauseLog::Pause pause;
  pause.measure();
  mutator.enterManaged();
  return 0;
}

MPS_ENTRY void mps_rt_return_slow() {
  PauseLog::Pause pause;
  pause.measure();
  currentMutator().enterManaged();
}

MPS_ENTRY void mps_rt_drop_dead_records(std::uintptr_t stackPointer) {
  abi::ExitRecord *record = mps_thread.exitHead;
  while (record != nullptr &&
         reinterpret_cast<std::uintptr_t>(record) < stackPointer)
    record = record->previous;
  mps_thread.exitHead = record;
  if (mps_thread.mutator != nullptr)
    currentMutator().noteJump(Address::fromBits(stackPointer));
}

MPS_ENTRY void mps_rt_land(std::uintptr_t stackPointer) {
  mps_rt_drop_dead_records(stackPointer);
  currentMutator().enterManaged();
}

// ---- Handles, and what hosts call: mps/runtime.h ----

MPS_ENTRY mps_handle_s *mps_handle_create(Word reference) {
  return reinterpret_cast<mps_handle_s *>(
      CompiledHeap::require().handles().create(reference));
}

MPS_ENTRY Word mps_handle_get(mps_handle_s *handle) {
  return __atomic_load_n(reinterpret_cast<Word *>(handle), __ATOMIC_RELAXED);
}

MPS_ENTRY void mps_handle_set(mps_handle_s *handle, Word reference) {
  CompiledHeap::require().handles().set(reinterpret_cast<Word *>(handle),
                                        reference);
}

/// The collector does not run meanwhile, and so the object stays.
MPS_ENTRY std::uint64_t mps_handle_identity_hash(mps_handle_s *handle) {
  CompiledHeap &compiled = CompiledHeap::require();
  platform::Locked locked(compiled.heap().lock());
  return compiled.identityHash(mps_handle_get(handle));
}

MPS_ENTRY void *mps_reference_read(void *slot) {
  CompiledHeap &compiled = CompiledHeap::require();
  platform::Locked locked(compiled.heap().lock());
  Slot place = Slot::at(Address::of(slot));
  if (evacuator().isActive())
    evacuator().heal(place);
  return place.load().address().as();
}

MPS_ENTRY void mps_handle_destroy(mps_handle_s *handle) {
  if (handle != nullptr)
    CompiledHeap::require().handles().destroy(reinterpret_cast<Word *>(handle));
}

MPS_ENTRY mps_out_of_memory_t
mps_out_of_memory_set(mps_out_of_memory_t handler) {
  return outOfMemoryHandler.exchange(handler);
}
