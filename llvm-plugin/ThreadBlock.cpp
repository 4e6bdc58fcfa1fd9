#include "ThreadBlock.h"

#include "Contract.h"

#include "mps/abi/entry_points.h"

#include "llvm/IR/Intrinsics.h"
#include "llvm/IR/MDBuilder.h"
#include "llvm/IR/Module.h"

using namespace llvm;

namespace mps {
namespace {

constexpr unsigned kBlockSize = 128;

/// The library is linked into the program, so in a program's own code the block
/// is at a fixed place.
GlobalValue::ThreadLocalMode modelOf(const Module &module) {
  bool isSharedObject = module.getPICLevel() != PICLevel::NotPIC &&
                        module.getPIELevel() == PIELevel::Default;
  return isSharedObject ? GlobalValue::InitialExecTLSModel
                        : GlobalValue::LocalExecTLSModel;
}

GlobalVariable &threadBlock(Module &module) {
  if (auto *existing = module.getNamedGlobal(abi::kThreadBlock))
    return *existing;
  auto *type = ArrayType::get(Type::getInt8Ty(module.getContext()), kBlockSize);
  auto *block = new GlobalVariable(module, type, /*isConstant=*/false,
                                   GlobalValue::ExternalLinkage, nullptr,
                                   abi::kThreadBlock, nullptr, modelOf(module));
  block->setAlignment(Align(8));
  if (modelOf(module) == GlobalValue::LocalExecTLSModel)
    block->setDSOLocal(true);
  return *block;
}

} // namespace

Value *threadBlockField(IRBuilderBase &builder, unsigned offset) {
  Module &module = *builder.GetInsertBlock()->getModule();
  GlobalVariable &block = threadBlock(module);
  return builder.CreateConstInBoundsGEP1_64(
      builder.getInt8Ty(), builder.CreateThreadLocalAddress(&block), offset);
}

Value *stackPointer(IRBuilderBase &builder) {
  LLVMContext &context = builder.getContext();
  auto *name = MDNode::get(context, MDString::get(context, "rsp"));
  return builder.CreateIntrinsic(Intrinsic::read_register,
                                 {builder.getInt64Ty()},
                                 {MetadataAsValue::get(context, name)});
}

Function &createSlowPath(Module &module, const char *name) {
  LLVMContext &context = module.getContext();
  auto *function =
      Function::Create(FunctionType::get(Type::getVoidTy(context),
                                         {Type::getInt64Ty(context)}, false),
                       GlobalValue::LinkOnceODRLinkage, name, module);
  function->setComdat(module.getOrInsertComdat(name));
  function->setVisibility(GlobalValue::HiddenVisibility);
  function->setCallingConv(CallingConv::PreserveMost);
  function->addFnAttr(Attribute::NoInline);
  function->addFnAttr(Attribute::Cold);
  function->addFnAttr(Attribute::NoUnwind);
  function->addFnAttr(kLeafAttribute);
  return *function;
}

FunctionCallee runtimeFunction(Module &module, const char *name, Type *result,
                               ArrayRef<Type *> parameters) {
  return module.getOrInsertFunction(
      name, FunctionType::get(result, parameters, /*isVarArg=*/false));
}

MDNode *unlikely(LLVMContext &context) {
  return MDBuilder(context).createUnlikelyBranchWeights();
}

} // namespace mps
