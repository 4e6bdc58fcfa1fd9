// Handles: exact roots that foreign code makes, reads and writes.
//
// Blocks of words. A word holds a reference, or, if it is free, the next free
// word's address with its lowest bit set: an immediate, to a trace.
//
// A million handles must not make a pause. So a handle that has been visited
// and leads to a settled object is quiet: a young collection does not look at
// it. What writes it sets its bit, and notes what it held. When an old
// collection begins, quiet handles wait to be shown to the marker, in steps.
//
// The table's lock covers it, but for reading. A thread may be stopped while it
// has the lock: the collector then visits all handles, and changes no bits.
// Invariant H1: with the world stopped and the lock free, a handle whose bit is
// clear leads to nothing that is young; and while an old collection marks, one
// that has not been shown holds what it held when that began, or that was
// noted.
#ifndef MPS_API_HANDLE_TABLE_H
#define MPS_API_HANDLE_TABLE_H

#include "arena/control_memory.h"
#include "platform/memory.h"
#include "platform/mutex.h"
#include "stack/root_source.h"

namespace mps {

class HandleTable final : public RootSource {
public:
  // Any thread:

  /// Null if there is no memory.
  Word *create(Word reference);
  void set(Word *handle, Word reference);
  void destroy(Word *handle);

  // World stopped:

  void visit(Rank rank, RootVisitor &visitor) override;
  OldValues takeOldValues(FunctionRef<void(Word)> visit) override;
  void wait() override;
  /// Also by whoever has the arena's lock.
  bool showWaiting(unsigned &slots, RootVisitor &visitor) override;

private:
  static constexpr std::size_t kBlockSize = 65536;
  static constexpr std::size_t kWords = 8064, kMapWords = kWords / 64;
  struct Block {
    Block *next;
    std::uint64_t touched[kMapWords]; ///< Bit i % 64 of word i / 64.
    Word words[kWords];
  };
  static_assert(sizeof(Block) <= kBlockSize);

  bool addBlock();
  void write(Word *handle, Word word);
  static void visitTouched(Block &block, RootVisitor &visitor);
  static void visitAll(Block &block, RootVisitor &visitor, bool isAtRest);

  platform::Mutex lock_;
  Block *blocks_ = nullptr;
  Word *free_ = nullptr;
  /// What quiet handles held before they were written.
  GrowingArray<Word> oldValues_;
  bool hasLostOldValues_ = false;
  /// The next that waits to be shown, of those that were there; null: none.
  Block *waiting_ = nullptr;
  std::size_t waitingWord_ = 0;
};

} // namespace mps

#endif
