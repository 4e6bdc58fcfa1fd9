#include "base/check.h"

#include <atomic>

namespace mps {

namespace {
std::atomic<CheckHandler> handler{nullptr};
} // namespace

CheckHandler installCheckHandler(CheckHandler newHandler) {
  return handler.exchange(newHandler);
}

void checkFailed(const char *file, unsigned line, const char *condition) {
  CheckHandler current = handler.load();
  if (current == nullptr)
    __builtin_trap();
  current(file, line, condition);
}

} // namespace mps
