#include "verify/breach.h"

#include "base/check.h"

namespace mps {

Breach::Breach(const char *when, const char *rule) {
  *this << "verify " << when << " collection: " << rule << ": ";
}

void Breach::add(char character) {
  if (size_ < kMost)
    text_[size_++] = character;
}

Breach &Breach::operator<<(const char *text) {
  for (; *text != 0; ++text)
    add(*text);
  return *this;
}

void Breach::addNumber(Word number, unsigned base) {
  if (number >= base)
    addNumber(number / base, base);
  add("0123456789abcdef"[number % base]);
}

Breach &Breach::operator<<(Address address) {
  *this << "0x";
  addNumber(address.bits(), 16);
  return *this;
}

Breach &Breach::operator<<(std::size_t number) {
  addNumber(number, 10);
  return *this;
}

void Breach::fail() const {
  checkFailed(__FILE__, __LINE__, text_);
  __builtin_abort();
}

} // namespace mps
