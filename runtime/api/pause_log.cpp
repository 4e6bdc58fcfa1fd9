#include "api/pause_log.h"

#include "arena/protection.h"
#include "platform/mutex.h"

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
  auto *log = new (storage) PauseLog;
  log->path_ = path;
  if (!log->start())
    return;
  instance_ = log;
  platform::wrapFaults(timeFault);
  std::atexit([] { instance_->write(); });
}

bool PauseLog::start() {
  Extent memory =
      platform::reserve(kMost * sizeof(Record), platform::Pages::Small);
  records_ = memory.base.as<Record>();
  if (memory.isEmpty())
    std::fprintf(stderr, "mps: MPS_PAUSES: no address space for it\n");
  return !memory.isEmpty();
}

void PauseLog::Pause::measure() {
  if (start_ == 0 || isMeasured_) [[likely]]
    return;
  isMeasured_ = true;
  usage_ = platform::threadUsage();
  processor_ = platform::processorNanoseconds();
}

void PauseLog::Pause::begin(PauseParts &parts) {
  if (start_ == 0) [[likely]]
    return;
  isTold_ = true;
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

/// What no listener knows is no pause.
bool PauseLog::timeFault(const platform::Fault &fault,
                         platform::FaultListener ask) {
  Pause pause;
  pause.measure();
  pause.is(Part::Fault);
  bool isMended = ask(fault);
  if (!isMended)
    pause.forget();
  return isMended;
}

void PauseLog::add(const Pause &pause) {
  // Between the two looks at the clock, so that it is never more than those
  // tell.
  std::uint64_t processor =
      pause.isMeasured_ ? platform::processorNanoseconds() : 0;
  std::uint64_t length = platform::nanoseconds() - pause.start_;
  if (!pause.isTold_ && length < kBrief) {
    brief_.fetch_add(1, std::memory_order_relaxed);
    briefTime_.fetch_add(length, std::memory_order_relaxed);
    return;
  }
  std::size_t index = taken_.fetch_add(1, std::memory_order_relaxed);
  if (index >= kMost)
    return;
  Record &record = records_[index];
  record.start = pause.start_;
  record.processor = length;
  if (pause.isMeasured_) {
    record.processor = processor - pause.processor_;
    record.usage = platform::threadUsage() - pause.usage_;
  }
  std::copy(pause.parts_, pause.parts_ + kParts, record.parts);
  if (pause.whole_ != Part::None)
    record.parts[unsigned(pause.whole_)] = std::uint32_t(length);
  __atomic_store_n(&record.length, length, __ATOMIC_RELEASE);
}

namespace {
void print(std::FILE *file, const char *name, std::uint64_t number) {
  if (number != 0)
    std::fprintf(file, " %s=%" PRIu64, name, number);
}
} // namespace

void PauseLog::write() {
  std::FILE *file = std::fopen(path_, "w");
  if (file == nullptr) {
    std::fprintf(stderr, "mps: MPS_PAUSES: cannot write %s\n", path_);
    return;
  }
  std::size_t taken = taken_.load(std::memory_order_relaxed);
  for (std::size_t i = 0; i < std::min(taken, kMost); ++i) {
    const Record &each = records_[i];
    std::uint64_t length = __atomic_load_n(&each.length, __ATOMIC_ACQUIRE);
    if (length == 0)
      continue;
    std::fprintf(file, "%" PRIu64 " %" PRIu64 " %" PRIu64, each.start, length,
                 each.processor);
    print(file, "faults", each.usage.faults);
    print(file, "waits", each.usage.waits);
    print(file, "preemptions", each.usage.preemptions);
    for (unsigned part = 0; part < kParts; ++part)
      print(file, PauseParts::nameOf(Part(part)), each.parts[part]);
    std::fputc('\n', file);
  }
  std::fprintf(file, "brief %" PRIu64 " %" PRIu64 "\nprotections %zu\n",
               brief_.load(), briefTime_.load(), Protection::changes());
  if (taken > kMost)
    std::fprintf(stderr, "mps: MPS_PAUSES: no room for %zu pauses\n",
                 taken - kMost);
  std::fclose(file);
}

} // namespace mps
