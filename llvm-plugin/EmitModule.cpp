// The module descriptor and the table of globals.
//
// One descriptor for each program or shared object: all objects that are linked
// into it bring the same COMDAT group, and the linker keeps one. Its
// constructor runs before those of the program. The sections' bounds are the
// symbols that linkers define, hidden, and weak: a module may have no globals.
#include "EmitModule.h"

#include "Contract.h"
#include "Diagnostics.h"
#include "FrameAreas.h"
#include "ModuleKind.h"
#include "ThreadBlock.h"
#include "ThreadLocals.h"

#include "mps/abi/module.h"
#include "mps/abi/version.h"

#include "llvm/IR/DataLayout.h"
#include "llvm/IR/Module.h"
#include "llvm/Transforms/Utils/ModuleUtils.h"

using namespace llvm;

namespace mps {
namespace {

constexpr char kDescriptor[] = "mps.module";
constexpr char kDestructor[] = "mps.module.withdraw";
constexpr int kPriority = 101; ///< Before all that programs may use.
constexpr unsigned kWordBytes = 8;
constexpr unsigned kMapWords = 64;

class ModuleEmitter {
public:
  explicit ModuleEmitter(Module &module)
      : module_(module), context_(module.getContext()),
        word_(Type::getInt64Ty(context_)), half_(Type::getInt32Ty(context_)),
        pointer_(PointerType::get(context_, 0)) {}

  void emit() {
    for (GlobalVariable &variable : make_early_inc_range(module_.globals()))
      emitGlobal(variable);
    Comdat *group =
        module_.getOrInsertComdat(nameByFlags(module_, kDescriptor));
    GlobalVariable &descriptor = emitDescriptor(*group);
    emitThreadLocals(module_, descriptor);
    Function &constructor =
        emitCaller(nameByFlags(module_, kModuleConstructor),
                   abi::kRegisterModule, descriptor, *group);
    Function &destructor =
        emitCaller(nameByFlags(module_, kDestructor), abi::kUnregisterModule,
                   descriptor, *group);
    appendToGlobalCtors(module_, &constructor, kPriority, &descriptor);
    appendToGlobalDtors(module_, &destructor, kPriority, &descriptor);
  }

private:
  void emitGlobal(GlobalVariable &variable) {
    if (variable.isDeclaration() || variable.hasAvailableExternallyLinkage())
      return;
    Type *type = variable.getValueType();
    bool isObject = variable.getAddressSpace() == kManagedAddressSpace;
    if (!isObject && !containsReference(type))
      return;
    if (isObject && variable.isConstant())
      return;
    if (variable.isThreadLocal() && isObject) {
      context_.emitError("mps: global variable " + variable.getName() +
                         ": a static object cannot be thread-local; hold a "
                         "reference to an object in a thread-local variable");
      return;
    }
    if (variable.isThreadLocal())
      return; // ThreadLocals.cpp
    if (isObject)
      return addEntry(variable, 0, 0, 0);
    BitVector map;
    if (!referenceMap(type, module_.getDataLayout(), map)) {
      context_.emitError("mps: global variable " + variable.getName() +
                         ": a reference in it is not at a word boundary; do "
                         "not pack types that hold references");
      return;
    }
    for (unsigned first = 0; first < map.size(); first += kMapWords) {
      unsigned count = std::min(kMapWords, map.size() - first);
      std::uint64_t bits = 0;
      for (unsigned i = 0; i < count; ++i)
        bits |= std::uint64_t(map[first + i]) << i;
      if (bits != 0)
        addEntry(variable, first, count, bits);
    }
  }

