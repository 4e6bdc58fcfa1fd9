// The ways into managed code and out of it: docs/design/threads-and-frames.md.
#ifndef MPS_LLVM_PLUGIN_EMIT_THUNKS_H
#define MPS_LLVM_PLUGIN_EMIT_THUNKS_H

namespace llvm {
class Module;
}

namespace mps {

/// Splits managed functions into bodies and entry thunks, sends calls of
/// foreign functions through exit thunks, and begins landing pads.
void emitThunks(llvm::Module &module);

} // namespace mps

#endif
