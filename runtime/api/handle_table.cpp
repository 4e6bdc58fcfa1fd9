#include "api/handle_table.h"

namespace mps {

namespace {
constexpr Word kFreeTag = 1;
Word linkTo(Word *next) { return Address::of(next).bits() | kFreeTag; }
Word *linked(Word word) {
  return Address::fromBits(word & ~kFreeTag).as<Word>();
}
} // namespace

bool HandleTable::addBlock() {
  Extent pages = platform::reserve(kBlockSize, platform::Pages::Small);
  if (pages.isEmpty())
    return false;
  auto *block = pages.base.as<Block>();
  for (Word &word : block->words) {
    word = linkTo(free_);
    free_ = &word;
  }
  block->next = blocks_;
  __atomic_store_n(&blocks_, block, __ATOMIC_RELEASE);
  return true;
}

Word *HandleTable::create(Word reference) {
  platform::Locked locked(lock_);
  if (free_ == nullptr && !addBlock())
    return nullptr;
  Word *handle = free_;
  free_ = linked(*handle);
  __atomic_store_n(handle, reference, __ATOMIC_RELEASE);
  return handle;
}

void HandleTable::destroy(Word *handle) {
  platform::Locked locked(lock_);
  __atomic_store_n(handle, linkTo(free_), __ATOMIC_RELEASE);
  free_ = handle;
}

void HandleTable::visit(Rank rank, RootVisitor &visitor) {
  if (rank != Rank::Exact)
    return;
  for (Block *block = __atomic_load_n(&blocks_, __ATOMIC_ACQUIRE);
       block != nullptr; block = block->next)
    for (Word &word : block->words)
      if (!(word & kFreeTag))
        visitor.exact(Slot::at(Address::of(&word)));
}

} // namespace mps
