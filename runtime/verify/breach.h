// The message of a breach: put together without a library, told to the plinth.
#ifndef MPS_VERIFY_BREACH_H
#define MPS_VERIFY_BREACH_H

#include "base/address.h"

namespace mps {

/// "verify before collection: V3: slot 0x… holds 0x…: not an object".
class Breach {
public:
  Breach(const char *when, const char *rule);
  Breach &operator<<(const char *text);
  Breach &operator<<(Address address);
  Breach &operator<<(std::size_t number);

  /// A failed check with the message so far. A heap that is broken is not
  /// collected: if the handler returns, the process aborts.
  [[noreturn]] void fail() const;

private:
  static constexpr std::size_t kMost = 400;

  void add(char character);
  void addNumber(Word number, unsigned base);

  char text_[kMost + 1] = {};
  std::size_t size_ = 0;
};

} // namespace mps

#endif
