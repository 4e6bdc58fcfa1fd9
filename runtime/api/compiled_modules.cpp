// Modules of compiled code come and go.
//
// A module that the runtime cannot work with is refused before its code runs:
// one compiled for another version, one without a read barrier beside one with
// one (the first would see where objects were), and one that lacks barriers,
// which was compiled for measuring, where there are collections.
#include "api/compiled_heap.h"

#include "base/check.h"
#include "mps/abi/version.h"

#include <initializer_list>

using namespace mps;

#define MPS_ENTRY extern "C" __attribute__((visibility("default")))

namespace {

bool hasReadBarrier(const abi::ModuleDescriptor &module) {
  return module.flags & abi::kReadBarrier;
}

/// Ends the program with a message.
[[noreturn]] void refuse(std::initializer_list<const char *> texts) {
  mps_lib_FILE *out = mps_lib_get_stderr();
  mps_lib_fputs("mps: ", out);
  for (const char *each : texts)
    mps_lib_fputs(each, out);
  mps_lib_fputs("\n", out);
  __builtin_abort();
}

/// A module that has been registered and is of the other kind, or null.
const abi::ModuleDescriptor *
findOtherKind(const abi::ModuleDescriptor &module) {
  const abi::ModuleDescriptor *found = nullptr;
  RootTables::forEachModule([&](const abi::ModuleDescriptor &each) {
    if (hasReadBarrier(each) != hasReadBarrier(module))
      found = &each;
  });
  return found;
}

[[noreturn]] void refuseMix(const abi::ModuleDescriptor &one,
                            const abi::ModuleDescriptor &other) {
  const abi::ModuleDescriptor &with = hasReadBarrier(one) ? one : other;
  const abi::ModuleDescriptor &without = hasReadBarrier(one) ? other : one;
  refuse({with.name, " was compiled with a read barrier, and ", without.name,
          " without one; compile all of a program with -mps-read-barrier, or "
          "none of it"});
}

void check(const abi::ModuleDescriptor &module, CompiledHeap &compiled) {
  if (module.version != abi::kVersion)
    refuse({"a module was compiled for another version of the runtime; compile "
            "it again with this version's plugin"});
  if (const abi::ModuleDescriptor *other = findOtherKind(module))
    refuseMix(module, *other);
  if (module.flags & abi::kLacksSomething && !compiled.settings().epsilon)
    refuse({module.name,
            " was compiled without some of its barriers, to measure them; it "
            "runs with MPS_EPSILON=1 only"});
}

} // namespace

MPS_ENTRY void mps_rt_register_module(const abi::ModuleDescriptor *module) {
  CompiledHeap &compiled = CompiledHeap::require();
  check(*module, compiled);
  platform::Locked locked(compiled.heap().lock());
  MPS_CHECK(compiled.load(*module),
            "too many modules of compiled code, or no memory for one");
  if (!hasReadBarrier(*module))
    return;
  compiled.heap().setHasReadBarrier();
  *module->evacuating = compiled.heap().old().evacuator().isActive();
}

MPS_ENTRY void mps_rt_unregister_module(const abi::ModuleDescriptor *module) {
  if (CompiledHeap *compiled = CompiledHeap::instance())
    compiled->unload(*module);
}
