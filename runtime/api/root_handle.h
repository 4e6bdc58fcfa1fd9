// What the C interface's mps_root_t leads to: root sources that ask the
// client's own functions.
#ifndef MPS_API_ROOT_HANDLE_H
#define MPS_API_ROOT_HANDLE_H

#include "api/thread_handle.h"
#include "arena/watched_pages.h"

struct mps_root_s : mps::RootSource {
  mps_arena_t arena = nullptr;
  mps::Rank rank = mps::Rank::Exact;
  mps_thr_t thread = nullptr; ///< Of a thread's root.
  std::size_t size = 0;       ///< Of the whole structure.
  bool hasUntoldWeak() const override { return rank == mps::Rank::Weak; }
  virtual void stopWatching() {}

protected:
  ~mps_root_s() = default;
};

namespace mps {

/// The root is what a function of the client's says.
struct FunctionRoot final : mps_root_s {
  mps_root_scan_t scan = nullptr;
  void *p = nullptr;
  std::size_t s = 0;
  void visit(Rank visited, RootVisitor &visitor) override;
};

/// Formatted objects outside of the pools.
struct FormatRoot final : mps_root_s {
  mps_fmt_scan_t scan = nullptr;
  mps_addr_t base = nullptr, limit = nullptr;
  void visit(Rank visited, RootVisitor &visitor) override;
};

/// How words are shown: by an area scanner with its closure, or by a tag.
struct AreaScan {
  mps_area_scan_t scan = nullptr;
  void *closure = nullptr;
  mps_scan_tag_s tag = {0, 0};
  bool isTagged = false; ///< The closure is `tag`.

  void operator()(RootVisitor &visitor, void *base, void *limit);
  /// Whether the library knows what it does.
  bool isOurs() const;
  /// If so: what it shows of a word, or 0.
  Word referenceIn(Word word) const;
};

/// A table, of a million references perhaps. If the client allows its pages to
/// be protected, and the library knows the scanner, its whole pages are
/// watched: a closed one leads to nothing that is young, so young collections
/// do not look at it; and when an old collection begins, all are closed, and
/// wait to be shown to the marker.
struct AreaRoot final : mps_root_s {
  AreaScan scan;
  void *base = nullptr, *limit = nullptr;
  WatchedPages *watched = nullptr;

  /// If it is worth it, and can be. With the arena's lock, before any
  /// collection sees it.
  void watch();
  void stopWatching() override;
  void visit(Rank visited, RootVisitor &visitor) override;
  void settle() override;
  void wait() override;
  bool showWaiting(unsigned &slots, RootVisitor &visitor) override;
  void stopWaiting() override;

private:
  void visitAll(RootVisitor &visitor);
  void visitOpen(RootVisitor &visitor);
  template <typename IsQuiet> void closeQuiet(Extent pages, IsQuiet isQuiet);
};

/// The stack, up to `cold`, and the registers of a thread.
struct ThreadRoot final : mps_root_s {
  AreaScan scan;
  Address cold;
  void visit(Rank visited, RootVisitor &visitor) override;

private:
  Address coldEnd(const StackState &stack) const;
};

} // namespace mps

#endif
