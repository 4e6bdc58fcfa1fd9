#include "arena/control_memory.h"

#include "base/check.h"

#include <bit>

namespace mps {

ControlMemory::~ControlMemory() {
  while (areas_ != nullptr) {
    Area *area = areas_;
    areas_ = area->next;
    platform::unreserve(Extent::of(Address::of(area), area->size));
  }
}

unsigned ControlMemory::classOf(std::size_t size) {
  return size <= 16 ? 4 : std::bit_width(size - 1);
}

/// Where there is no address space for a large one, a small one.
bool ControlMemory::addArea() {
  std::size_t size =
      areas_ == nullptr ? kPieceSize : std::min(2 * areas_->size, kMostArea);
  Extent pages;
  while (pages.isEmpty() && size >= kPieceSize) {
    pages = platform::reserve(size, platform::Pages::Small);
    size /= 2;
  }
  if (pages.isEmpty())
    return false;
  if (pages.size() >= platform::kHugePageSize) // No more than is counted.
    platform::advise(pages, platform::Pages::Small);
  areas_ = new (pages.base.as()) Area{areas_, pages.size()};
  static_assert(sizeof(Area) == 16, "blocks are aligned to 16");
  next_ = pages.base + sizeof(Area);
  limit_ = pages.base;
  areaLimit_ = pages.limit;
  return true;
}

bool ControlMemory::addPiece() {
  if (limit_ == areaLimit_ && !addArea())
    return false;
  limit_ += kPieceSize;
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
