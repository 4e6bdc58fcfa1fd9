#include "arena/control_memory.h"

#include "base/check.h"

#include <bit>

namespace mps {

ControlMemory::~ControlMemory() {
  while (pieces_ != nullptr) {
    Piece *piece = pieces_;
    pieces_ = piece->next;
    platform::unreserve(Extent::of(Address::of(piece), kPieceSize));
  }
}

unsigned ControlMemory::classOf(std::size_t size) {
  return size <= 16 ? 4 : std::bit_width(size - 1);
}

bool ControlMemory::addPiece() {
  Extent pages = platform::reserve(kPieceSize, platform::Pages::Small);
  if (pages.isEmpty())
    return false;
  Piece *piece = pages.base.as<Piece>();
  piece->next = pieces_;
  pieces_ = piece;
  next_ = pages.base + 16;
  limit_ = pages.limit;
  committed_ += kPieceSize;
  return true;
}

std::size_t ControlMemory::growthFor(std::size_t size) const {
  unsigned sizeClass = classOf(size);
  bool fits = freeBlocks_[sizeClass] != nullptr ||
              limit_ - next_ >= std::size_t(1) << sizeClass;
  return fits ? 0 : kPieceSize;
}

void *ControlMemory::allocate(std::size_t size) {
  unsigned sizeClass = classOf(size);
  MPS_CHECK(sizeClass < kClasses, "control block too large");
  if (Block *block = freeBlocks_[sizeClass]) {
    freeBlocks_[sizeClass] = block->next;
    return block;
  }
  std::size_t rounded = std::size_t(1) << sizeClass;
  if (limit_ - next_ < rounded && !addPiece())
    return nullptr;
  Address block = next_;
  next_ += rounded;
  return block.as();
}

void ControlMemory::free(void *block, std::size_t size) {
  unsigned sizeClass = classOf(size);
  freeBlocks_[sizeClass] = new (block) Block{freeBlocks_[sizeClass]};
}

} // namespace mps
