#include "verify/verifier.h"

namespace mps {

void Verifier::run(const char *when) {}

} // namespace mps
