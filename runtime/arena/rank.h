// Ranks of references, from the strongest to the weakest. A trace goes through
// them in this order: what a weaker one leads to is known only when all that
// the stronger ones lead to has been found.
//
//   ambiguous   may be one; what it seems to refer to stays where it is
//   exact       keeps what it refers to
//   (final)     guardians: blocks whose death is to be told (trace/guardian.h)
//   ephemeron   a pair: keeps its value if its key is found otherwise
//   weak        keeps nothing, and becomes null when what it refers to dies
//
// Values of ephemerons are found along with the ranks before: an ephemeron
// whose key a guardian keeps, keeps its value.
#ifndef MPS_ARENA_RANK_H
#define MPS_ARENA_RANK_H

#include <cstdint>

namespace mps {

enum class Rank : std::uint8_t { Ambiguous, Exact, Ephemeron, Weak };

} // namespace mps

#endif
