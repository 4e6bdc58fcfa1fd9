// Errors, by way of LLVMContext::diagnose: clang, opt, llc and a compiler's own
// handler all see them.
#include "Diagnostics.h"

#include "llvm/IR/DebugLoc.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/DiagnosticPrinter.h"
#include "llvm/IR/Function.h"
#include "llvm/IR/Instruction.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace mps {
namespace {

class ContractError final : public DiagnosticInfoWithLocationBase {
public:
  ContractError(const Function &function, const DiagnosticLocation &location,
                const Twine &text)
      : DiagnosticInfoWithLocationBase(static_cast<DiagnosticKind>(kind()),
                                       DS_Error, function, location),
        text_(text.str()) {}

  void print(DiagnosticPrinter &printer) const override {
    if (isLocationAvailable())
      printer << getLocationStr() << ": ";
    StringRef name = getFunction().getName();
    name.consume_back(".mps"); // The body of what the user wrote (EmitThunks).
    printer << "mps: in function " << name << ": " << text_;
  }

private:
  static int kind() {
    static const int kind = getNextAvailablePluginDiagnosticKind();
    return kind;
  }

  std::string text_;
};

} // namespace

void reportError(const Instruction &instruction, const Twine &reason,
                 const Twine &wayOut) {
  std::string text;
  raw_string_ostream stream(text);
  stream << reason << "; " << wayOut << "\n  " << instruction;
  const Function &function = *instruction.getFunction();
  function.getContext().diagnose(
      ContractError(function, instruction.getDebugLoc(), stream.str()));
}

void reportError(const Function &function, const Twine &reason,
                 const Twine &wayOut) {
  function.getContext().diagnose(ContractError(
      function, function.getSubprogram(), reason + "; " + wayOut));
}

} // namespace mps
