// The area scanners of the C interface: one loop, four tests of a word's tag.
//
// A word that passes is fixed with its masked bits cleared, and stored back
// with them restored. A word that is not of interest is not written at all.
// The words may be a stack's, so the loop is invisible to sanitizers.
#include "api/interface.h"

namespace {

using Tag = mps_scan_tag_s;

struct AnyTag {
  static bool accepts(mps_word_t, const Tag &) { return true; }
};
struct PatternOnly {
  static bool accepts(mps_word_t tag, const Tag &wanted) {
    return tag == wanted.pattern;
  }
};
struct PatternOrZero {
  static bool accepts(mps_word_t tag, const Tag &wanted) {
    return tag == wanted.pattern || tag == 0;
  }
};

template <typename Test>
[[gnu::no_sanitize("address", "thread")]] mps_res_t
scanWords(mps_ss_t ss, void *base, void *limit, const Tag &wanted) {
  MPS_SCAN_BEGIN(ss) {
    for (auto *word = static_cast<mps_word_t *>(base); word < limit; ++word) {
      mps_word_t tag = *word & wanted.mask;
      if (!Test::accepts(tag, wanted) || !MPS_FIX1(ss, *word & ~wanted.mask))
        continue;
      auto reference = reinterpret_cast<mps_addr_t>(*word & ~wanted.mask);
      mps_res_t result = MPS_FIX2(ss, &reference);
      if (result != MPS_RES_OK)
        return result;
      *word = reinterpret_cast<mps_word_t>(reference) | tag;
    }
  }
  MPS_SCAN_END(ss);
  return MPS_RES_OK;
}

const Tag &tagOf(void *closure) { return *static_cast<Tag *>(closure); }

} // namespace

mps_res_t mps_scan_area(mps_ss_t ss, void *base, void *limit, void *) {
  return scanWords<AnyTag>(ss, base, limit, Tag{0, 0});
}

mps_res_t mps_scan_area_masked(mps_ss_t ss, void *base, void *limit,
                               void *closure) {
  return scanWords<AnyTag>(ss, base, limit, tagOf(closure));
}

mps_res_t mps_scan_area_tagged(mps_ss_t ss, void *base, void *limit,
                               void *closure) {
  return scanWords<PatternOnly>(ss, base, limit, tagOf(closure));
}

mps_res_t mps_scan_area_tagged_or_zero(mps_ss_t ss, void *base, void *limit,
                                       void *closure) {
  return scanWords<PatternOrZero>(ss, base, limit, tagOf(closure));
}
