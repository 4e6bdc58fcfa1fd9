// Settings from the environment, and the default limit of a heap: a quarter of
// the machine's memory, or of the container's if that is less.
#include "api/compiled_heap.h"
#include "api/debugging.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <unistd.h>

namespace mps {

namespace {

[[noreturn]] void refuse(const char *name, const char *value,
                         const char *expected) {
  for (const char *part :
       {"mps: ", name, "=", value, ": expected ", expected, "\n"})
    mps_lib_fputs(part, mps_lib_get_stderr());
  std::exit(2);
}

/// A number of bytes with an optional k, m or g.
std::size_t parseSize(const char *name, const char *value) {
  char *end = nullptr;
  unsigned long long number = std::strtoull(value, &end, 10);
  unsigned shift = 0;
  switch (*end) {
  case 'k':
  case 'K':
    shift = 10, ++end;
    break;
  case 'm':
  case 'M':
    shift = 20, ++end;
    break;
  case 'g':
  case 'G':
    shift = 30, ++end;
    break;
  default:
    break;
  }
  if (end == value || *end != '\0' || *value == '-' ||
      number > (~0ull >> shift))
    refuse(name, value, "a size such as 512m or 2g");
  return std::size_t(number) << shift;
}

/// A number of seconds; with "ms" or "us" behind it, of those.
double parseTime(const char *name, const char *value) {
  char *end = nullptr;
  double number = std::strtod(value, &end);
  if (end != value && std::strcmp(end, "ms") == 0)
    number /= 1e3, end += 2;
  else if (end != value && std::strcmp(end, "us") == 0)
    number /= 1e6, end += 2;
  if (end == value || *end != '\0' || !(number > 0))
    refuse(name, value, "seconds such as 0.1, 1ms, 500us or infinity");
  return number;
}

std::uint64_t parseSeed(const char *name, const char *value) {
  char *end = nullptr;
  unsigned long long seed = std::strtoull(value, &end, 10);
  if (end == value || *end != '\0' || *value == '-')
    refuse(name, value, "a number, such as 1; 0 is none");
  return seed;
}

bool parseFlag(const char *name, const char *value) {
  if (std::strcmp(value, "1") == 0)
    return true;
  if (std::strcmp(value, "0") == 0)
    return false;
  refuse(name, value, "0 or 1");
}

void parseStress(const char *name, const char *value, mps_settings_s &to) {
  if (std::strcmp(value, "poll") == 0) {
    to.stress = MPS_STRESS_POLL;
  } else if (std::strcmp(value, "alloc") == 0) {
    to.stress = MPS_STRESS_ALLOC;
  } else if (std::strncmp(value, "bytes=", 6) == 0) {
    to.stress = MPS_STRESS_BYTES;
    to.stress_bytes = parseSize(name, value + 6);
  } else {
    refuse(name, value, "poll, alloc or bytes=N");
  }
}

/// The number in a file, or the greatest there is.
std::size_t numberIn(const char *path) {
  unsigned long long number = ~0ull;
  if (std::FILE *file = std::fopen(path, "r")) {
    if (std::fscanf(file, "%llu", &number) != 1)
      number = ~0ull; // "max"
    std::fclose(file);
  }
  return number;
}

std::size_t memoryOfMachine() {
  std::size_t least =
      std::size_t(sysconf(_SC_PHYS_PAGES)) * std::size_t(sysconf(_SC_PAGESIZE));
  for (const char *path : {"/sys/fs/cgroup/memory.max",
                           "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
    std::size_t limit = numberIn(path);
    if (limit < least)
      least = limit;
  }
  return least;
}

template <typename Use> void with(const char *name, Use use) {
  if (const char *value = std::getenv(name))
    use(name, value);
}

constexpr std::size_t kLeastLimit = std::size_t(4) << 20;
constexpr std::size_t kLeastGrowth = 110, kMostGrowth = 10000;
constexpr unsigned kDefaultGrowth = 300;

} // namespace

void readDebugging(mps_settings_s &settings) {
  with("MPS_STRESS", [&](const char *name, const char *value) {
    parseStress(name, value, settings);
  });
  with("MPS_SCHEDULE", [&](const char *name, const char *value) {
    settings.schedule = parseSeed(name, value);
  });
  with("MPS_VERIFY", [&](const char *name, const char *value) {
    settings.verify = parseFlag(name, value);
  });
  with("MPS_POISON", [&](const char *name, const char *value) {
    settings.poison = parseFlag(name, value);
  });
  with("MPS_LOG", [&](const char *name, const char *value) {
    settings.log = parseFlag(name, value);
  });
}

mps_settings_s initialSettings() {
  mps_settings_s settings = {};
  with("MPS_HEAP_LIMIT", [&](const char *name, const char *value) {
    settings.heap_limit = parseSize(name, value);
    if (settings.heap_limit < kLeastLimit)
      refuse(name, value, "at least 4m");
  });
  with("MPS_GROWTH", [&](const char *name, const char *value) {
    std::size_t growth = parseSize(name, value);
    if (growth < kLeastGrowth || growth > kMostGrowth)
      refuse(name, value, "per cent of what lives, 110 to 10000");
    settings.growth = unsigned(growth);
  });
  with("MPS_PAUSE_TIME", [&](const char *name, const char *value) {
    settings.pause_time = parseTime(name, value);
  });
  with("MPS_COLLECTOR_THREADS", [&](const char *name, const char *value) {
    std::size_t threads = parseSize(name, value);
    if (threads >= kMostWorkers)
      refuse(name, value, "0 to 7");
    settings.collector_threads = threads == 0 ? -1 : int(threads);
  });
  with("MPS_NURSERY", [&](const char *name, const char *value) {
    settings.nursery = parseSize(name, value);
  });
  with("MPS_EPSILON", [&](const char *name, const char *value) {
    settings.epsilon = parseFlag(name, value);
  });
  readDebugging(settings);
  if (settings.heap_limit == 0) {
    settings.heap_limit = memoryOfMachine() / 4;
    if (settings.growth == 0)
      settings.growth = kDefaultGrowth;
  }
  return settings;
}

} // namespace mps
