// Puts a poll on every cycle of the program.
#ifndef MPS_LLVM_PLUGIN_PLACE_POLLS_H
#define MPS_LLVM_PLUGIN_PLACE_POLLS_H

namespace llvm {
class Function;
class LoopInfo;
class ScalarEvolution;
} // namespace llvm

namespace mps {

/// Whether `function` polls whenever it returns.
bool pollsAtExit(const llvm::Function &function);

/// Before allocations are lowered, while they are still single calls.
void placePolls(llvm::Function &function, llvm::LoopInfo &loops,
                llvm::ScalarEvolution &evolution);

} // namespace mps

#endif
