#include "Reserved.h"

#include "Contract.h"

#include "mps/abi/type_descriptor.h"

#include "llvm/ADT/StringSwitch.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/GlobalVariable.h"

using namespace llvm;

namespace mps {

static constexpr char kOpaqueSuffix[] = ".opaque";

std::optional<Reserved> reservedKind(const Function &function) {
  StringRef name = function.getName();
  if (!name.consume_front("mps."))
    return std::nullopt;
  if (name.starts_with("copy."))
    return Reserved::Copy;
  return StringSwitch<std::optional<Reserved>>(name)
      .Case("allocate", Reserved::Allocate)
      .Case("allocate.leaf", Reserved::AllocateLeaf)
      .Case("allocate.array", Reserved::AllocateArray)
      .Case("allocate.leaf.array", Reserved::AllocateLeafArray)
      .Case("allocate.uninitialized.array",
            Reserved::AllocateUninitializedArray)
      .Case("allocate.uninitialized.array.opaque",
            Reserved::AllocateUninitializedArray)
      .Case("allocate.array.opaque", Reserved::AllocateArray)
      .Case("allocate.leaf.array.opaque", Reserved::AllocateLeafArray)
      .Case("is.immediate", Reserved::IsImmediate)
      .Case("immediate", Reserved::Immediate)
      .Case("address", Reserved::Address)
      .Case("identity.hash", Reserved::IdentityHash)
      .Case("pin", Reserved::Pin)
      .Case("fill", Reserved::Fill)
      .Default(std::nullopt);
}

std::optional<Reserved> reservedKind(const CallBase &call) {
  const Function *callee = call.getCalledFunction();
  return callee ? reservedKind(*callee) : std::nullopt;
}

bool isAllocationCall(const CallBase &call) {
  auto kind = reservedKind(call);
  return kind && isAllocation(*kind);
}

bool hasReservedSignature(const Function &function) {
  LLVMContext &context = function.getContext();
  Type *word = Type::getInt64Ty(context);
  Type *pointer = PointerType::get(context, 0);
  Type *reference = PointerType::get(context, kManagedAddressSpace);
  auto is = [&](Type *result, ArrayRef<Type *> parameters) {
    return function.getFunctionType() ==
           FunctionType::get(result, parameters, false);
  };
  switch (*reservedKind(function)) {
  case Reserved::Allocate:
  case Reserved::AllocateLeaf:
  case Reserved::AllocateArray:
  case Reserved::AllocateLeafArray:
  case Reserved::AllocateUninitializedArray:
    return is(reference, {pointer, word});
  case Reserved::IsImmediate:
    return is(Type::getInt1Ty(context), {reference});
  case Reserved::Immediate:
    return is(reference, {word});
  case Reserved::Address:
  case Reserved::IdentityHash:
    return is(word, {reference});
  case Reserved::Pin:
    return is(pointer, {reference});
  case Reserved::Copy:
  case Reserved::Fill:
    return true;
  }
  return false;
}

/// Allocation is known as such, so LLVM drops what is not used, and stores of
/// null into what is new.
static void addAllocationAttributes(Function &function, Reserved kind) {
  LLVMContext &context = function.getContext();
  AllocFnKind contents = kind == Reserved::AllocateUninitializedArray
                             ? AllocFnKind::Uninitialized
                             : AllocFnKind::Zeroed;
  function.addFnAttr(Attribute::get(context, Attribute::AllocKind,
                                    uint64_t(AllocFnKind::Alloc | contents)));
  function.addFnAttr("alloc-family", kStrategyName);
  if (!isArrayAllocation(kind))
    function.addFnAttr(
        Attribute::getWithAllocSizeArgs(context, 1, std::nullopt));
  function.setMemoryEffects(MemoryEffects::inaccessibleMemOnly());
  function.addRetAttr(Attribute::NoAlias);
  function.addRetAttr(Attribute::NonNull);
  function.addFnAttr(Attribute::WillReturn);
}

Function &opaqueAllocation(Function &allocation) {
  return *cast<Function>(
      allocation.getParent()
          ->getOrInsertFunction((allocation.getName() + kOpaqueSuffix).str(),
                                allocation.getFunctionType())
          .getCallee());
}

void addReservedAttributes(Function &function) {
  if (function.getName().ends_with(kOpaqueSuffix))
    return;
  Reserved kind = *reservedKind(function);
  if (isAllocation(kind))
    return addAllocationAttributes(function, kind);
  function.addFnAttr(Attribute::NoUnwind);
  function.addFnAttr(Attribute::WillReturn);
  if (kind == Reserved::Copy || kind == Reserved::Fill)
    return function.setMemoryEffects(MemoryEffects::argMemOnly());
  // A hash never changes, so one call serves for two.
  if (kind == Reserved::IsImmediate || kind == Reserved::Immediate ||
      kind == Reserved::IdentityHash)
    return function.setDoesNotAccessMemory();
  // An address changes with time: not to be computed once for two uses.
  function.setMemoryEffects(MemoryEffects::inaccessibleMemOnly());
}

FunctionCallee copyFunction(Module &module, unsigned to, unsigned from) {
  LLVMContext &context = module.getContext();
  FunctionCallee callee = module.getOrInsertFunction(
      ("mps.copy." + Twine(to) + "." + Twine(from)).str(),
      Type::getVoidTy(context), PointerType::get(context, to),
      PointerType::get(context, from), Type::getInt64Ty(context));
  auto &function = cast<Function>(*callee.getCallee());
  addReservedAttributes(function);
  function.addParamAttr(1, Attribute::ReadOnly);
  return callee;
}

FunctionCallee fillFunction(Module &module) {
  LLVMContext &context = module.getContext();
  FunctionCallee callee = module.getOrInsertFunction(
      "mps.fill", Type::getVoidTy(context),
      PointerType::get(context, kManagedAddressSpace), Type::getInt8Ty(context),
      Type::getInt64Ty(context));
  addReservedAttributes(cast<Function>(*callee.getCallee()));
  return callee;
}

std::uint64_t KnownDescriptor::alignment() const {
  return std::uint64_t(1) << (flags >> abi::kAlignmentShift);
}

bool KnownDescriptor::hasReferenceAt(std::uint64_t offset,
                                     std::uint64_t count) const {
  std::uint64_t map = fixedMap;
  if (offset >= fixedSize) {
    offset -= fixedSize;
    if (elementSize == 0 || offset / elementSize >= count)
      return false;
    offset %= elementSize;
    map = elementMap;
  }
  return offset % 8 == 0 && offset / 8 < 64 && (map >> (offset / 8) & 1);
}

std::optional<KnownDescriptor> knownDescriptor(const Value *descriptor) {
  auto *global = dyn_cast<GlobalVariable>(descriptor->stripPointerCasts());
  if (!global || !global->hasDefinitiveInitializer())
    return std::nullopt;
  const Constant *fields = global->getInitializer();
  auto number = [&](unsigned index,
                    unsigned width) -> std::optional<std::uint64_t> {
    Constant *element = fields->getAggregateElement(index);
    auto *value = dyn_cast_or_null<ConstantInt>(element);
    if (!value || value->getBitWidth() != width)
      return std::nullopt;
    return value->getZExtValue();
  };
  auto flags = number(0, 32), fixed = number(1, 32), element = number(2, 32),
       length = number(3, 32);
  if (!flags || !fixed || !element || !length)
    return std::nullopt;
  return KnownDescriptor{std::uint32_t(*flags),     std::uint32_t(*fixed),
                         std::uint32_t(*element),   std::uint32_t(*length),
                         number(4, 64).value_or(0), number(5, 64).value_or(0)};
}

} // namespace mps
