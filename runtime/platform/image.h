// The image of a loaded executable or shared object.
#ifndef MPS_PLATFORM_IMAGE_H
#define MPS_PLATFORM_IMAGE_H

#include "base/address.h"

namespace mps::platform {

/// The addresses of the loaded image that `address` is in; empty if none.
Extent imageOf(Address address);

} // namespace mps::platform

#endif
