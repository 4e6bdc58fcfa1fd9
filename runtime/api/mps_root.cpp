// Creating and destroying roots of the C interface. What they show to a
// collection is in visit_roots.cpp.
#include "api/root_handle.h"

using namespace mps;

mps_rank_t mps_rank_ambig() { return 0; }
mps_rank_t mps_rank_exact() { return 1; }
mps_rank_t mps_rank_ephemeron() { return 2; }
mps_rank_t mps_rank_weak() { return 3; }

namespace {

// ---- What a client may ask for ----

mps_res_t checkRank(mps_rank_t rank) {
  return assertClient(rank == mps_rank_ambig() || rank == mps_rank_exact() ||
                          rank == mps_rank_weak(),
                      "not a rank of roots")
             ? MPS_RES_OK
             : MPS_RES_PARAM;
}

mps_res_t checkMode(mps_rm_t mode) {
  constexpr mps_rm_t kKnown = MPS_RM_CONST | MPS_RM_PROT | MPS_RM_PROT_INNER;
  return assertClient((mode & ~kKnown) == 0, "not a root mode") ? MPS_RES_OK
                                                                : MPS_RES_PARAM;
}

mps_res_t checkGiven(const void *first, const void *second, const void *scan) {
  return isGiven(first) && isGiven(second) &&
                 assertClient(scan != nullptr, "a root needs a scan function")
             ? MPS_RES_OK
             : MPS_RES_PARAM;
}

mps_res_t checkArea(const void *base, const void *limit) {
  return assertClient(base != nullptr && base < limit,
                      "a root's area is empty") &&
                 assertClient(Address::of(base).isAligned(kWordSize) &&
                                  Address::of(limit).isAligned(kWordSize),
                              "a root's area is not aligned to words")
             ? MPS_RES_OK
             : MPS_RES_PARAM;
}

mps_res_t checkThread(mps_arena_t arena, mps_rank_t rank, mps_rm_t mode,
                      mps_thr_t thread, const void *cold) {
  return isGiven(thread) &&
                 assertClient(thread->arena == arena,
                              "the root's thread is of another arena") &&
                 assertClient(rank == mps_rank_ambig() && mode == 0,
                              "a thread's root is ambiguous, of mode 0") &&
                 assertClient(cold != nullptr,
                              "a thread's root needs its stack's cold end")
             ? MPS_RES_OK
             : MPS_RES_PARAM;
}

Rank rankOf(mps_rank_t rank) {
  if (rank == mps_rank_weak())
    return Rank::Weak;
  return rank == mps_rank_ambig() ? Rank::Ambiguous : Rank::Exact;
}

/// The first result that is not OK.
template <typename... Checks> mps_res_t firstFailure(Checks... checks) {
  mps_res_t result = MPS_RES_OK;
  (void)(((result = checks()) == MPS_RES_OK) && ...);
  return result;
}

// ---- Creation ----

/// Registers a copy of `root`, of which `prepare` is told before.
template <typename Root, typename Prepare>
mps_res_t add(mps_root_t *rootOut, mps_arena_s &arena, mps_rank_t rank,
              const Root &root, Prepare prepare) {
  platform::Locked locked(arena.lock());
  auto *made = arena.arena().control().make<Root>(root);
  if (made == nullptr)
    return MPS_RES_MEMORY;
  made->arena = &arena;
  made->rank = rankOf(rank);
  made->size = sizeof(Root);
  if (made->thread != nullptr)
    ++made->thread->roots;
  prepare(*made);
  arena.add(*made);
  ++arena.roots;
  *rootOut = made;
  return MPS_RES_OK;
}

template <typename Root>
mps_res_t add(mps_root_t *rootOut, mps_arena_s &arena, mps_rank_t rank,
              const Root &root) {
  return add(rootOut, arena, rank, root, [](Root &) {});
}

mps_res_t addArea(mps_root_t *rootOut, mps_arena_t arena, mps_rank_t rank,
                  mps_rm_t mode, void *base, void *limit,
                  const AreaScan &scan) {
  mps_res_t result = firstFailure(
      [&] {
        return checkGiven(rootOut, arena,
                          reinterpret_cast<const void *>(scan.scan));
      },
      [&] { return checkRank(rank); }, [&] { return checkMode(mode); },
      [&] { return checkArea(base, limit); });
  if (result != MPS_RES_OK)
    return result;
  AreaRoot root;
  root.scan = scan;
  root.base = base;
  root.limit = limit;
  return add(rootOut, *arena, rank, root, [&](AreaRoot &made) {
    if (mode & MPS_RM_PROT)
      made.watch();
  });
}

mps_res_t addThread(mps_root_t *rootOut, mps_arena_t arena, mps_rank_t rank,
                    mps_rm_t mode, mps_thr_t thread, void *cold,
                    const AreaScan &scan) {
  mps_res_t result = firstFailure(
      [&] {
        return checkGiven(rootOut, arena,
                          reinterpret_cast<const void *>(scan.scan));
      },
      [&] { return checkThread(arena, rank, mode, thread, cold); });
  if (result != MPS_RES_OK)
    return result;
  ThreadRoot root;
  root.scan = scan;
  root.thread = thread;
  root.cold = Address::of(cold).alignedDown(kWordSize);
  return add(rootOut, *arena, rank, root);
}

AreaScan withClosure(mps_area_scan_t scan, void *closure) {
  AreaScan area;
  area.scan = scan;
  area.closure = closure;
  return area;
}

AreaScan withTag(mps_area_scan_t scan, mps_word_t mask, mps_word_t pattern) {
  AreaScan area;
  area.scan = scan;
  area.tag = {mask, pattern};
  area.isTagged = true;
  return area;
}

} // namespace

