// How the plugin refuses a program: one error for one cause, with the
// function, the instruction, the reason and the way out. Compilation fails; the
// passes go on, and must leave valid IR behind.
#ifndef MPS_LLVM_PLUGIN_DIAGNOSTICS_H
#define MPS_LLVM_PLUGIN_DIAGNOSTICS_H

#include "llvm/ADT/Twine.h"

namespace llvm {
class Function;
class Instruction;
} // namespace llvm

namespace mps {

/// error: FILE:LINE:COLUMN: in function F: REASON; WAY-OUT
///     INSTRUCTION
void reportError(const llvm::Instruction &instruction,
                 const llvm::Twine &reason, const llvm::Twine &wayOut);

/// The same for a function as a whole.
void reportError(const llvm::Function &function, const llvm::Twine &reason,
                 const llvm::Twine &wayOut);

} // namespace mps

#endif
