#include "trace/slot_lists.h"

namespace mps {

SlotLists::~SlotLists() {
  clear();
  while (unused_.size() != 0)
    trim();
}

bool SlotLists::addPiece() {
  if (isFull())
    return false;
  Extent piece;
  if (unused_.size() != 0) {
    piece = unused_.pop();
  } else {
    piece = platform::reserve(kPieceSize, platform::Pages::Small);
    if (piece.isEmpty())
      return false;
    ++pieceCount_;
  }
  if (!pieces_.push(piece)) {
    free(piece);
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
      free(piece);
  pieces_.clear();
  next_ = limit_ = {};
  freeBlocks_ = nullptr;
}

void SlotLists::trim() {
  if (unused_.size() != 0)
    free(unused_.pop());
}

void SlotLists::free(Extent piece) {
  platform::unreserve(piece);
  --pieceCount_;
}

} // namespace mps
