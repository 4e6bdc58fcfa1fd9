#include "api/global_roots.h"

#include "arena/log_table.h"
#include "pool/described_format.h"

#include <algorithm>

namespace mps {

namespace {

using Format = DescribedFormat;

/// Elements of a static array that are shown in one go.
constexpr std::size_t kElementsTogether = 512;

Address variableOf(const abi::GlobalEntry &entry) {
  return Address::of(&entry.variable) +
         std::size_t(std::ptrdiff_t(entry.variable));
}

const abi::TypeDescriptor &typeOf(Address object) {
  return Format::descriptorOf(Format::headerOf(object));
}

bool isObject(const abi::GlobalEntry &entry) { return entry.wordCount == 0; }

std::size_t sizeOf(const abi::GlobalEntry &entry) {
  Address variable = variableOf(entry);
  return isObject(entry) ? Format::sizeOf(variable, typeOf(variable))
                         : entry.wordCount * kWordSize;
}

template <typename Visit>
void forEachWord(const abi::GlobalEntry &entry, Visit visit) {
  for (std::size_t i = 0; i < entry.wordCount; ++i)
    if (entry.map >> (i % 64) & 1)
      visit(Slot::at(variableOf(entry) + i * kWordSize));
}

template <typename Visit>
void forEachSlot(const abi::GlobalEntry &entry, Visit visit) {
  Address variable = variableOf(entry);
  if (isObject(entry))
    Format::forEachSlot(variable, typeOf(variable), visit);
  else
    forEachWord(entry, visit);
}

template <typename Visit>
void forEachEntry(const abi::ModuleDescriptor &module, Visit visit) {
  for (const abi::GlobalEntry *each = module.globalsBegin;
       each < module.globalsEnd; ++each)
    visit(*each);
}

} // namespace

// ---- Modules ----

Extent GlobalRoots::extentOf(const abi::ModuleDescriptor &module) {
  Extent all;
  forEachEntry(module, [&](const abi::GlobalEntry &entry) {
    Address base = variableOf(entry), limit = base + sizeOf(entry);
    all = all.isEmpty()
              ? Extent{base, limit}
              : Extent{std::min(all.base, base), std::max(all.limit, limit)};
  });
  return all;
}

/// Modules of different flags that were linked together have one table.
bool GlobalRoots::isKnown(const abi::ModuleDescriptor &module) {
  return std::any_of(tables_.begin(), tables_.end(), [&](const Table &table) {
    return table.begin == module.globalsBegin;
  });
}

bool GlobalRoots::addWeakParts(const abi::ModuleDescriptor &module) {
  bool isDone = true;
  forEachEntry(module, [&](const abi::GlobalEntry &entry) {
    Address variable = variableOf(entry);
    if (isObject(entry) && Format::hasWeakPart(typeOf(variable)))
      isDone &= weak_.push(variable);
  });
  return isDone;
}

bool GlobalRoots::add(const abi::ModuleDescriptor &module) {
  Extent extent = extentOf(module);
  if (extent.isEmpty() || isKnown(module))
    return true;
  constexpr std::size_t kPage = std::size_t(1) << LogTable::kPageShift;
  if (!LogTable::cover(
          {extent.base.alignedDown(kPage), extent.limit.alignedUp(kPage)}) ||
      !tables_.push({module.globalsBegin, module.globalsEnd}) ||
      !addWeakParts(module))
    return false;
  forEachEntry(module, [](const abi::GlobalEntry &entry) {
    Address variable = variableOf(entry);
    LogTable::armPages({variable, variable + sizeOf(entry)});
    forEachSlot(entry, [](Slot slot) { LogTable::arm(slot); });
  });
  return true;
}

void GlobalRoots::remove(const abi::ModuleDescriptor &module) {
  if (!isKnown(module))
    return;
  forEachEntry(module, [](const abi::GlobalEntry &entry) {
    forEachSlot(entry, [](Slot slot) { LogTable::disarm(slot); });
  });
  Table *end =
      std::remove_if(tables_.begin(), tables_.end(), [&](const Table &each) {
        return each.begin == module.globalsBegin;
      });
  tables_.truncate(std::size_t(end - tables_.begin()));
  Extent extent = extentOf(module);
  Address *rest = std::remove_if(weak_.begin(), weak_.end(), [&](Address each) {
    return extent.contains(each);
  });
  weak_.truncate(std::size_t(rest - weak_.begin()));
  waitingTable_ = waitingEnd_ = 0;
  waiting_ = nullptr;
}

// ---- Collections ----

void GlobalRoots::visit(Rank rank, RootVisitor &visitor) {
  if (rank != Rank::Exact)
    return;
  for (Address object : weak_) // They never die, nor what they lead to.
    Format::forEachWeakSlot(object, typeOf(object),
                            [&](Slot slot) { visitor.exact(slot); });
  if (!visitor.wantsQuiet())
    return;
  for (const Table &table : tables_)
    for (const abi::GlobalEntry *each = table.begin; each < table.end; ++each)
      forEachSlot(*each,
                  [&](Slot slot) { visitor.logged(slot, variableOf(*each)); });
}

void GlobalRoots::wait() {
  waitingTable_ = 0;
  waitingEnd_ = tables_.size();
  waiting_ = waitingEnd_ != 0 ? tables_[0].begin : nullptr;
  waitingElement_ = 0;
}

/// Returns how many slots it has looked at; and sets waitingElement_ to 0 if
/// none is left of the entry.
unsigned GlobalRoots::showPart(const abi::GlobalEntry &entry,
                               FunctionRef<void(Slot)> show) {
  if (!isObject(entry)) {
    forEachWord(entry, show);
    return entry.wordCount;
  }
  Address object = variableOf(entry);
  const auto &type = typeOf(object);
  if (waitingElement_ == 0)
    Format::forEachFixedSlot(object, type, show);
  std::size_t end = type.elementMap != 0 ? Format::lengthOf(object, type) : 0;
  std::size_t to = std::min(end, waitingElement_ + kElementsTogether);
  if (to != 0)
    Format::forEachInElements(object, type, waitingElement_, to, show);
  auto done = unsigned(to - waitingElement_) + 1;
  waitingElement_ = to < end ? to : 0;
  return done;
}

bool GlobalRoots::showWaiting(unsigned &slots, RootVisitor &visitor) {
  while (waitingTable_ < waitingEnd_) {
    if (waiting_ == tables_[waitingTable_].end) {
      if (++waitingTable_ < waitingEnd_)
        waiting_ = tables_[waitingTable_].begin;
    } else if (slots == 0) {
      return false;
    } else {
      unsigned done =
          showPart(*waiting_, [&](Slot slot) { visitor.exact(slot); });
      slots -= std::min(slots, done);
      if (waitingElement_ == 0)
        ++waiting_;
    }
  }
  return true;
}

} // namespace mps
