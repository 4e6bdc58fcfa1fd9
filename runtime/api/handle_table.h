// Handles: exact roots that foreign code makes, reads and writes.
//
// Blocks of words. A word holds a reference, or, if it is free, the next free
// word's address with its lowest bit set: an immediate, to a trace.
// The table's lock covers it; the world is stopped when roots are visited, and
// a thread that was stopped with the lock held has not unlinked or linked yet
// more than the words show.
#ifndef MPS_API_HANDLE_TABLE_H
#define MPS_API_HANDLE_TABLE_H

#include "platform/memory.h"
#include "platform/mutex.h"
#include "stack/root_source.h"

namespace mps {

class HandleTable final : public RootSource {
public:
  /// Null if there is no memory.
  Word *create(Word reference);
  void destroy(Word *handle);
  void visit(Rank rank, RootVisitor &visitor) override;

private:
  static constexpr std::size_t kBlockSize = 65536;
  static constexpr std::size_t kWords = kBlockSize / kWordSize - 1;
  struct Block {
    Block *next;
    Word words[kWords];
  };
  bool addBlock();

  platform::Mutex lock_;
  Block *blocks_ = nullptr;
  Word *free_ = nullptr;
};

} // namespace mps

#endif
