// Root tables in the object file.
//
// 1. beginAssembly() sees the module as IR, before any function is compiled:
//    a safepoint in a managed function that is no statepoint means that the
//    passes did not run. It also turns off pushing of arguments (below).
// 2. emitStackMaps() gets, for each function, the frame's size and, for each
//    statepoint, the label of its return address and the locations it named.
// 3. FunctionTable translates a function's; TableWriter writes it, into
//    sections that are linked in order with the function's own and belong to
//    its COMDAT group, so tables come and go with their functions.
//
// Invariant: between a function's prologue and epilogue the stack pointer does
// not change, so the frame's size is the same at all its safepoints and a slot
// has one place. On x86-64, a frame's size is the stack map's size (locals,
// spills, saved registers and frame pointer, outgoing arguments) plus 8 for the
// return address. LLVM breaks the invariant on x86-64 where it passes stack
// arguments by push instructions, at any optimisation level, and tells nobody
// by how much; a function with managed frames must be compiled without.
#include "RootTablePrinter.h"

#include "Contract.h"
#include "ModuleKind.h"
#include "Diagnostics.h"
#include "SlotSetPool.h"
#include "StatepointRecord.h"

#include "mps/abi/root_table.h"

#include "llvm/BinaryFormat/ELF.h"
#include "llvm/CodeGen/AsmPrinter.h"
#include "llvm/CodeGen/MachineModuleInfo.h"
#include "llvm/CodeGen/StackMaps.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/MCContext.h"
#include "llvm/MC/MCExpr.h"
#include "llvm/MC/MCSectionELF.h"
#include "llvm/MC/MCStreamer.h"
#include "llvm/MC/MCSymbolELF.h"
#include "llvm/Support/CommandLine.h"

using namespace llvm;

namespace mps {
namespace {

constexpr unsigned kReturnAddressSize = 8;
constexpr unsigned kStackPointer = 7; ///< DWARF's number of %rsp.
/// Constants that LLVM records before a statepoint's own: calling convention,
/// flags, number of deopt constants.
constexpr unsigned kLeadingConstants = 3;

/// The label of the return address, in the expression `label - function`.
const MCSymbol &returnLabel(const StackMaps::CallsiteInfo &site) {
  const auto *difference = cast<MCBinaryExpr>(site.CSOffsetExpr);
  return cast<MCSymbolRefExpr>(difference->getLHS())->getSymbol();
}

/// One function's table, in the words of the format.
class FunctionTable {
public:
  FunctionTable(const Function &function, uint64_t stackSize,
                ArrayRef<StackMaps::CallsiteInfo> sites)
      : function_(function), sites_(sites) {
    if (stackSize == UINT64_MAX)
      refuse("its frame has no fixed size",
             "avoid allocas of variable size or large alignment");
    if (sites.size() > UINT16_MAX)
      refuse("it has more than 65535 safepoints", "split it");
    frameSize = stackSize + kReturnAddressSize;
    for (const StackMaps::CallsiteInfo &site : sites)
      slotSets.push_back(pool.add(slotsOf(site)));
  }

  bool isValid() const { return isValid_; }

  std::uint32_t frameSize = 0;
  SmallVector<std::uint32_t> slotSets; ///< By safepoint.
  SlotSetPool pool;

private:
  using Slots = SmallVector<std::uint16_t>;

  void refuse(StringRef reason, StringRef wayOut) {
    if (isValid_)
      reportError(function_, reason, wayOut);
    isValid_ = false;
  }

  Slots slotsOf(const StackMaps::CallsiteInfo &site) {
    SmallVector<std::uint32_t> maps;
    SmallVector<std::int32_t> offsets;
    readLocations(site, maps, offsets);
    unsigned pinned = site.ID;
    unsigned areas = 0;
    for (ArrayRef<std::uint32_t> rest = maps; !rest.empty(); ++areas)
      decodeAreaMap(rest);
    if (pinned + areas > offsets.size()) {
      refuse("a statepoint in it is not the plugin's", "leave them to it");
      return {};
    }
    Slots slots;
    unsigned simple = offsets.size() - areas;
    for (unsigned i = 0; i < simple; ++i)
      addSlot(slots, offsets[i], /*isPinned=*/i < pinned);
    ArrayRef<std::uint32_t> rest = maps;
    for (unsigned i = simple; i < offsets.size(); ++i)
      for (unsigned word : decodeAreaMap(rest).set_bits())
        addSlot(slots, offsets[i] + 8 * word, /*isPinned=*/false);
    return slots;
  }

