// What headers and type descriptors say of an object.
#include "pool/described_format.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

namespace mps {
namespace {

using abi::TypeDescriptor;

class DescribedFormatTest : public testing::Test {
protected:
  Address object() const { return Address::of(words_); }

  void setType(const TypeDescriptor &type) {
    words_[0] = reinterpret_cast<Word>(&type);
  }

  /// Indices of the reference slots, in the order of the visit.
  std::vector<std::size_t> slots(const TypeDescriptor &type) {
    std::vector<std::size_t> found;
    DescribedFormat::forEachSlot(object(), type, [&](Slot slot) {
      found.push_back((slot.address() - object()) / kWordSize);
    });
    return found;
  }

  alignas(16) Word words_[512] = {};
};

using Indices = std::vector<std::size_t>;

TEST_F(DescribedFormatTest, FixedObjectHasTheSlotsOfItsMap) {
  alignas(16) static constexpr TypeDescriptor type = {
      0, 48, 0, 0, 0b101010, 0, nullptr, "fixed"};
  setType(type);
  EXPECT_EQ(DescribedFormat::sizeOf(object(), type), 48u);
  EXPECT_EQ(DescribedFormat::sizeOfAny(object()), 48u);
  EXPECT_EQ(slots(type), (Indices{1, 3, 5}));
}

TEST_F(DescribedFormatTest, ArraySizeIsRoundedUp) {
  alignas(16) static constexpr TypeDescriptor bytes = {
      abi::kHasElements, 16, 1, 8, 0, 0, nullptr, "bytes"};
  setType(bytes);
  for (auto [length, size] :
       {std::pair<Word, Word>{0, 16}, {1, 24}, {8, 24}, {9, 32}}) {
    words_[1] = length;
    EXPECT_EQ(DescribedFormat::sizeOf(object(), bytes), size);
  }
  EXPECT_EQ(slots(bytes), Indices());
}

TEST_F(DescribedFormatTest, ArrayOfReferencesHasASlotForEach) {
  alignas(16) static constexpr TypeDescriptor type = {
      abi::kHasElements, 24, 8, 16, 0b10, 1, nullptr, "references"};
  setType(type);
  words_[2] = 3;
  EXPECT_EQ(slots(type), (Indices{1, 3, 4, 5}));
  EXPECT_EQ(DescribedFormat::sizeOf(object(), type), 48u);
}

TEST_F(DescribedFormatTest, ArrayOfStructuresUsesTheElementMap) {
  alignas(16) static constexpr TypeDescriptor type = {
      abi::kHasElements, 16, 24, 8, 0, 0b101, nullptr, "structures"};
  setType(type);
  words_[1] = 2;
  EXPECT_EQ(slots(type), (Indices{2, 4, 5, 7}));
  EXPECT_EQ(DescribedFormat::sizeOf(object(), type), 64u);
}

TEST_F(DescribedFormatTest, WideMapTellsTheWordsFromSixtyFourOn) {
  static constexpr std::uint64_t wide[] = {0b1001, std::uint64_t(1) << 63, 1};
  alignas(16) static constexpr TypeDescriptor type = {
      0, 200 * 8, 0, 0, 0b10, 0, wide, "wide"};
  setType(type);
  EXPECT_EQ(slots(type), (Indices{1, 64, 67, 191, 192}));
}

TEST_F(DescribedFormatTest, PaddingTellsItsSize) {
  for (std::size_t size : {8, 16, 4096, 1 << 30}) {
    DescribedFormat::pad(object(), size);
    EXPECT_TRUE(
        DescribedFormat::isPadding(DescribedFormat::headerOf(object())));
    EXPECT_FALSE(
        DescribedFormat::isForwarded(DescribedFormat::headerOf(object())));
    EXPECT_EQ(DescribedFormat::sizeOfAny(object()), size);
  }
}

TEST_F(DescribedFormatTest, MovedObjectLeadsToItsNewAddressAndSize) {
  alignas(16) static constexpr TypeDescriptor type = {
      abi::kHasElements, 16, 8, 8, 0, 1, nullptr, "references"};
  Address to = object() + 100 * kWordSize;
  *to.as<const TypeDescriptor *>() = &type;
  *(to + 8).as<Word>() = 4;
  *object().as<Word>() = DescribedFormat::forwardedTo(to);
  Word header = DescribedFormat::headerOf(object());
  EXPECT_TRUE(DescribedFormat::isForwarded(header));
  EXPECT_EQ(DescribedFormat::newAddress(header), to);
  EXPECT_EQ(DescribedFormat::sizeOfAny(object()), 48u);
}

TEST_F(DescribedFormatTest, IdentityHashGoesBehindTheCopy) {
  static constexpr TypeDescriptor type = {
      abi::kHasElements, 16, 8, 8, 0, 1, nullptr, "references"};
  *object().as<const TypeDescriptor *>() = &type;
  *(object() + 8).as<Word>() = 4;
  std::uint64_t hash = DescribedFormat::identityHash(object());
  Word header = DescribedFormat::headerOf(object());
  EXPECT_EQ(&DescribedFormat::descriptorOf(header), &type);
  EXPECT_EQ(DescribedFormat::sizeOfAny(object()), 48u);
  EXPECT_EQ(DescribedFormat::identityHash(object()), hash);
  EXPECT_EQ(DescribedFormat::growthOf(header), 8u);

  Address to = object() + 100 * kWordSize;
  std::memcpy(to.as(), object().as(), 48);
  *to.as<Word>() = DescribedFormat::headerOfCopy(header);
  *(to + 48).as<std::uint64_t>() = hash;
  *object().as<Word>() = DescribedFormat::forwardedTo(to, header);
  EXPECT_EQ(DescribedFormat::identityHash(to), hash);
  EXPECT_EQ(DescribedFormat::sizeOfAny(to), 56u);
  EXPECT_EQ(DescribedFormat::sizeOfAny(object()), 48u);
  EXPECT_EQ(DescribedFormat::growthOf(DescribedFormat::headerOf(to)), 0u);

  // It moves again.
  Address third = to + 100 * kWordSize;
  std::memcpy(third.as(), to.as(), 56);
  *to.as<Word>() =
      DescribedFormat::forwardedTo(third, DescribedFormat::headerOf(to));
  EXPECT_EQ(DescribedFormat::newAddress(DescribedFormat::headerOf(to)), third);
  EXPECT_EQ(DescribedFormat::sizeOfAny(to), 56u);
}

TEST_F(DescribedFormatTest, KeptObjectHasItsIdentityHash) {
  static constexpr TypeDescriptor type = {0, 16, 0, 0, 2, 0, nullptr, "cell"};
  *object().as<const TypeDescriptor *>() = &type;
  std::uint64_t hash = DescribedFormat::identityHash(object());
  Word header = DescribedFormat::headerOf(object());
  *object().as<Word>() = DescribedFormat::kept(header);
  EXPECT_EQ(DescribedFormat::identityHash(object()), hash);
  EXPECT_EQ(DescribedFormat::sizeOfAny(object()), 16u);
  DescribedFormat::clearKept(object());
  EXPECT_EQ(DescribedFormat::headerOf(object()), header);
}

} // namespace
} // namespace mps
