// The strategy `mps` and its printer, as LLVM's registries know them.
//
// 1. A function with gc "mps" uses statepoints; LowerRoots makes them, so
//    LLVM's own RewriteStatepointsForGC is not asked to.
// 2. Address space 1 tells references from other pointers.
// 3. UsesMetadata makes the code generator look for a printer of the same
//    name: RootTablePrinter.
//
// Both registrations happen when the plugin is loaded: by its constructors.
#include "RootTablePrinter.h"

#include "Contract.h"

#include "llvm/CodeGen/GCMetadataPrinter.h"
#include "llvm/IR/GCStrategy.h"
#include "llvm/IR/Type.h"

using namespace llvm;

namespace {

class Strategy final : public GCStrategy {
public:
  Strategy() {
    UseStatepoints = true;
    UsesMetadata = true;
  }
  std::optional<bool> isGCManagedPointer(const Type *type) const override {
    return mps::isManagedReference(type);
  }
};

const GCRegistry::Add<Strategy> strategy(mps::kStrategyName,
                                         "The Memory Pool System for LLVM");
const GCMetadataPrinterRegistry::Add<mps::RootTablePrinter>
    printer(mps::kStrategyName, "Root tables in the section mps_roots");

} // namespace
