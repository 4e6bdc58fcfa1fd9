#include "api/pause_log.h"

#include <cinttypes>
#include <cstdio>
#include <new>

namespace mps {

void PauseLog::start(const char *path) {
  // Never destroyed: threads may outlive the program's end.
  alignas(PauseLog) static unsigned char storage[sizeof(PauseLog)];
  instance_ = new (storage) PauseLog;
  instance_->path_ = path;
}

void PauseLog::add(std::uint64_t start, std::uint64_t processorStart) {
  Record record = {start, platform::nanoseconds() - start,
                   platform::processorNanoseconds() - processorStart};
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
  for (const Record &each : records_)
    std::fprintf(file, "%" PRIu64 " %" PRIu64 " %" PRIu64 "\n", each.start,
                 each.length, each.processor);
  if (lost_ != 0)
    std::fprintf(stderr, "mps: MPS_PAUSES: no memory for %zu pauses\n", lost_);
  std::fclose(file);
}

} // namespace mps
