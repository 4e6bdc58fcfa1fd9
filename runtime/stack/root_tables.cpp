#include "stack/root_tables.h"

#include <algorithm>
#include <atomic>

namespace mps {

using namespace abi;

namespace {

constexpr unsigned kMostModules = 4096;
std::atomic<const ModuleDescriptor *> modules[kMostModules];
std::atomic<unsigned> highest{0};

/// Frames found lately, by return address: a deep recursion has few different
/// ones. Emptied when a module leaves or joins.
struct CacheEntry {
  Word returnAddress = 0;
  FrameDescription frame;
};
constexpr unsigned kCacheSize = 512;
constinit CacheEntry cache[kCacheSize]; // Constructors run managed code.
std::atomic<unsigned> modulesEpoch{0};
unsigned cacheEpoch = 0;

template <typename T> Address follow(const T *field) {
  return Address::of(field) + std::size_t(std::ptrdiff_t(*field));
}

Address functionOf(const FunctionEntry &entry) {
  return follow(&entry.function);
}
const FunctionData &dataOf(const FunctionEntry &entry) {
  return *follow(&entry.data).as<const FunctionData>();
}
const SafepointEntry *safepointsOf(const FunctionData &data) {
  return reinterpret_cast<const SafepointEntry *>(&data + 1);
}

FrameDescription findIn(const FunctionEntry &entry, Address returnAddress) {
  const FunctionData &data = dataOf(entry);
  const SafepointEntry *begin = safepointsOf(data);
  const SafepointEntry *end = begin + data.safepointCount;
  std::size_t offset = returnAddress - functionOf(entry);
  const SafepointEntry *found = std::lower_bound(
      begin, end, offset, [](const SafepointEntry &each, std::size_t value) {
        return each.returnOffset < value;
      });
  if (found == end || found->returnOffset != offset)
    return {};
  const auto *pool = reinterpret_cast<const std::uint16_t *>(end);
  return {data.frameSize, pool + found->slotSet};
}

FrameDescription findIn(const ModuleDescriptor &module, Address returnAddress) {
  const FunctionEntry *after =
      std::upper_bound(module.rootsBegin, module.rootsEnd, returnAddress,
                       [](Address value, const FunctionEntry &each) {
                         return value < functionOf(each);
                       });
  if (after == module.rootsBegin)
    return {};
  return findIn(after[-1], returnAddress);
}

FrameDescription findInModules(Address returnAddress) {
  unsigned end = highest.load(std::memory_order_acquire);
  for (unsigned i = 0; i < end; ++i)
    if (const ModuleDescriptor *module =
            modules[i].load(std::memory_order_acquire))
      if (FrameDescription found = findIn(*module, returnAddress))
        return found;
  return {};
}

} // namespace

bool RootTables::add(const ModuleDescriptor *module) {
  for (unsigned i = 0; i < kMostModules; ++i) {
    const ModuleDescriptor *expected = nullptr;
    if (!modules[i].compare_exchange_strong(expected, module))
      continue;
    unsigned seen = highest.load();
    while (seen <= i && !highest.compare_exchange_weak(seen, i + 1))
      ;
    ++modulesEpoch;
    return true;
  }
  return false;
}

void RootTables::remove(const ModuleDescriptor *module) {
  for (std::atomic<const ModuleDescriptor *> &each : modules)
    if (each.load() == module)
      each.store(nullptr);
  ++modulesEpoch;
}

unsigned RootTables::count() { return highest.load(); }

const ModuleDescriptor *RootTables::module(unsigned index) {
  return modules[index].load();
}

FrameDescription RootTables::find(Address returnAddress) {
  unsigned epoch = modulesEpoch.load();
  if (epoch != cacheEpoch) {
    std::fill(std::begin(cache), std::end(cache), CacheEntry());
    cacheEpoch = epoch;
  }
  Word bits = returnAddress.bits();
  CacheEntry &entry = cache[(bits ^ bits >> 9) % kCacheSize];
  if (entry.returnAddress != bits)
    entry = {bits, findInModules(returnAddress)};
  return entry.frame;
}

std::size_t RootTables::sizeInBytes() {
  std::size_t size = 0;
  forEachModule([&](const ModuleDescriptor &module) {
    for (const FunctionEntry *each = module.rootsBegin; each < module.rootsEnd;
         ++each) {
      const FunctionData &data = dataOf(*each);
      const SafepointEntry *safepoints = safepointsOf(data);
      const auto *pool = reinterpret_cast<const std::uint16_t *>(
          safepoints + data.safepointCount);
      std::size_t words = 0;
      for (unsigned i = 0; i < data.safepointCount; ++i) {
        std::size_t set = safepoints[i].slotSet;
        words = std::max(words, set + 1 + pool[set]);
      }
      size += sizeof *each + sizeof data +
              data.safepointCount * sizeof *safepoints + 2 * words;
    }
  });
  return size;
}

} // namespace mps
