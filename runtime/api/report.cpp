// What a compiled program prints about its collections at its end, when it is
// asked to: a table, or JSON for programs (MPS_STATISTICS).
#include "api/compiled_heap.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace mps {

namespace {

constexpr double kMebi = 1048576.0;

double milliseconds(std::uint64_t nanoseconds) { return nanoseconds / 1e6; }

void print(const char *text) { mps_lib_fputs(text, mps_lib_get_stderr()); }

template <typename... Values> void print(const char *format, Values... values) {
  char line[256];
  std::snprintf(line, sizeof line, format, values...);
  print(static_cast<const char *>(line));
}

void printTable(CompiledHeap &compiled, const mps_statistics_s &total) {
  const Statistics &all = compiled.heap().statistics();
  print("mps: allocated              %12.1f MiB\n",
        total.allocated_bytes / kMebi);
  print("mps: collections            %12llu (",
        static_cast<unsigned long long>(all.collections));
  const char *names[] = {"nursery", "ageing", "old"};
  for (unsigned i = 0; i < 3; ++i)
    print("%s%s %llu", i == 0 ? "" : ", ", names[i],
          static_cast<unsigned long long>(all.collectionsOf[i]));
  print(")\n");
  print("mps: moved                  %12llu objects, %.1f MiB\n",
        static_cast<unsigned long long>(all.movedObjects),
        all.movedBytes / kMebi);
  print("mps: settled in place                     %.1f MiB\n",
        all.settledBytes / kMebi);
  print("mps: recycled                             %.1f MiB\n",
        all.recycledBytes / kMebi);
  print("mps: pinned                 %12llu objects, %.1f MiB\n",
        static_cast<unsigned long long>(all.pinnedObjects),
        all.pinnedBytes / kMebi);
  print("mps: left in place          %12llu objects, %.1f MiB\n",
        static_cast<unsigned long long>(all.keptObjects),
        all.keptBytes / kMebi);
  std::uint64_t movable = all.movedBytes + all.pinnedBytes;
  print("mps: moved, of what may     %12.2f %%\n",
        movable == 0 ? 100.0 : 100.0 * all.movedBytes / movable);
  print(
      "mps: frames scanned         %12llu precisely; %llu words ambiguously\n",
      static_cast<unsigned long long>(all.preciseFrames),
      static_cast<unsigned long long>(all.ambiguousWords));
  print("mps: longest pause          %12.3f ms; all pauses %.1f ms\n",
        milliseconds(all.longestPause), milliseconds(all.totalPause));
  print("mps: time to stop threads   %12.3f ms at most; %.3f ms on average\n",
        milliseconds(all.longestStop),
        milliseconds(all.stops == 0 ? 0 : all.totalStop / all.stops));
  print("mps: peak memory            %12.1f MiB\n", total.peak_bytes / kMebi);
  print("mps: root tables            %12llu bytes\n",
        static_cast<unsigned long long>(total.root_table_bytes));
}

void writeJson(const char *path, CompiledHeap &compiled,
               const mps_statistics_s &total) {
  std::FILE *file = std::fopen(path, "w");
  if (file == nullptr) {
    print("mps: MPS_STATISTICS: cannot write %s\n", path);
    return;
  }
  auto field = [&](const char *name, std::uint64_t value, const char *end) {
    std::fprintf(file, "  \"%s\": %llu%s\n", name,
                 static_cast<unsigned long long>(value), end);
  };
  std::fputs("{\n", file);
  field("allocated_bytes", total.allocated_bytes, ",");
  field("collections", total.collections, ",");
  field("full_collections", total.full_collections, ",");
  field("old_collections", total.old_collections, ",");
  field("moved_objects", total.moved_objects, ",");
  field("moved_bytes", total.moved_bytes, ",");
  field("settled_bytes", total.settled_bytes, ",");
  field("recycled_bytes", compiled.heap().statistics().recycledBytes, ",");
  field("pinned_objects", total.pinned_objects, ",");
  field("pinned_bytes", total.pinned_bytes, ",");
  field("kept_objects", total.kept_objects, ",");
  field("kept_bytes", total.kept_bytes, ",");
  field("precise_frames", total.precise_frames, ",");
  field("ambiguous_words", total.ambiguous_words, ",");
  field("longest_pause_ns", total.longest_pause_ns, ",");
  field("longest_pause_processor_ns",
        compiled.heap().statistics().longestProcessorPause, ",");
  field("total_pause_ns", total.total_pause_ns, ",");
  field("pause_processor_ns", total.pause_processor_ns, ",");
  field("longest_stop_ns", total.longest_stop_ns, ",");
  field("total_stop_ns", total.total_stop_ns, ",");
  field("stops", total.stops, ",");
  field("peak_bytes", total.peak_bytes, ",");
  field("fault_in_ns", compiled.faultInNanoseconds(), ",");
  field("root_table_bytes", total.root_table_bytes, "");
  std::fputs("}\n", file);
  std::fclose(file);
}

constexpr char kJson[] = "json:";

} // namespace

void reportAtExit() {
  const char *wanted = std::getenv("MPS_STATISTICS");
  CompiledHeap *compiled = CompiledHeap::instance();
  if (compiled == nullptr)
    return;
  compiled->noteExit();
  if (wanted == nullptr)
    return;
  mps_statistics_s total;
  mps_statistics_get(&total);
  if (std::strncmp(wanted, kJson, sizeof kJson - 1) == 0)
    writeJson(wanted + sizeof kJson - 1, *compiled, total);
  else
    printTable(*compiled, total);
}

} // namespace mps
