// References in thread-local variables.
//
// Nobody but the thread itself can tell where its thread-local variables are.
// So each function that uses one with references first makes sure that its
// thread has told the runtime, once, where those of this module are.
#ifndef MPS_LLVM_PLUGIN_THREAD_LOCALS_H
#define MPS_LLVM_PLUGIN_THREAD_LOCALS_H

#include "llvm/IR/Module.h"

namespace mps {

/// Puts the test at the entry of each function that wants it.
void useThreadLocals(llvm::Module &module,
                     llvm::ArrayRef<llvm::Function *> functions);
/// Defines the function that tells the runtime, if there is need of one.
void emitThreadLocals(llvm::Module &module, llvm::GlobalVariable &descriptor);

/// The thread-local variable whose address this is, in the calling thread; null
/// if it is none.
const llvm::GlobalVariable *threadLocalOf(const llvm::Value *pointer);

} // namespace mps

#endif
