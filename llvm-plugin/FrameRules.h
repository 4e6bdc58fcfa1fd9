// What a managed frame cannot have, each reported by one error.
#ifndef MPS_LLVM_PLUGIN_FRAME_RULES_H
#define MPS_LLVM_PLUGIN_FRAME_RULES_H

namespace llvm {
class Function;
}

namespace mps {

/// True if `function`, which has a safepoint, keeps the rules: a frame of one
/// size whose references are in known places, calls that statepoints can make,
/// ordinary landing pads.
bool keepsFrameRules(const llvm::Function &function);

} // namespace mps

#endif
