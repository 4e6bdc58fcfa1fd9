// Pages of a client's, outside of the arena, that are watched: who stores into
// them is known.
//
// A page is open, or closed: write-protected. The first store into a closed
// page faults, and the handler opens it. So what has been found out about a
// page when it was closed stays true until it is open.
//
// And what closed pages held at some moment can be looked at later, in steps,
// while the program goes on: wait() says when; from then on the handler copies
// a page before it opens it, to the same place of a shadow, which has memory
// where that has happened and nowhere else. takeWaiting() gives what each page
// held, be it here or there.
//
// Boundaries between open and closed pages are mappings, and count as those of
// segments do (arena/protection.h), whose lock covers all of this, too: a
// handler waits for nothing. Not here: what pages lead to (api/root_handle.h).
#ifndef MPS_ARENA_WATCHED_PAGES_H
#define MPS_ARENA_WATCHED_PAGES_H

#include "arena/protection.h"

namespace mps {

class WatchedPages {
public:
  static constexpr std::size_t kWords = platform::kPageSize / kWordSize;
  struct Contents {
    Word words[kWords];
  };

  WatchedPages(Protection &protection, Extent pages)
      : protection_(protection), extent_(pages) {}
  WatchedPages(const WatchedPages &) = delete;
  WatchedPages &operator=(const WatchedPages &) = delete;
  ~WatchedPages() { stop(); }

  // With the arena's lock:

  /// All are open. False if there is no memory, or the system refuses, or some
  /// are watched already, in whatever arena: what one opens, another would have
  /// closed.
  bool start();
  /// All are open, and nobody watches any more.
  void stop();
  Extent extent() const { return extent_; }
  /// The pages have been looked at, or will not be.
  void close(Extent pages);
  /// What the next page held when wait() was called. False if none is left.
  bool takeWaiting(Contents &contents);

  // With the world stopped:

  std::size_t openSize() const { return openPages_ * platform::kPageSize; }
  /// Calls visit(Extent) for each run of open pages, and of closed ones. It may
  /// close what it is called with.
  template <typename Visit> void forEachOpenRun(Visit visit) {
    forEachRun(0, visit);
  }
  template <typename Visit> void forEachClosedRun(Visit visit) {
    forEachRun(kClosed, visit);
  }
  void closeAll();
  /// Closed pages are waiting from now on, with what they hold.
  void wait();
  /// None is.
  void stopWaiting();

  /// For a scope: everything may be written to, and stays what it is.
  class Lifted {
  public:
    explicit Lifted(WatchedPages &pages) : pages_(pages) { pages_.lift(); }
    ~Lifted() { pages_.putBack(); }
    Lifted(const Lifted &) = delete;
    Lifted &operator=(const Lifted &) = delete;

  private:
    WatchedPages &pages_;
  };

private:
  friend class Protection;
  enum : std::uint8_t {
    kClosed = 1,
    kWaiting = 2, ///< What it held is to be looked at.
    kCopied = 4,  ///< That is in the shadow.
  };

  /// With the lock. False if the address is none of these.
  bool mend(Address address);
  void open(std::size_t first, std::size_t end);
  void dropShadow();
  void lift();
  void putBack();
  int boundariesAround(std::size_t first, std::size_t end) const;
  bool isClosed(std::size_t page) const { return states_[page] & kClosed; }
  std::size_t count() const { return extent_.size() / platform::kPageSize; }
  std::size_t pageOf(Address address) const {
    return (address - extent_.base) / platform::kPageSize;
  }
  Extent pages(std::size_t first, std::size_t end) const {
    return {extent_.base + first * platform::kPageSize,
            extent_.base + end * platform::kPageSize};
  }
  Address shadowOf(std::size_t page) const {
    return shadow_.base + page * platform::kPageSize;
  }
  template <typename Visit> void forEachRun(std::uint8_t state, Visit visit) {
    for (std::size_t i = 0; i < count();) {
      std::size_t first = i;
      while (i < count() && (states_[i] & kClosed) == state)
        ++i;
      if (i != first)
        visit(pages(first, i));
      else
        ++i;
    }
  }

  Protection &protection_;
  Extent extent_;
  Extent memory_; ///< Of the next two; empty: not started.
  std::uint8_t *states_ = nullptr;
  Extent shadow_;
  std::size_t openPages_ = 0;
  std::size_t copiedPages_ = 0;         ///< Of the shadow: with memory.
  std::size_t next_ = 0;                ///< No page before it is waiting.
  WatchedPages *nextWatched_ = nullptr; ///< Of the protection's list.
};

} // namespace mps

#endif
