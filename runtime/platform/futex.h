// Waiting for a word to change (futex), and the processor's other needs of
// code that waits. Linux.
#ifndef MPS_PLATFORM_FUTEX_H
#define MPS_PLATFORM_FUTEX_H

#include <atomic>
#include <cstdint>

namespace mps::platform {

/// Sleeps while the word is `value`; may return early. Any thread, and signal
/// handlers; keeps errno.
void waitWhile(std::atomic<std::uint32_t> &word, std::uint32_t value);
/// Wakes one of those who wait for the word, or all.
void wakeOne(std::atomic<std::uint32_t> &word);
void wakeAll(std::atomic<std::uint32_t> &word);

/// One step of waiting for something that comes without a wake-up: a few
/// pauses, then a little sleep. `step` counts from 0.
void backOff(unsigned step);
/// Lets another thread run. In signal handlers too.
void giveProcessor();

} // namespace mps::platform

#endif
