// The code of the write barrier: the tests, and what logs a slot.
#ifndef MPS_LLVM_PLUGIN_SLOT_LOG_H
#define MPS_LLVM_PLUGIN_SLOT_LOG_H

#include "AccessGroups.h"

namespace mps {

/// Whether bits of the page of `address`, an integer, or of the object that
/// begins there, may be set.
llvm::Value *isPageArmed(llvm::IRBuilderBase &builder, llvm::Value *address);

/// Calls `emit` for a place that is reached from `before` where the page of
/// `address` has bits set, perhaps.
void whereArmed(llvm::Instruction &before, llvm::Value *address,
                llvm::function_ref<void(llvm::IRBuilder<> &)> emit);

/// Logs the slot if its bit is set.
void insertLog(llvm::IRBuilder<> &builder, const SlotPlace &place);

} // namespace mps

#endif
