// A small generator of pseudo-random numbers: Steele, Lea, Flood, "Fast
// Splittable Pseudorandom Number Generators" (2014), SplitMix64. The same seed
// gives the same numbers everywhere. Not thread safe.
#ifndef MPS_BASE_RANDOM_H
#define MPS_BASE_RANDOM_H

#include <cstddef>
#include <cstdint>

namespace mps {

class Random {
public:
  /// The golden ratio, in 64 bits.
  static constexpr std::uint64_t kStep = 0x9e3779b97f4a7c15;

  explicit Random(std::uint64_t seed = 0) : state_(seed) {}

  std::uint64_t next() { return mix(state_ += kStep); }
  /// Less than `limit`, which is not 0.
  std::size_t below(std::size_t limit) { return next() % limit; }
  bool oneIn(std::size_t count) { return below(count) == 0; }

  static std::uint64_t mix(std::uint64_t word) {
    word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9;
    word = (word ^ (word >> 27)) * 0x94d049bb133111eb;
    return word ^ (word >> 31);
  }

private:
  std::uint64_t state_;
};

} // namespace mps

#endif
