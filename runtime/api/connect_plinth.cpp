#include "api/interface.h"
#include "base/check.h"

namespace mps {

void connectPlinth() {
  installCheckHandler(
      [](const char *file, unsigned line, const char *condition) {
        mps_lib_assert_fail(file, line, condition);
      });
}

} // namespace mps
