// The version of the contract between compiled code and the runtime.
//
// Every module that the plugin compiles carries this number in its module
// descriptor; the runtime refuses a module whose number differs from its own.
// It changes with any change to a layout or to a meaning in this directory.
#ifndef MPS_ABI_VERSION_H
#define MPS_ABI_VERSION_H

#include <cstdint>

namespace mps::abi {

inline constexpr std::uint32_t kVersion = 9;

} // namespace mps::abi

#endif
