// Memory for the runtime's own structures, without malloc: a thread that was
// stopped by signal may hold malloc's lock.
//
// ControlMemory hands out blocks from pages of its own, and keeps freed blocks
// in lists by size class (powers of two). It counts as committed memory of its
// arena, piece by piece; address space it takes ahead, each time twice as much:
// who maps memory waits until nobody else in the process changes mappings,
// which the background thread does for milliseconds. Not thread safe: the
// arena's lock covers it.
//
// GrowingArray is a sequence of plain values in pages of its own; for work
// lists that may become large. What it has not needed for a while it gives back
// when it is asked to (arena/side_memory.h).
#ifndef MPS_ARENA_CONTROL_MEMORY_H
#define MPS_ARENA_CONTROL_MEMORY_H

#include "base/address.h"
#include "platform/memory.h"

#include <algorithm>
#include <new>
#include <type_traits>
#include <utility>

namespace mps {

class ControlMemory {
public:
  ControlMemory() = default;
  ControlMemory(const ControlMemory &) = delete;
  ControlMemory &operator=(const ControlMemory &) = delete;
  /// Gives back all pages; nothing made here may be used afterwards.
  ~ControlMemory();

  /// `size` bytes, aligned to 16, or null. At most kPieceSize / 2.
  void *allocate(std::size_t size);
  void free(void *block, std::size_t size);

  /// An object, or null.
  template <typename T, typename... Arguments>
  T *make(Arguments &&...arguments) {
    void *block = allocate(sizeof(T));
    return block ? new (block) T(static_cast<Arguments &&>(arguments)...)
                 : nullptr;
  }
  template <typename T> void destroy(T *object) {
    object->~T();
    free(object, sizeof(T));
  }

  std::size_t committed() const { return committed_; }
  /// What that would grow by to make an object.
  template <typename T> std::size_t growthFor() const {
    return growthFor(sizeof(T));
  }

private:
  std::size_t growthFor(std::size_t size) const;
  static constexpr std::size_t kPieceSize = 65536;
  static constexpr std::size_t kMostArea = std::size_t(16) << 20;
  static constexpr unsigned kClasses = 16;
  struct Block {
    Block *next;
  };
  /// Where an area of pages begins.
  struct Area {
    Area *next;
    std::size_t size;
  };

  static unsigned classOf(std::size_t size);
  bool addPiece();
  bool addArea();

  Block *freeBlocks_[kClasses] = {};
  Area *areas_ = nullptr;
  Address next_, limit_; ///< In the first area.
  Address areaLimit_;
  std::size_t committed_ = 0;
};

template <typename T> class GrowingArray {
  static_assert(std::is_trivially_copyable_v<T>);

public:
  GrowingArray() = default;
  GrowingArray(const GrowingArray &) = delete;
  GrowingArray &operator=(const GrowingArray &) = delete;
  ~GrowingArray() {
    if (mapped_ != 0)
      platform::unreserve(Extent::of(Address::of(items_), mapped_));
  }

  /// False if there is no memory for it; then nothing has changed.
  bool push(T value) {
    if (size_ == limit_ && !grow()) [[unlikely]]
      return false;
    items_[size_++] = value;
    return true;
  }
  /// Takes all of another, which is empty then. False if there was no memory
  /// for some of it.
  bool takeAll(GrowingArray &other) {
    bool isComplete = true;
    if (size_ == 0)
      swap(other);
    for (T each : other)
      isComplete &= push(each);
    other.clear();
    return isComplete;
  }
  void clear() { size_ = 0; }
  std::size_t size() const { return size_; }
  T *begin() { return items_; }
  T *end() { return items_ + size_; }
  T &operator[](std::size_t index) { return items_[index]; }
  void truncate(std::size_t size) { size_ = size; }
  void dropFirst(std::size_t count) {
    __builtin_memmove(items_, items_ + count, (size_ - count) * sizeof(T));
    size_ -= count;
  }
  /// Of one that is not empty.
  T pop() { return items_[--size_]; }
  void swap(GrowingArray &other) {
    std::size_t bytes = reserved();
    setReserved(other.reserved());
    other.setReserved(bytes);
    std::swap(items_, other.items_);
    std::swap(size_, other.size_);
    std::swap(limit_, other.limit_);
    std::swap(mapped_, other.mapped_);
  }
  /// Bytes. Any thread.
  std::size_t reserved() const {
    return __atomic_load_n(&reserved_, __ATOMIC_RELAXED);
  }
  /// To be called from time to time. Of what is more than twice what was needed
  /// since the last time, an eighth is given back, and never more than `most`
  /// bytes. Returns how many.
  std::size_t shrink(std::size_t most) {
    std::size_t bytes = reserved();
    std::size_t least = bytes - std::min(most, bytes / 8);
    shrinkTo(std::max(2 * limit_ * sizeof(T), least));
    return bytes - reserved();
  }
  /// Gives back all but what is in it.
  void shrinkToFit() { shrinkTo(size_ * sizeof(T)); }

private:
  std::size_t capacity() const { return reserved() / sizeof(T); }
  void setReserved(std::size_t bytes) {
    __atomic_store_n(&reserved_, bytes, __ATOMIC_RELAXED);
  }
  void shrinkTo(std::size_t bytes) {
    bytes = alignUp(std::max(bytes, kFirstBytes), platform::kPageSize);
    if (bytes < reserved()) {
      platform::discard(
          Extent::of(Address::of(items_) + bytes, reserved() - bytes));
      setReserved(bytes);
    }
    limit_ = std::max(size_, std::min(kFirstBytes / sizeof(T), capacity()));
  }
  bool grow() {
    if (limit_ == capacity() && !reserveMore())
      return false;
    limit_ =
        std::min(std::max(2 * limit_, kFirstBytes / sizeof(T)), capacity());
    return true;
  }
  bool reserveMore() {
    std::size_t old = reserved();
    std::size_t bytes = old == 0            ? kFirstBytes
                        : old < kLargeBytes ? 2 * old
                                            : old + old / 4;
    bytes = alignUp(bytes, platform::kPageSize);
    if (bytes > mapped_ && !map(std::max(kFirstMapped, 4 * mapped_)) &&
        !map(bytes))
      return false;
    setReserved(bytes);
    return true;
  }
  /// To move what is mapped, all processors must hear of: who waits for that
  /// waits for as long as the system takes to run one.
  bool map(std::size_t bytes) {
    Extent old = Extent::of(Address::of(items_), mapped_);
    Extent fresh = mapped_ == 0
                       ? platform::reserve(bytes, platform::Pages::Small)
                       : platform::enlarge(old, bytes);
    if (fresh.isEmpty())
      return false;
    // Where the system gives huge pages unasked, one touch would be 2 MiB.
    if (bytes >= platform::kHugePageSize)
      platform::advise(fresh, platform::Pages::Small);
    items_ = fresh.base.template as<T>();
    mapped_ = bytes;
    return true;
  }

  static constexpr std::size_t kFirstBytes = std::size_t(4) << 10;
  static constexpr std::size_t kFirstMapped = std::size_t(1) << 20;
  /// From here on it grows by a quarter.
  static constexpr std::size_t kLargeBytes = std::size_t(1) << 20;

  T *items_ = nullptr;
  std::size_t size_ = 0;
  std::size_t limit_ = 0; ///< No more was needed since shrink(), or twice that.
  std::size_t reserved_ = 0; ///< Bytes that may be touched.
  std::size_t mapped_ = 0;   ///< Bytes of address space for them.
};

} // namespace mps

#endif
