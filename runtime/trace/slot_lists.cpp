#include "trace/slot_lists.h"

namespace mps {

SlotLists::Block *SlotLists::newBlock() {
  Block *block = freeBlocks_;
  if (block != nullptr) {
    freeBlocks_ = block->next;
  } else {
    if (limit_ - next_ < sizeof(Block)) {
      Extent piece = platform::reserve(kPieceSize, platform::Pages::Small);
      if (piece.isEmpty())
        return nullptr;
      if (!pieces_.push(piece)) {
        platform::unreserve(piece);
        return nullptr;
      }
      next_ = piece.base;
      limit_ = piece.limit;
    }
    block = next_.as<Block>();
    next_ += sizeof(Block);
  }
  block->next = nullptr;
  block->count = 0;
  return block;
}

void SlotLists::free(List &list) {
  while (Block *block = list.first) {
    list.first = block->next;
    block->next = freeBlocks_;
    freeBlocks_ = block;
  }
}

void SlotLists::clear() {
  for (Extent piece : pieces_)
    platform::unreserve(piece);
  pieces_.clear();
  next_ = limit_ = {};
  freeBlocks_ = nullptr;
}

} // namespace mps
