// What the C interface's mps_root_t leads to: root sources that ask the
// client's own functions.
#ifndef MPS_API_ROOT_HANDLE_H
#define MPS_API_ROOT_HANDLE_H

#include "api/thread_handle.h"

struct mps_root_s : mps::RootSource {
  mps_arena_t arena = nullptr;
  mps::Rank rank = mps::Rank::Exact;
  mps_thr_t thread = nullptr; ///< Of a thread's root.
  std::size_t size = 0;       ///< Of the whole structure.
  bool hasUntoldWeak() const override { return rank == mps::Rank::Weak; }
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
};

struct AreaRoot final : mps_root_s {
  AreaScan scan;
  void *base = nullptr, *limit = nullptr;
  void visit(Rank visited, RootVisitor &visitor) override;
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
