// Root tables: where the references of a managed frame are, at each of its
// safepoints.
//
// Two sections. `mps_roots` is an array of FunctionEntry, one per managed
// function that has a safepoint, in the order of the functions' addresses:
// each entry's section is linked in order (SHF_LINK_ORDER) with its function's,
// so the linker sorts the array and drops an entry with its function, and a
// look-up is a binary search over mapped, unrelocated memory.
// `mps_roots_data` holds what the entries lead to. All offsets are relative to
// the address of the field that holds them, so nothing needs relocation.
//
//   FunctionEntry ─data─▶ FunctionData
//                         SafepointEntry[safepointCount], by returnOffset
//                         std::uint16_t pool[]: slot sets, each a count
//                         word followed by that many slots
//
// A slot is 8 bytes at stackPointer + 8 * (word >> 1), where stackPointer is
// the frame's right after the call returns; bit 0 of the word is its kind:
// 0, a precise reference, updated when its object moves; 1, a pinned one: its
// object stays where it is while the frame is at this safepoint.
// A count word is the number of slots; kFrameSlotLimit bounds it.
#ifndef MPS_ABI_ROOT_TABLE_H
#define MPS_ABI_ROOT_TABLE_H

#include <cstddef>
#include <cstdint>

namespace mps::abi {

inline constexpr std::uint8_t kRootTableVersion = 1;
inline constexpr char kRootSection[] = "mps_roots";
inline constexpr char kRootDataSection[] = "mps_roots_data";

struct FunctionEntry {
  std::int32_t function; ///< Function's first byte, relative to this field.
  std::int32_t data;     ///< Its FunctionData, relative to this field.
};

struct FunctionData {
  std::uint8_t version; ///< kRootTableVersion.
  std::uint8_t reserved;
  std::uint16_t safepointCount;
  /// Bytes from the stack pointer at a safepoint to the caller's stack pointer
  /// right after this function returns (the return address, where the machine
  /// pushes one, included). The return address lies in the last word of it on
  /// x86-64.
  std::uint32_t frameSize;
};

struct SafepointEntry {
  std::uint32_t returnOffset; ///< Of the return address, from the function.
  std::uint32_t slotSet;      ///< Index of its count word in the pool.
};

inline constexpr unsigned kFrameSlotLimit = 0xffff;

static_assert(sizeof(FunctionEntry) == 8);
static_assert(sizeof(FunctionData) == 8);
static_assert(sizeof(SafepointEntry) == 8);

} // namespace mps::abi

#endif
