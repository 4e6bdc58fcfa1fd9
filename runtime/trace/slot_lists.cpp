#include "trace/slot_lists.h"

namespace mps {

SlotLists::~SlotLists() {
  clear();
  while (unused_.size() != 0)
    trim();
}

bool SlotLists::addPiece() {
  Extent piece = unused_.size() != 0
                     ? unused_.pop()
                     : platform::reserve(kPieceSize, platform::Pages::Small);
  if (piece.isEmpty())
    return false;
  if (!pieces_.push(piece)) {
    platform::unreserve(piece);
    return false;
  }
  next_ = piece.base;
  limit_ = piece.limit;
  return true;
}

SlotLists::Block *SlotLists::newBlock() {
  Block *block = freeBlocks_;
  if (block != nullptr) {
    freeBlocks_ = block->next;
  } else {
    if (limit_ - next_ < sizeof(Block) && !addPiece())
      return nullptr;
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
  if (unused_.size() == 0)
    unused_.swap(pieces_);
  for (Extent piece : pieces_)
    if (!unused_.push(piece))
      platform::unreserve(piece);
  pieces_.clear();
  next_ = limit_ = {};
  freeBlocks_ = nullptr;
}

void SlotLists::trim() {
  if (unused_.size() != 0)
    platform::unreserve(unused_.pop());
}

} // namespace mps
