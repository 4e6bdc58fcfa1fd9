// The slot sets of one function, each kept once.
//
// A pool is a sequence of 16-bit words: a set is a count word followed by that
// many slots (mps/abi/root_table.h). Equal sets share one place.
#ifndef MPS_LLVM_PLUGIN_SLOT_SET_POOL_H
#define MPS_LLVM_PLUGIN_SLOT_SET_POOL_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

#include <cstdint>
#include <map>
#include <vector>

namespace mps {

class SlotSetPool {
public:
  /// The index of the count word of `slots`, at most kFrameSlotLimit of them.
  std::uint32_t add(llvm::ArrayRef<std::uint16_t> slots) {
    auto [entry, isNew] =
        places_.try_emplace(std::vector<std::uint16_t>(slots), words_.size());
    if (isNew) {
      words_.push_back(slots.size());
      words_.append(slots.begin(), slots.end());
    }
    return entry->second;
  }

  llvm::ArrayRef<std::uint16_t> words() const { return words_; }

private:
  std::map<std::vector<std::uint16_t>, std::uint32_t> places_;
  llvm::SmallVector<std::uint16_t> words_;
};

} // namespace mps

#endif
