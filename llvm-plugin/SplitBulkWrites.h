// Long copies and fills of managed memory are done in pieces.
#ifndef MPS_LLVM_PLUGIN_SPLIT_BULK_WRITES_H
#define MPS_LLVM_PLUGIN_SPLIT_BULK_WRITES_H

namespace llvm {
class Function;
}

namespace mps {

/// Before barriers and polls are placed: the loops that it makes are loops like
/// others to them.
void splitBulkWrites(llvm::Function &function);

} // namespace mps

#endif
