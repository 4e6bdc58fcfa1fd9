// What the runtime's own arrays take beside the heap, which is to fit into the
// heap's limit with them.
//
// 1. At the end of a collection, each part of the runtime that has arrays shows
//    them: those that nobody else is using shrink, all are added up.
// 2. The arena counts the sum as committed, and gives out so much less
//    (Arena::setSideSize).
//
// Between collections the arrays may grow: what the write barrier logs is
// bounded by Pacing::mostLogged, a marker's stack by what it marks.
#ifndef MPS_ARENA_SIDE_MEMORY_H
#define MPS_ARENA_SIDE_MEMORY_H

#include "arena/control_memory.h"

namespace mps {

class SideMemory {
public:
  enum class Keep : std::uint8_t {
    All,      ///< They are of others, who use them meanwhile.
    Expected, ///< GrowingArray::shrink, all together by so much at a time.
    Used,     ///< GrowingArray::shrinkToFit.
  };
  /// The Expected ones give back no more bytes than that.
  explicit SideMemory(std::size_t mostGivenBack) : leftToGive_(mostGivenBack) {}
  void setKeep(Keep keep) { keep_ = keep; }

  template <typename... Ts> void show(GrowingArray<Ts> &...arrays) {
    (showOne(arrays), ...);
  }
  void add(std::size_t bytes) { size_ += bytes; }
  std::size_t size() const { return size_; }

private:
  template <typename T> void showOne(GrowingArray<T> &array) {
    if (keep_ == Keep::Expected)
      leftToGive_ -= array.shrink(leftToGive_);
    else if (keep_ == Keep::Used)
      array.shrinkToFit();
    size_ += array.reserved();
  }

  Keep keep_ = Keep::Expected;
  std::size_t leftToGive_;
  std::size_t size_ = 0;
};

} // namespace mps

#endif
