// Memory for the runtime's own structures, without malloc: a thread that was
// stopped by signal may hold malloc's lock.
//
// ControlMemory hands out blocks from pages of its own, and keeps freed blocks
// in lists by size class (powers of two). It counts as committed memory of its
// arena. Not thread safe: the arena's lock covers it.
//
// GrowingArray is a sequence of plain values in pages of its own, which it
// doubles; for work lists that may become large.
#ifndef MPS_ARENA_CONTROL_MEMORY_H
#define MPS_ARENA_CONTROL_MEMORY_H

#include "base/address.h"
#include "platform/memory.h"

#include <new>
#include <type_traits>

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

private:
  static constexpr std::size_t kPieceSize = 65536;
  static constexpr unsigned kClasses = 16;
  struct Block {
    Block *next;
  };
  struct Piece {
    Piece *next;
  };

  static unsigned classOf(std::size_t size);
  bool addPiece();

  Block *freeBlocks_[kClasses] = {};
  Piece *pieces_ = nullptr;
  Address next_;
  Address limit_;
  std::size_t committed_ = 0;
};

template <typename T> class GrowingArray {
  static_assert(std::is_trivially_copyable_v<T>);

public:
  GrowingArray() = default;
  GrowingArray(const GrowingArray &) = delete;
  GrowingArray &operator=(const GrowingArray &) = delete;
  ~GrowingArray() {
    if (capacity_ != 0)
      platform::unreserve(extent());
  }

  /// False if there is no memory for it; then nothing has changed.
  bool push(T value) {
    if (size_ == capacity_ && !grow()) [[unlikely]]
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
  /// Of one that is not empty.
  T pop() { return items_[--size_]; }
  void swap(GrowingArray &other) {
    T *items = items_;
    std::size_t size = size_, capacity = capacity_;
    items_ = other.items_, size_ = other.size_, capacity_ = other.capacity_;
    other.items_ = items, other.size_ = size, other.capacity_ = capacity;
  }

private:
  Extent extent() const {
    return Extent::of(Address::of(items_), capacity_ * sizeof(T));
  }
  bool grow() {
    std::size_t bytes = capacity_ == 0 ? 65536 : 2 * capacity_ * sizeof(T);
    Extent fresh = capacity_ == 0
                       ? platform::reserve(bytes, platform::Pages::Small)
                       : platform::enlarge(extent(), bytes);
    if (fresh.isEmpty())
      return false;
    items_ = fresh.base.template as<T>();
    capacity_ = bytes / sizeof(T);
    return true;
  }

  T *items_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

} // namespace mps

#endif
