// The default heap of a compiled program.
//
// It is made when the first module of compiled code registers itself, which is
// before main: an arena, one chain (nursery, one generation of survivors that
// is always collected with it, and the settled rest), a pool for objects with
// references and one for leaf objects. Its roots are the modules' globals,
// handles, and the stacks of its threads.
//
// Not here: the entry points that compiled code calls (compiled_entry.cpp).
#ifndef MPS_API_COMPILED_HEAP_H
#define MPS_API_COMPILED_HEAP_H

#include "api/global_roots.h"
#include "api/handle_table.h"
#include "api/pool_handle.h"
#include "mps/abi/module.h"
#define MPS_RUNTIME_WITHOUT_REFERENCES
#pragma GCC visibility push(default)
#include "mps/runtime.h"
#pragma GCC visibility pop
#include "stack/root_tables.h"

namespace mps {

/// References in the thread-local variables of all threads.
class ThreadLocalRoots final : public RootSource {
public:
  explicit ThreadLocalRoots(World &world) : world_(world) {}
  void visit(Rank rank, RootVisitor &visitor) override;

private:
  World &world_;
};

class CompiledHeap {
public:
  /// The process's, or null if it has no compiled code. Any thread.
  static CompiledHeap *instance();
  /// Makes it if there is none. Ends the program if there is no memory for it.
  static CompiledHeap &require();

  Heap &heap() { return heap_; }
  mps_arena_s &arena() { return heap_; }
  HandleTable &handles() { return handles_; }

  /// Makes the calling thread a mutator in state Foreign.
  void attachCurrentThread();
  /// A module's code is about to run. False if there are too many modules, or
  /// no memory. With the heap's lock.
  bool load(const abi::ModuleDescriptor &module);
  /// A module leaves the process; its type descriptors go with it.
  void unload(const abi::ModuleDescriptor &module);
  /// The program ends: modules that leave now leave everything as it is.
  void noteExit() { isExiting_ = true; }
  Result apply(const mps_settings_s &settings);
  mps_settings_s settings() const { return settings_; }
  /// In a segment. Any thread.
  bool isInHeap(Address address) const {
    return heap_.arena().segmentOf(address) != nullptr;
  }
  /// Of an object of this heap; of any other word, a hash of the word. The
  /// object stays where it is meanwhile.
  std::uint64_t identityHash(Word reference) const;
  /// By compiled code, since the start.
  std::uint64_t allocatedBytes() const;
  /// What it took at the start to fault all memory in, for epsilon runs.
  std::uint64_t faultInNanoseconds() const { return faultIn_; }

private:
  explicit CompiledHeap(const mps_settings_s &settings);
  Result initialise();
  static void detach(void *mutator);

  mps_settings_s settings_;
  std::uint64_t faultIn_ = 0;
  bool isExiting_ = false;
  mps_arena_s heap_;
  Chain chain_;
  mps_pool_s scannedPool_;
  mps_pool_s leafPool_;
  GlobalRoots globals_;
  ThreadLocalRoots threadLocals_{heap_.world()};
  HandleTable handles_;

  friend struct CompiledHeapHolder;
};

/// The settings that were asked for by call and by environment.
mps_settings_s initialSettings();
/// Prints the table at the program's end.
void reportAtExit();
void prepareFaultReports();
void useOurLongjmp();
void guardCurrentThreadsStack();

} // namespace mps

#endif