  void readLocations(const StackMaps::CallsiteInfo &site,
                     SmallVectorImpl<std::uint32_t> &maps,
                     SmallVectorImpl<std::int32_t> &offsets) {
    for (const StackMaps::Location &location :
         ArrayRef(site.Locations).drop_front(kLeadingConstants)) {
      if (location.Type == StackMaps::Location::Constant)
        maps.push_back(location.Offset);
      else if (location.Type == StackMaps::Location::Direct &&
               location.Reg == kStackPointer)
        offsets.push_back(location.Offset);
      else
        refuse("a root of it is not in a slot of the frame's fixed part",
               "report this with the IR");
    }
  }

  void addSlot(Slots &slots, std::int32_t offset, bool isPinned) {
    std::uint32_t word = offset / 8 << 1 | unsigned(isPinned);
    if (offset < 0 || offset % 8 != 0 || word > UINT16_MAX ||
        slots.size() == abi::kFrameSlotLimit)
      return refuse("its frame is too large for its references to be found: "
                    "they must be within 256 KiB of the stack pointer",
                    "move large local variables to the heap");
    slots.push_back(word);
  }

  const Function &function_;
  ArrayRef<StackMaps::CallsiteInfo> sites_;
  bool isValid_ = true;
};

/// Writes one function's table.
class TableWriter {
public:
  TableWriter(AsmPrinter &printer, const MCSymbol &function,
              ArrayRef<StackMaps::CallsiteInfo> sites)
      : out_(*printer.OutStreamer), context_(printer.OutContext),
        function_(function), sites_(sites) {}

  void write(const FunctionTable &table) {
    MCSymbol *data = context_.createTempSymbol();
    out_.switchSection(section(abi::kRootSection));
    out_.emitValueToAlignment(Align(4));
    if (sites_.empty())
      emitOffset(&function_);
    else
      emitFunctionOffset();
    emitOffset(data);
    out_.switchSection(section(abi::kRootDataSection));
    out_.emitValueToAlignment(Align(4));
    out_.emitLabel(data);
    emitData(table);
  }

private:
  /// The section of this name that lives and dies with the function's. In
  /// one text section, functions follow each other as their tables do.
  MCSectionELF *section(StringRef name) {
    auto &text = static_cast<const MCSectionELF &>(function_.getSection());
    unsigned flags = ELF::SHF_ALLOC | ELF::SHF_LINK_ORDER;
    if (text.getGroup())
      flags |= ELF::SHF_GROUP;
    return context_.getELFSection(
        name, ELF::SHT_PROGBITS, flags, 0, text.getGroup(), text.isComdat(),
        text.getUniqueID(),
        static_cast<const MCSymbolELF *>(text.getBeginSymbol()));
  }

  const MCExpr *reference(const MCSymbol *symbol) {
    return MCSymbolRefExpr::create(symbol, context_);
  }

  MCSymbol *emitHere() {
    MCSymbol *here = context_.createTempSymbol();
    out_.emitLabel(here);
    return here;
  }

  void emitOffset(const MCSymbol *target) {
    const MCExpr *here = reference(emitHere());
    out_.emitValue(MCBinaryExpr::createSub(reference(target), here, context_),
                   4);
  }

  /// The function, relative to here, by way of a local label in it: its own
  /// symbol may be one that the linker must not bind to this definition.
  void emitFunctionOffset() {
    const MCExpr *here = reference(emitHere());
    const MCExpr *label = reference(&returnLabel(sites_.front()));
    const MCExpr *distance =
        MCBinaryExpr::createAdd(sites_.front().CSOffsetExpr, here, context_);
    out_.emitValue(MCBinaryExpr::createSub(label, distance, context_), 4);
  }

