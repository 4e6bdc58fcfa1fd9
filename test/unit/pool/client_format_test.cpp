// Client formats: addresses are bases, the client's functions get client
// pointers.
#include "pool/client_format.h"

#include <gtest/gtest.h>

namespace mps {
namespace {

constexpr std::size_t kHeader = 16;
Word words[64];
void *seen = nullptr;

void *skip(void *object) {
  seen = object;
  return static_cast<char *>(object) + 48;
}
void forward(void *, void *to) { seen = to; }
void *forwarded(void *) { return seen; }
void pad(void *base, std::size_t) { seen = base; }

class ClientFormatTest : public testing::Test {
protected:
  Address base() const { return Address::of(words); }
  void *client(Address address) const { return (address + kHeader).as(); }

  ClientMethods methods_ = {8, kHeader, nullptr, skip, forward, forwarded, pad};
  ClientFormat format_{methods_};
};

TEST_F(ClientFormatTest, SkipGetsAClientPointerAndSizeIncludesTheHeader) {
  EXPECT_EQ(format_.sizeOfAny(base()), 48u);
  EXPECT_EQ(seen, client(base()));
}

TEST_F(ClientFormatTest, ForwardingLeadsFromBaseToBase) {
  Address to = base() + 96;
  format_.forward(base(), to);
  EXPECT_EQ(seen, client(to));
  EXPECT_EQ(format_.newAddress(base()), to);
  seen = nullptr;
  EXPECT_EQ(format_.newAddress(base()), Address());
}

TEST_F(ClientFormatTest, ReferencesAreClientPointers) {
  Ref ref = format_.refTo(base());
  EXPECT_EQ(ref.address().as(), client(base()));
  EXPECT_EQ(format_.baseOf(ref), base());
}

TEST_F(ClientFormatTest, PadGetsTheBase) {
  format_.pad(base(), 8);
  EXPECT_EQ(seen, base().as());
}

} // namespace
} // namespace mps