  /// An entry that the linker drops with its variable.
  void addEntry(GlobalVariable &variable, unsigned firstWord, unsigned words,
                std::uint64_t bits) {
    auto *type = StructType::get(half_, half_, word_);
    auto *entry =
        new GlobalVariable(module_, type, /*isConstant=*/true,
                           GlobalValue::PrivateLinkage, nullptr, "mps.global");
    Constant *target =
        ConstantExpr::getAdd(ConstantExpr::getPtrToInt(&variable, word_),
                             ConstantInt::get(word_, firstWord * kWordBytes));
    Constant *offset = ConstantExpr::getTrunc(
        ConstantExpr::getSub(target, ConstantExpr::getPtrToInt(entry, word_)),
        half_);
    entry->setInitializer(
        ConstantStruct::get(type, {offset, ConstantInt::get(half_, words),
                                   ConstantInt::get(word_, bits)}));
    entry->setSection(abi::kGlobalSection);
    entry->setAlignment(Align(8));
    entry->setMetadata(LLVMContext::MD_associated,
                       MDNode::get(context_, ValueAsMetadata::get(&variable)));
    if (Comdat *group = variable.getComdat())
      entry->setComdat(group);
    appendToCompilerUsed(module_, {entry});
  }

  Constant *bound(const char *prefix, const char *section) {
    std::string name = std::string(prefix) + section;
    if (auto *existing = module_.getNamedGlobal(name))
      return existing;
    auto *symbol =
        new GlobalVariable(module_, Type::getInt8Ty(context_), true,
                           GlobalValue::ExternalWeakLinkage, nullptr, name);
    symbol->setVisibility(GlobalValue::HiddenVisibility);
    return symbol;
  }

  /// The name of the module's source file, shared by all that have it.
  Constant *sourceName() {
    Constant *text =
        ConstantDataArray::getString(context_, module_.getSourceFileName());
    auto *name =
        new GlobalVariable(module_, text->getType(), /*isConstant=*/true,
                           GlobalValue::PrivateLinkage, text, "mps.source");
    name->setUnnamedAddr(GlobalValue::UnnamedAddr::Global);
    return name;
  }

  GlobalVariable &emitDescriptor(Comdat &group) {
    auto *type = StructType::get(half_, half_, pointer_, pointer_, pointer_,
                                 pointer_, pointer_, pointer_);
    Constant *evacuating =
        hasReadBarrier(module_)
            ? static_cast<Constant *>(&evacuatingWord(module_))
            : ConstantPointerNull::get(pointer_);
    Constant *value = ConstantStruct::get(
        type,
        {ConstantInt::get(half_, abi::kVersion),
         ConstantInt::get(half_, moduleFlags(module_)),
         bound("__start_", abi::kRootSection),
         bound("__stop_", abi::kRootSection),
         bound("__start_", abi::kGlobalSection),
         bound("__stop_", abi::kGlobalSection), evacuating, sourceName()});
    auto *descriptor =
        new GlobalVariable(module_, type, true, GlobalValue::LinkOnceODRLinkage,
                           value, nameByFlags(module_, kDescriptor));
    descriptor->setVisibility(GlobalValue::HiddenVisibility);
    descriptor->setComdat(&group);
    descriptor->setAlignment(Align(8));
    appendToUsed(module_, {descriptor});
    return *descriptor;
  }

  Function &emitCaller(const std::string &name, const char *callee,
                       GlobalVariable &descriptor, Comdat &group) {
    auto *function =
        Function::Create(FunctionType::get(Type::getVoidTy(context_), false),
                         GlobalValue::LinkOnceODRLinkage, name, module_);
    function->setVisibility(GlobalValue::HiddenVisibility);
    function->setComdat(&group);
    function->addFnAttr(Attribute::NoUnwind);
    IRBuilder<> builder(BasicBlock::Create(context_, "", function));
    builder.CreateCall(
        runtimeFunction(module_, callee, builder.getVoidTy(), {pointer_}),
        {&descriptor});
    builder.CreateRetVoid();
    return *function;
  }

  Module &module_;
  LLVMContext &context_;
  Type *word_, *half_;
  PointerType *pointer_;
};

} // namespace

void emitModule(Module &module) { ModuleEmitter(module).emit(); }

} // namespace mps