  void emitData(const FunctionTable &table) {
    out_.emitInt8(abi::kRootTableVersion);
    out_.emitInt8(0);
    out_.emitInt16(sites_.size());
    out_.emitInt32(table.frameSize);
    for (auto [site, slotSet] : zip(sites_, table.slotSets)) {
      out_.emitValue(site.CSOffsetExpr, 4);
      out_.emitInt32(slotSet);
    }
    for (std::uint16_t word : table.pool.words())
      out_.emitInt16(word);
  }

  MCStreamer &out_;
  MCContext &context_;
  const MCSymbol &function_;
  ArrayRef<StackMaps::CallsiteInfo> sites_;
};

/// An entry without safepoints for the module's constructor, before all others.
/// GNU ld keeps the first input section of a name whose bounds are referred to,
/// and with it the function; this one is kept anyway.
void writeAnchor(AsmPrinter &printer, const Module &module) {
  const Function *constructor = module.getFunction(nameByFlags(module, kModuleConstructor));
  if (!constructor || constructor->isDeclaration())
    return;
  FunctionTable table(*constructor, 0, {});
  TableWriter(printer, *printer.getSymbol(constructor), {}).write(table);
}

/// The first safepoint of `function` that the passes left as it was.
const CallBase *unloweredSafepoint(const Function &function) {
  for (const Instruction &instruction : instructions(function))
    if (auto *call = dyn_cast<CallBase>(&instruction);
        call && isSafepoint(*call))
      return call;
  return nullptr;
}

/// Keeps the stack pointer where it is between prologue and epilogue. The
/// switch is the code generator's own, for the whole process.
void forbidPushedArguments(const Module &module) {
  auto &options = cl::getRegisteredOptions();
  auto option = options.find("no-x86-call-frame-opt");
  if (option == options.end())
    return module.getContext().emitError(
        "mps: this LLVM has no option no-x86-call-frame-opt");
  *static_cast<cl::opt<bool> *>(option->second) = true;
}

/// Managed functions, by symbol.
DenseMap<const MCSymbol *, const Function *>
managedFunctions(const AsmPrinter &printer) {
  DenseMap<const MCSymbol *, const Function *> result;
  for (const Function &function : *printer.MMI->getModule())
    if (!function.isDeclaration() && isManagedFunction(function))
      result[printer.getSymbol(&function)] = &function;
  return result;
}

} // namespace

void RootTablePrinter::beginAssembly(Module &module, GCModuleInfo &,
                                     AsmPrinter &printer) {
  bool isManaged = false;
  for (const Function &function : module) {
    if (function.isDeclaration() || !isManagedFunction(function))
      continue;
    isManaged = true;
    if (const CallBase *call = unloweredSafepoint(function))
      return reportError(*call, "the plugin's passes did not see this call",
                         "compile with clang -fpass-plugin, or run opt with "
                         "-load-pass-plugin first");
  }
  if (isManaged)
    forbidPushedArguments(module);
}

bool RootTablePrinter::emitStackMaps(StackMaps &maps, AsmPrinter &printer) {
  auto managed = managedFunctions(printer);
  ArrayRef<StackMaps::CallsiteInfo> sites = maps.getCSInfos();
  printer.OutStreamer->pushSection();
  if (!managed.empty())
    writeAnchor(printer, *printer.MMI->getModule());
  for (auto &[symbol, info] : maps.getFnInfos()) {
    auto own = sites.take_front(info.RecordCount);
    sites = sites.drop_front(info.RecordCount);
    const Function *function = managed.lookup(symbol);
    if (!function)
      continue; // Another strategy's.
    FunctionTable table(*function, info.StackSize, own);
    if (table.isValid())
      TableWriter(printer, *symbol, own).write(table);
  }
  printer.OutStreamer->popSection();
  return true;
}

} // namespace mps
