#include "mutator/mutator.h"

#include "arena/log_table.h"
#include "platform/futex.h"
#include "platform/memory.h"

namespace mps {

using abi::ThreadState;

Mutator::Mutator(Thread &thread)
    : thread_(thread),
      log_(platform::reserve(kLogSize, platform::Pages::Small)) {
  abi::ThreadBlock &block = *thread.block;
  scanned.point = &block.scanned;
  leaf.point = &block.leaf;
  scanned.owner = leaf.owner = BufferOwner::Compiled;
  block.logTable = LogTable::base();
  block.logCursor = log_.base.as<abi::LogRecord>();
  block.logLimit = log_.limit.as<abi::LogRecord>();
  block.pollLimit = abi::kNoPoll;
  block.mutator = this;
}

Mutator::~Mutator() {
  abi::ThreadBlock &block = *thread_.block;
  block = {};
  if (!log_.isEmpty())
    platform::unreserve(log_);
  thread_.release();
}

/// Those of a module that leaves the process. Its flags are gone already.
void Mutator::forgetThreadLocals(const abi::ModuleDescriptor *module) {
  std::size_t kept = 0;
  for (const ThreadLocalRoot &each : threadLocals)
    if (each.module != module)
      threadLocals[kept++] = each;
  threadLocals.truncate(kept);
}

void Mutator::logFull() {
  abi::ThreadBlock &block = *thread_.block;
  auto *first = log_.base.as<abi::LogRecord>();
  bool keepsOldValues = sharedLog_->keepsOldValues;
  for (abi::LogRecord *each = first; each < block.logCursor; ++each) {
    logLost_ |= !logged_.push(Slot::at(Address::fromBits(each->slot)));
    if (keepsOldValues && each->oldValue != 0)
      logLost_ |= !oldValues_.push(each->oldValue);
  }
  auto count = std::size_t(block.logCursor - first);
  block.logCursor = first;
  if (sharedLog_->slots.fetch_add(count) + count < sharedLog_->most)
    return;
  hasLoggedMost_ = true;
  __atomic_store_n(&block.pollLimit, abi::kPollNow, __ATOMIC_RELAXED);
}

void Mutator::applySharedLog() {
  block().keepsOldValues = sharedLog_->keepsOldValues;
  block().armedPages =
      sharedLog_->isOff ? LogTable::noPages() : LogTable::pages();
}

void Mutator::forgetLog() {
  sharedLog_->slots -= logged_.size();
  logged_.clear();
  oldValues_.clear();
  hasLoggedMost_ = false;
}

std::atomic<std::uint32_t> &Mutator::stateWord() const {
  static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof(ThreadState));
  void *word = &block().state; // Nobody looks at it in another way.
  return *static_cast<std::atomic<std::uint32_t> *>(word);
}

ThreadState Mutator::state() const {
  return ThreadState(stateWord().load(std::memory_order_acquire));
}

bool Mutator::change(ThreadState from, ThreadState to) {
  auto expected = std::uint32_t(from);
  return stateWord().compare_exchange_strong(expected, std::uint32_t(to));
}

void Mutator::hold() {
  for (unsigned step = 0; !change(ThreadState::Foreign, ThreadState::Held);
       ++step)
    platform::backOff(step);
  isHeld = true;
}

void Mutator::letGo() {
  isHeld = false;
  change(ThreadState::Held, ThreadState::Foreign);
  platform::wakeAll(stateWord());
}

void Mutator::enterManaged() {
  while (!change(ThreadState::Foreign, ThreadState::Managed)) {
    if (state() == ThreadState::Managed)
      return;
    platform::waitWhile(stateWord(), std::uint32_t(ThreadState::Held));
  }
}

} // namespace mps
