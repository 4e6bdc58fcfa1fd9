// Keeps the inliner from changing what kind of frame code runs in.
#ifndef MPS_LLVM_PLUGIN_KEEP_FRAMES_H
#define MPS_LLVM_PLUGIN_KEEP_FRAMES_H

namespace llvm {
class Module;
}

namespace mps {

/// Foreign functions stay foreign: LLVM would make managed ones of those that
/// managed functions are inlined into, whose frames are no longer found
/// ambiguously, and which may not call setjmp. And what mps.pin keeps in place
/// during a call stays a call.
void keepFrames(llvm::Module &module);

} // namespace mps

#endif
