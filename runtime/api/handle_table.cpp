#include "api/handle_table.h"

#include <bit>

namespace mps {

namespace {
constexpr Word kFreeTag = 1;
Word linkTo(Word *next) { return Address::of(next).bits() | kFreeTag; }
Word *linked(Word word) {
  return Address::fromBits(word & ~kFreeTag).as<Word>();
}
} // namespace

bool HandleTable::addBlock() {
  Extent pages = platform::reserve(2 * kBlockSize, platform::Pages::Small);
  if (pages.isEmpty())
    return false;
  auto *block = pages.base.alignedUp(kBlockSize).as<Block>();
  for (Word &word : block->words) {
    word = linkTo(free_);
    free_ = &word;
  }
  block->next = blocks_;
  __atomic_store_n(&blocks_, block, __ATOMIC_RELEASE);
  return true;
}

/// With the lock.
void HandleTable::write(Word *handle, Word word) {
  auto &block = *Address::of(handle).alignedDown(kBlockSize).as<Block>();
  auto index = std::size_t(handle - block.words);
  std::uint64_t &map = block.touched[index / 64];
  std::uint64_t bit = std::uint64_t(1) << index % 64;
  if (!(map & bit) && !(*handle & kFreeTag))
    hasLostOldValues_ |= !oldValues_.push(*handle);
  __atomic_store_n(handle, word, __ATOMIC_RELEASE);
  map |= bit;
}

Word *HandleTable::create(Word reference) {
  platform::Locked locked(lock_);
  if (free_ == nullptr && !addBlock())
    return nullptr;
  Word *handle = free_;
  free_ = linked(*handle);
  write(handle, reference);
  return handle;
}

void HandleTable::set(Word *handle, Word reference) {
  platform::Locked locked(lock_);
  write(handle, reference);
}

void HandleTable::destroy(Word *handle) {
  platform::Locked locked(lock_);
  write(handle, linkTo(free_));
  free_ = handle;
}

// ---- With the world stopped ----

void HandleTable::visit(Rank rank, RootVisitor &visitor) {
  if (rank != Rank::Exact)
    return;
  bool isAtRest = lock_.tryLock();
  for (Block *block = __atomic_load_n(&blocks_, __ATOMIC_ACQUIRE);
       block != nullptr; block = block->next)
    if (isAtRest && !visitor.wantsQuiet())
      visitTouched(*block, visitor);
    else
      visitAll(*block, visitor, isAtRest);
  if (isAtRest)
    lock_.unlock();
}

void HandleTable::visitAll(Block &block, RootVisitor &visitor, bool isAtRest) {
  for (std::size_t i = 0; i < kWords; ++i) {
    if (block.words[i] & kFreeTag)
      continue;
    Slot slot = Slot::at(Address::of(&block.words[i]));
    visitor.exact(slot);
    if (isAtRest && !(block.touched[i / 64] >> i % 64 & 1))
      visitor.quiet(slot);
  }
}

void HandleTable::visitTouched(Block &block, RootVisitor &visitor) {
  for (std::size_t i = 0; i < kMapWords; ++i)
    for (std::uint64_t map = block.touched[i]; map != 0; map &= map - 1) {
      Word &word = block.words[i * 64 + unsigned(std::countr_zero(map))];
      Slot slot = Slot::at(Address::of(&word));
      bool isFree = word & kFreeTag;
      if (!isFree)
        visitor.exact(slot);
      if (isFree || !visitor.becomesQuiet(slot))
        block.touched[i] &= ~(map & -map);
    }
}

/// A thread that was stopped with the lock may have noted a value and not
/// written yet: what it has noted waits for the next time.
OldValues HandleTable::takeOldValues(FunctionRef<void(Word)> visit) {
  if (!lock_.tryLock())
    return OldValues::NotAll;
  for (Word value : oldValues_)
    visit(value);
  oldValues_.clear();
  bool isLost = hasLostOldValues_;
  hasLostOldValues_ = false;
  lock_.unlock();
  return isLost ? OldValues::Lost : OldValues::All;
}

void HandleTable::wait() {
  waiting_ = blocks_;
  waitingWord_ = 0;
}

bool HandleTable::showWaiting(unsigned &slots, RootVisitor &visitor) {
  for (; waiting_ != nullptr && slots != 0; --slots) {
    Slot slot = Slot::at(Address::of(&waiting_->words[waitingWord_]));
    if (!(slot.load().bits() & kFreeTag))
      visitor.exact(slot);
    if (++waitingWord_ == kWords) {
      waiting_ = waiting_->next;
      waitingWord_ = 0;
    }
  }
  return waiting_ == nullptr;
}

} // namespace mps
