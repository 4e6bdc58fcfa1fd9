// What a heap's owner may ask of it.
#ifndef MPS_COLLECTOR_SETTINGS_H
#define MPS_COLLECTOR_SETTINGS_H

#include <cstddef>
#include <cstdint>

namespace mps {

enum class Stress : std::uint8_t {
  None,
  Poll,  ///< Collect at every safepoint that the runtime sees.
  Alloc, ///< Collect at every allocation slow path.
  Bytes, ///< Collect every `stressBytes` bytes.
};

struct Settings {
  static constexpr double kToTheLimit = 1e6;

  /// Everything is collected when the heap is so many times what lived.
  double growth = 3;
  /// Seconds that a mutator may be held up; a target.
  double pauseTime = 0.1;
  /// Threads that trace beside the one that collects; more than there are
  /// processors to spare are not used.
  unsigned collectorThreads = 0;
  std::size_t nursery = 0; ///< Bytes; 0: chosen from what is measured.
  Stress stress = Stress::None;
  std::size_t stressBytes = 0;
  /// The seed of a random order of collections, their steps among them
  /// (collector/schedule.h); 0: they come when it is time.
  std::uint64_t schedule = 0;
  bool verify = false;
  bool epsilon = false; ///< Never collect.
};

} // namespace mps

#endif
