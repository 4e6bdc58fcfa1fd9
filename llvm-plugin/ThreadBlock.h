// Access to the fields of the calling thread's block (mps/abi/thread_block.h),
// for the passes that emit inline paths.
#ifndef MPS_LLVM_PLUGIN_THREAD_BLOCK_H
#define MPS_LLVM_PLUGIN_THREAD_BLOCK_H

#include "mps/abi/thread_block.h"

#include "llvm/IR/IRBuilder.h"

namespace mps {

/// The address of the field at `offset` bytes. In a program the block is at a
/// known distance from the thread pointer (local-exec); in a shared object, the
/// distance is loaded (initial-exec).
llvm::Value *threadBlockField(llvm::IRBuilderBase &builder, unsigned offset);

/// The stack pointer.
llvm::Value *stackPointer(llvm::IRBuilderBase &builder);

/// A function of the runtime.
llvm::FunctionCallee runtimeFunction(llvm::Module &module, const char *name,
                                     llvm::Type *result,
                                     llvm::ArrayRef<llvm::Type *> parameters);

/// An empty function of one word, out of line, that keeps all registers and is
/// not a safepoint: one in a program, of all modules that need it.
llvm::Function &createSlowPath(llvm::Module &module, const char *name);

/// Branch weights of a test that is nearly never true.
llvm::MDNode *unlikely(llvm::LLVMContext &context);

} // namespace mps

#endif
