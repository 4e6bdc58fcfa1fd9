// Writes root tables into the object file, in the format of
// mps/abi/root_table.h, in place of LLVM's own stack maps.
//
// Not here: which slots a safepoint has (LowerRoots), and how a statepoint
// carries their kinds and the maps of frame areas (StatepointRecord).
#ifndef MPS_LLVM_PLUGIN_ROOT_TABLE_PRINTER_H
#define MPS_LLVM_PLUGIN_ROOT_TABLE_PRINTER_H

#include "llvm/CodeGen/GCMetadataPrinter.h"

namespace mps {

class RootTablePrinter final : public llvm::GCMetadataPrinter {
public:
  /// Reports managed functions that no pass has lowered, and sets the code
  /// generator up for frames of one size.
  void beginAssembly(llvm::Module &module, llvm::GCModuleInfo &info,
                     llvm::AsmPrinter &printer) override;

  /// Writes the tables of all managed functions. True: LLVM shall not write
  /// its own.
  bool emitStackMaps(llvm::StackMaps &maps, llvm::AsmPrinter &printer) override;
};

} // namespace mps

#endif
