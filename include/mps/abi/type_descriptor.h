// How a described object tells what it is.
//
// The first word of a described object is its header: the address of its
// TypeDescriptor (16-byte aligned), with tags in the low bits. A compiler
// emits one constant TypeDescriptor per type, in read-only data.
//
//   fixed object   [header][fields ...]                 fixedSize bytes
//   array object   [header][fields ...][elements ...]   fixedSize bytes, then
//                  count * elementSize bytes; the count is the 64-bit unsigned
//                  integer at lengthOffset in the fixed part
//
// The size of an object is rounded up to kObjectAlignment. Which words of the
// fixed part, and of each element, are references is told by bit maps; word 0
// is the header and never a reference.
//
// An object may have a weak part: one weak reference, or one ephemeron, beside
// any number of other references. Compiled code reads and writes its words
// through the runtime (entry_points.h), never by itself.
//
// A word that is a reference holds null, the address of an object's header,
// or an immediate. What has any of kTagMask's bits set, and every address
// outside the arena, is an immediate or somebody else's, and left alone.
#ifndef MPS_ABI_TYPE_DESCRIPTOR_H
#define MPS_ABI_TYPE_DESCRIPTOR_H

#include <cstddef>
#include <cstdint>

namespace mps::abi {

inline constexpr std::size_t kObjectAlignment = 8;
inline constexpr std::size_t kDescriptorAlignment = 16;
inline constexpr std::uintptr_t kTagMask = 7;

/// Header tags. A header with kForwardedTag holds the object's new address. Who
/// reads a type out of a header takes the tags off.
inline constexpr std::uintptr_t kForwardedTag = 1;
inline constexpr std::uintptr_t kHeaderTagMask = 15;
static_assert(kDescriptorAlignment > kHeaderTagMask);

/// The identity hash of an object has been asked for, and follows from its
/// address. When the object moves, its hash becomes a word behind its copy,
/// whose header has kHashMovedTag instead.
inline constexpr std::uintptr_t kHashedTag = 4;
inline constexpr std::uintptr_t kHashMovedTag = 8;

/// TypeDescriptor::flags.
enum TypeFlags : std::uint32_t {
  kHasElements = 1, ///< elementSize and lengthOffset are meaningful.
  kLeaf = 2,        ///< No references at all; lives in leaf pools.
  /// Word 1 is a weak reference, and in no map.
  kWeak = 4,
  /// Word 1 is an ephemeron's key and word 2 its value; neither is in a map.
  kEphemeron = 8,
  kWeakParts = kWeak | kEphemeron,
};

/// TypeDescriptor::flags from this bit on: the binary logarithm of the objects'
/// alignment if it is above kObjectAlignment, else 0.
inline constexpr unsigned kAlignmentShift = 8;
inline constexpr std::size_t kMostAlignment = 4096;

/// An array of more elements than this may be old when it is new: stores into
/// it need their barrier from the start.
inline constexpr std::size_t kMostYoungElements = 4096;

struct alignas(kDescriptorAlignment) TypeDescriptor {
  std::uint32_t flags;
  std::uint32_t fixedSize; ///< Bytes, header included; a multiple of 8.
  std::uint32_t elementSize;
  std::uint32_t lengthOffset;
  /// Bit i: word i of the fixed part is a reference. Words from 64 on are
  /// told by wideMap.
  std::uint64_t fixedMap;
  /// Bit i: word i of an element is a reference (elements of at most 64 words;
  /// elementSize is a multiple of 8 if any bit is set).
  std::uint64_t elementMap;
  /// Null, or words 64, 65, ... of the fixed part, 64 to each entry.
  const std::uint64_t *wideMap;
  const char *name; ///< For people; may be null.
};

static_assert(sizeof(TypeDescriptor) == 48);

} // namespace mps::abi

#endif
