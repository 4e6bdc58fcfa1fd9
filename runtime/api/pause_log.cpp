#include "api/pause_log.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <new>

namespace mps {

void PauseLog::startIfAsked() {
  static platform::Mutex starting;
  // Never destroyed: threads may outlive the program's end.
  alignas(PauseLog) static unsigned char storage[sizeof(PauseLog)];
  platform::Locked locked(starting);
  const char *path = std::getenv("MPS_PAUSES");
  if (instance_ != nullptr || path == nullptr)
    return;
  instance_ = new (storage) PauseLog;
  instance_->path_ = path;
  std::atexit([] { instance_->write(); });
}

void PauseLog::Pause::begin(PauseParts &parts) {
  if (start_ == 0) [[likely]]
    return;
  parts.clear();
  parts.turnOn();
  parts.add(Part::Lock, platform::nanoseconds() - start_);
}

/// A pause may ask for memory, and get the lock, more than once.
void PauseLog::Pause::end(const PauseParts &parts) {
  if (start_ == 0) [[likely]]
    return;
  for (unsigned i = 0; i < kParts; ++i)
    parts_[i] += std::uint32_t(
        std::min<std::uint64_t>(parts.of(Part(i)), ~std::uint32_t(0)));
}

void PauseLog::add(const Pause &pause) {
  Record record = {pause.start_,
                   platform::nanoseconds() - pause.start_,
                   platform::processorNanoseconds() - pause.processor_,
                   platform::pageFaults() - pause.faults_,
                   {}};
  std::copy(pause.parts_, pause.parts_ + kParts, record.parts);
  platform::Locked locked(lock_);
  if (!records_.push(record))
    ++lost_;
}

void PauseLog::write() {
  platform::Locked locked(lock_);
  std::FILE *file = std::fopen(path_, "w");
  if (file == nullptr) {
    std::fprintf(stderr, "mps: MPS_PAUSES: cannot write %s\n", path_);
    return;
  }
  for (const Record &each : records_) {
    std::fprintf(file, "%" PRIu64 " %" PRIu64 " %" PRIu64, each.start,
                 each.length, each.processor);
    if (each.faults != 0)
      std::fprintf(file, " faults=%" PRIu64, each.faults);
    for (unsigned i = 0; i < kParts; ++i)
      if (each.parts[i] != 0)
        std::fprintf(file, " %s=%" PRIu32, PauseParts::nameOf(Part(i)),
                     each.parts[i]);
    std::fputc('\n', file);
  }
  if (lost_ != 0)
    std::fprintf(stderr, "mps: MPS_PAUSES: no memory for %zu pauses\n", lost_);
  std::fclose(file);
}

} // namespace mps
