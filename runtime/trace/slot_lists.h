// Many lists of slots, of any length, in memory of their own.
//
// A list is a chain of blocks; a block that is freed serves the next list. Not
// thread safe.
#ifndef MPS_TRACE_SLOT_LISTS_H
#define MPS_TRACE_SLOT_LISTS_H

#include "arena/side_memory.h"

#include <atomic>

namespace mps {

class SlotLists {
  static constexpr std::size_t kSlots = 126;
  struct Block {
    Block *next;
    std::size_t count;
    Word slots[kSlots];
  };

public:
  struct List {
    Block *first = nullptr;
  };

  SlotLists() = default;
  SlotLists(const SlotLists &) = delete;
  SlotLists &operator=(const SlotLists &) = delete;
  ~SlotLists();

  /// At most so much memory is used by lists at a time, or a piece.
  void setMost(std::size_t bytes) { most_ = bytes; }
  /// False if there is no memory; then nothing has changed.
  bool push(List &list, Word slot) {
    Block *block = list.first;
    if (block == nullptr || block->count == kSlots) [[unlikely]] {
      block = newBlock();
      if (block == nullptr)
        return false;
      block->next = list.first;
      list.first = block;
    }
    block->slots[block->count++] = slot;
    return true;
  }
  template <typename Visit> static void forEach(const List &list, Visit visit) {
    for (Block *block = list.first; block != nullptr; block = block->next)
      for (std::size_t i = 0; i < block->count; ++i)
        visit(block->slots[i]);
  }
  /// Empties the list.
  void free(List &list);
  /// No list may be used afterwards. Their memory is for new lists, and for
  /// trim() to give back.
  void clear();
  /// Gives back a piece of memory that is not in use, if there is one.
  void trim();
  void showArrays(SideMemory &memory) {
    memory.show(pieces_, unused_);
    memory.add(pieceCount_.load(std::memory_order_relaxed) * kPieceSize);
  }

private:
  static constexpr std::size_t kPieceSize = platform::kPiece;

  Block *newBlock();
  bool addPiece();
  bool isFull() const {
    return pieces_.size() != 0 && (pieces_.size() + 1) * kPieceSize > most_;
  }
  void free(Extent piece);

  std::size_t most_ = ~std::size_t(0);
  GrowingArray<Extent> pieces_, unused_;
  std::atomic<std::size_t> pieceCount_{0}; ///< Of both.
  Address next_, limit_;
  Block *freeBlocks_ = nullptr;
};

} // namespace mps

#endif
