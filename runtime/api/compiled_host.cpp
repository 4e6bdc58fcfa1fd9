// What hosts and programs call: mps/runtime.h, but for handles.
#include "api/compiled_heap.h"

using namespace mps;

#define MPS_ENTRY extern "C" __attribute__((visibility("default")))

MPS_ENTRY mps_arena_t mps_default_arena() {
  CompiledHeap *compiled = CompiledHeap::instance();
  return compiled != nullptr ? &compiled->arena() : nullptr;
}

MPS_ENTRY void mps_settings_get(mps_settings_s *settings) {
  CompiledHeap *compiled = CompiledHeap::instance();
  *settings = compiled != nullptr ? compiled->settings() : initialSettings();
}

MPS_ENTRY mps_res_t mps_settings_set(const mps_settings_s *settings) {
  return mps_res_t(CompiledHeap::require().apply(*settings));
}

namespace {

void collect(Heap::Scope scope) {
  CompiledHeap *compiled = CompiledHeap::instance();
  if (compiled == nullptr)
    return;
  platform::Locked locked(compiled->heap().lock());
  if (!compiled->heap().settings().epsilon)
    compiled->heap().collect(scope, "asked for");
}

} // namespace

MPS_ENTRY void mps_collect() { collect(Heap::Scope::Compact); }
MPS_ENTRY void mps_collect_young() { collect(Heap::Scope::Young); }

MPS_ENTRY mps_res_t mps_finalize_object(mps_addr_t object) {
  mps_arena_t arena = &CompiledHeap::require().arena();
  mps_message_type_enable(arena, mps_message_type_finalization());
  return mps_finalize(arena, &object); // It is pinned by whoever called.
}

MPS_ENTRY mps_handle_t mps_finalized_next() {
  CompiledHeap &compiled = CompiledHeap::require();
  platform::Locked locked(compiled.heap().lock());
  Messages &messages = compiled.heap().messages();
  const Message *first = messages.firstOf(MessageType::Dying);
  if (first == nullptr)
    return nullptr;
  Word block = static_cast<const DyingMessage *>(first)->block.bits();
  Word *handle = compiled.handles().create(block);
  if (handle != nullptr)
    messages.discard(*messages.take(MessageType::Dying));
  return reinterpret_cast<mps_handle_t>(handle);
}

MPS_ENTRY void mps_statistics_get(mps_statistics_s *out) {
  *out = {};
  CompiledHeap *compiled = CompiledHeap::instance();
  if (compiled == nullptr)
    return;
  platform::Locked locked(compiled->heap().lock());
  const Statistics &from = compiled->heap().statistics();
  out->allocated_bytes = compiled->allocatedBytes();
  out->collections = from.collections;
  out->full_collections = from.fullCollections;
  out->old_collections = from.oldCollections;
  out->moved_objects = from.movedObjects;
  out->moved_bytes = from.movedBytes;
  out->pinned_objects = from.pinnedObjects;
  out->pinned_bytes = from.pinnedBytes;
  out->settled_bytes = from.settledBytes;
  out->kept_objects = from.keptObjects;
  out->kept_bytes = from.keptBytes;
  out->precise_frames = from.preciseFrames;
  out->ambiguous_words = from.ambiguousWords;
  out->longest_pause_ns = from.longestPause;
  out->total_pause_ns = from.totalPause;
  out->pause_processor_ns = from.processorPause;
  out->longest_stop_ns = from.longestStop;
  out->total_stop_ns = from.totalStop;
  out->stops = from.stops;
  out->peak_bytes = compiled->heap().arena().peakCommitted();
  out->root_table_bytes = RootTables::sizeInBytes();
}

MPS_ENTRY void mps_thread_stack_set(void *cold) {
  if (platform::StoppableThread *thread = platform::currentThread())
    thread->setColdEnd(Address::of(cold));
}
