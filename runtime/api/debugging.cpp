// What debugging sets in an arena, and the line on standard error for each
// collection (MPS_LOG).
#include "api/debugging.h"

#include <cstdio>

namespace mps {

namespace {

constexpr double kMebi = 1048576.0;

double milliseconds(std::uint64_t nanoseconds) { return nanoseconds / 1e6; }

template <typename... Values> void print(const char *format, Values... values) {
  char line[256];
  std::snprintf(line, sizeof line, format, values...);
  mps_lib_fputs(line, mps_lib_get_stderr());
}

} // namespace

void debug(mps_arena_s &arena, const mps_settings_s &settings) {
  Settings &to = arena.settings();
  to.stress = Stress(settings.stress);
  to.stressBytes = settings.stress_bytes;
  to.schedule = settings.schedule;
  to.verify = settings.verify;
  arena.arena().setPoison(settings.poison);
  arena.listen(settings.log ? reportCollection : nullptr, &arena);
}

void reportCollection(void *, const CollectionReport &report) {
  if (report.kind == CollectionKind::Promotion) {
    print("mps: nursery settled in place: %.3f ms, %.1f MiB\n",
          milliseconds(report.pauseNanoseconds), report.usedAfter / kMebi);
    return;
  }
  if (report.kind == CollectionKind::Group) {
    print("mps: sparse segments evacuated: %.3f ms, %.1f MiB, moved %zu KiB\n",
          milliseconds(report.pauseNanoseconds), report.usedAfter / kMebi,
          report.trace.movedBytes >> 10);
    return;
  }
  if (report.kind == CollectionKind::OldBegins ||
      report.kind == CollectionKind::OldEnds) {
    print("mps: old collection %s: %.3f ms, %.1f MiB\n",
          report.kind == CollectionKind::OldBegins ? "begins" : "has marked",
          milliseconds(report.pauseNanoseconds), report.usedAfter / kMebi);
    return;
  }
  print("mps: collection %llu (%s, %s): %.3f ms, %.1f -> %.1f MiB, moved "
        "%.1f MiB, recycled %.1f MiB, pinned %zu, frames %zu\n",
        static_cast<unsigned long long>(report.number),
        report.kind == CollectionKind::Full ? "full" : "young", report.cause,
        milliseconds(report.pauseNanoseconds), report.usedBefore / kMebi,
        report.usedAfter / kMebi, report.trace.movedBytes / kMebi,
        report.recycledBytes / kMebi, report.trace.pinnedObjects,
        report.walk.preciseFrames);
}

} // namespace mps
