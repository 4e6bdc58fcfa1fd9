// What the C interface's roots show to a collection.
//
// A client's function gets the scan state of the trace; MPS_FIX2 in it leads
// to the trace through _mps_fix2.
#include "api/root_handle.h"

#include "base/check.h"

using namespace mps;

mps_res_t _mps_fix2(mps_ss_t ss, mps_addr_t *ref_io) {
  auto &state = *reinterpret_cast<ScanState *>(ss);
  Word word = Address::of(*ref_io).bits();
  bool isDone = state.fix(state, &word);
  *ref_io = Address::fromBits(word).as();
  return isDone ? MPS_RES_OK : MPS_RES_MEMORY;
}

mps_res_t mps_fix_ephemeron(mps_ss_t ss, mps_addr_t *key_io,
                            mps_addr_t *value_io) {
  auto &state = *reinterpret_cast<ScanState *>(ss);
  auto *key = reinterpret_cast<Word *>(key_io);
  auto *value = reinterpret_cast<Word *>(value_io);
  bool isDone = true;
  if (state.fixPair != nullptr)
    isDone = state.fixPair(state, key, value);
  else
    for (Word *word : {key, value})
      if (*word - state.least < state.size)
        isDone &= state.fix(state, word);
  return isDone ? MPS_RES_OK : MPS_RES_MEMORY;
}

namespace mps {

namespace {

void expectDone(mps_res_t result) {
  MPS_CHECK(result == MPS_RES_OK,
            "a root's scan function failed though every fix succeeded");
}

mps_ss_t stateOf(RootVisitor &visitor) {
  return visitor.scanState()->forClient();
}

} // namespace

void FunctionRoot::visit(Rank visited, RootVisitor &visitor) {
  if (visited == rank)
    expectDone(scan(stateOf(visitor), p, s));
}

void FormatRoot::visit(Rank visited, RootVisitor &visitor) {
  if (visited == rank)
    expectDone(scan(stateOf(visitor), base, limit));
}

void AreaScan::operator()(RootVisitor &visitor, void *base, void *limit) {
  if (base < limit)
    expectDone(scan(stateOf(visitor), base, limit,
                    isTagged ? static_cast<void *>(&tag) : closure));
}

bool AreaScan::isOurs() const {
  return scan == mps_scan_area || scan == mps_scan_area_masked ||
         scan == mps_scan_area_tagged || scan == mps_scan_area_tagged_or_zero;
}

Word AreaScan::referenceIn(Word word) const {
  if (scan == mps_scan_area)
    return word;
  const auto &wanted =
      isTagged ? tag : *static_cast<const mps_scan_tag_s *>(closure);
  Word found = word & wanted.mask;
  bool isOne = scan == mps_scan_area_masked || found == wanted.pattern ||
               (scan == mps_scan_area_tagged_or_zero && found == 0);
  return isOne ? word & ~wanted.mask : 0;
}

/// The library's scanners go on to the real end of the stack, if the thread is
/// on its own stack and no coroutine's.
Address ThreadRoot::coldEnd(const StackState &stack) const {
  Extent own = {thread->thread->lowEnd(), stack.cold};
  if (!own.contains(stack.hot))
    return cold;
  return scan.isOurs() || cold > own.limit ? own.limit : cold;
}

void ThreadRoot::visit(Rank visited, RootVisitor &visitor) {
  if (visited != Rank::Ambiguous || !thread->thread->isKnown())
    return;
  StackState stack = arena->world().stackOf(*thread->thread);
  Address end = coldEnd(stack);
  if (end < stack.hot)
    return; // It has left the frames that the root is about.
  scan(visitor, stack.registers.base.as(), stack.registers.limit.as());
  scan(visitor, stack.lowest().as(), end.as());
}

} // namespace mps