mps_res_t mps_root_create(mps_root_t *root_o, mps_arena_t arena,
                          mps_rank_t rank, mps_rm_t rm, mps_root_scan_t scan,
                          void *p, size_t s) {
  mps_res_t result = firstFailure(
      [&] {
        return checkGiven(root_o, arena, reinterpret_cast<const void *>(scan));
      },
      [&] { return checkRank(rank); }, [&] { return checkMode(rm); });
  if (result != MPS_RES_OK)
    return result;
  FunctionRoot root;
  root.scan = scan;
  root.p = p;
  root.s = s;
  return add(root_o, *arena, rank, root);
}

mps_res_t mps_root_create_fmt(mps_root_t *root_o, mps_arena_t arena,
                              mps_rank_t rank, mps_rm_t rm, mps_fmt_scan_t scan,
                              mps_addr_t base, mps_addr_t limit) {
  mps_res_t result = firstFailure(
      [&] {
        return checkGiven(root_o, arena, reinterpret_cast<const void *>(scan));
      },
      [&] { return checkRank(rank); }, [&] { return checkMode(rm); },
      [&] {
        return assertClient(base != nullptr && base < limit,
                            "a root's objects are none")
                   ? MPS_RES_OK
                   : MPS_RES_PARAM;
      });
  if (result != MPS_RES_OK)
    return result;
  FormatRoot root;
  root.scan = scan;
  root.base = base;
  root.limit = limit;
  return add(root_o, *arena, rank, root);
}

mps_res_t mps_root_create_area(mps_root_t *root_o, mps_arena_t arena,
                               mps_rank_t rank, mps_rm_t rm, void *base,
                               void *limit, mps_area_scan_t scan_area,
                               void *closure) {
  return addArea(root_o, arena, rank, rm, base, limit,
                 withClosure(scan_area, closure));
}

mps_res_t mps_root_create_area_tagged(mps_root_t *root_o, mps_arena_t arena,
                                      mps_rank_t rank, mps_rm_t rm, void *base,
                                      void *limit, mps_area_scan_t scan_area,
                                      mps_word_t mask, mps_word_t pattern) {
  return addArea(root_o, arena, rank, rm, base, limit,
                 withTag(scan_area, mask, pattern));
}

mps_res_t mps_root_create_thread(mps_root_t *root_o, mps_arena_t arena,
                                 mps_thr_t thr, void *cold) {
  return addThread(root_o, arena, mps_rank_ambig(), 0, thr, cold,
                   withClosure(mps_scan_area, nullptr));
}

mps_res_t mps_root_create_thread_tagged(mps_root_t *root_o, mps_arena_t arena,
                                        mps_rank_t rank, mps_rm_t rm,
                                        mps_thr_t thr,
                                        mps_area_scan_t scan_area,
                                        mps_word_t mask, mps_word_t pattern,
                                        void *cold) {
  return addThread(root_o, arena, rank, rm, thr, cold,
                   withTag(scan_area, mask, pattern));
}

mps_res_t mps_root_create_thread_scanned(mps_root_t *root_o, mps_arena_t arena,
                                         mps_rank_t rank, mps_rm_t rm,
                                         mps_thr_t thr,
                                         mps_area_scan_t scan_area,
                                         void *closure, void *cold) {
  return addThread(root_o, arena, rank, rm, thr, cold,
                   withClosure(scan_area, closure));
}

void mps_root_destroy(mps_root_t root) {
  if (!isGiven(root))
    return;
  mps_arena_s &arena = *root->arena;
  platform::Locked locked(arena.lock());
  arena.remove(*root);
  root->stopWatching();
  --arena.roots;
  if (root->thread != nullptr)
    --root->thread->roots;
  arena.arena().control().free(root, root->size);
}

// ---- Deprecated creation ----

mps_res_t mps_root_create_table(mps_root_t *root_o, mps_arena_t arena,
                                mps_rank_t rank, mps_rm_t rm, mps_addr_t *base,
                                size_t count) {
  return mps_root_create_area(root_o, arena, rank, rm, base, base + count,
                              mps_scan_area, nullptr);
}

mps_res_t mps_root_create_table_tagged(mps_root_t *root_o, mps_arena_t arena,
                                       mps_rank_t rank, mps_rm_t rm,
                                       mps_addr_t *base, size_t count,
                                       mps_area_scan_t scan_area,
                                       mps_word_t mask, mps_word_t pattern) {
  return mps_root_create_area_tagged(root_o, arena, rank, rm, base,
                                     base + count, scan_area, mask, pattern);
}

mps_res_t mps_root_create_table_masked(mps_root_t *root_o, mps_arena_t arena,
                                       mps_rank_t rank, mps_rm_t rm,
                                       mps_addr_t *base, size_t count,
                                       mps_word_t mask) {
  return mps_root_create_area_tagged(root_o, arena, rank, rm, base,
                                     base + count, mps_scan_area_masked, mask,
                                     0);
}

mps_res_t mps_root_create_reg(mps_root_t *root_o, mps_arena_t arena,
                              mps_rank_t rank, mps_rm_t rm, mps_thr_t thr,
                              mps_reg_scan_t scan, void *p, size_t) {
  if (!assertClient(scan == mps_stack_scan_ambig,
                    "mps_root_create_reg: scan is not mps_stack_scan_ambig"))
    return MPS_RES_PARAM;
  return addThread(root_o, arena, rank, rm, thr, p,
                   withClosure(mps_scan_area, nullptr));
}

mps_res_t mps_stack_scan_ambig(mps_ss_t, mps_thr_t, void *, size_t) {
  assertClient(false, "mps_stack_scan_ambig is a name, not to be called");
  return MPS_RES_UNIMPL;
}
