// What barriers a module's code has.
//
// With a read barrier, or without one: the module flag "mps.read.barrier" says
// so, which a front end may set, or the option -mps-read-barrier of clang's
// -mllvm and of opt. The linker refuses modules with different flags; for what
// is linked as object files, the runtime does.
//
// For measuring what barriers cost (utils/bench --barriers), hidden options
// leave those of one kind out at the last step, or count how many are executed.
// The module descriptor tells what is missing.
#ifndef MPS_LLVM_PLUGIN_MODULE_KIND_H
#define MPS_LLVM_PLUGIN_MODULE_KIND_H

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"

namespace mps {

/// Kinds of inline tests in compiled code.
enum class Barrier { Write, Read, Poll };

/// Early: makes the option a flag, unless the front end has set it.
void decideReadBarrier(llvm::Module &module);
bool hasReadBarrier(const llvm::Module &module);

/// Whether barriers of this kind are left out.
bool isLeftOut(Barrier kind);
/// Code at the builder's place that counts the execution of a barrier, if that
/// is asked for.
void countExecution(llvm::IRBuilderBase &builder, Barrier kind);

/// abi::ModuleFlags.
unsigned moduleFlags(const llvm::Module &module);
/// A name of something that each object file brings, and of which those with
/// the same flags share one.
std::string nameByFlags(const llvm::Module &module, llvm::StringRef name);

/// The word that read barriers test.
llvm::GlobalVariable &evacuatingWord(llvm::Module &module);

} // namespace mps

#endif
