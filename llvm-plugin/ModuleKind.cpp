#include "ModuleKind.h"

#include "Contract.h"

#include "mps/abi/module.h"

#include "llvm/IR/Constants.h"
#include "llvm/Support/CommandLine.h"

using namespace llvm;

namespace mps {
namespace {

constexpr char kReadBarrierFlag[] = "mps.read.barrier";
constexpr char kEvacuatingWord[] = "mps.evacuating";

cl::opt<bool> readBarrierOption(
    "mps-read-barrier",
    cl::desc("Managed code heals the references it loads, so that objects may "
             "be evacuated while it runs"));

constexpr unsigned bit(Barrier kind) { return 1u << unsigned(kind); }

cl::bits<Barrier> leftOut(
    "mps-leave-out", cl::Hidden, cl::CommaSeparated,
    cl::desc("For measuring: leave out barriers of a kind at the last step"),
    cl::values(clEnumValN(Barrier::Write, "write", ""),
               clEnumValN(Barrier::Read, "read", ""),
               clEnumValN(Barrier::Poll, "poll", "")));

cl::opt<bool> countOption(
    "mps-count-barriers", cl::Hidden,
    cl::desc("For measuring: add to mps_executed[kind] at every barrier"));

const ConstantInt *readBarrierFlag(const Module &module) {
  return mdconst::extract_or_null<ConstantInt>(
      module.getModuleFlag(kReadBarrierFlag));
}

} // namespace

void decideReadBarrier(Module &module) {
  if (!readBarrierFlag(module))
    module.addModuleFlag(Module::Error, kReadBarrierFlag, readBarrierOption);
}

bool hasReadBarrier(const Module &module) {
  const ConstantInt *flag = readBarrierFlag(module);
  return flag && flag->isOne();
}

bool isLeftOut(Barrier kind) { return leftOut.getBits() & bit(kind); }

void countExecution(IRBuilderBase &builder, Barrier kind) {
  if (!countOption)
    return;
  Module &module = *builder.GetInsertBlock()->getModule();
  Type *word = builder.getInt64Ty();
  auto *counts =
      module.getOrInsertGlobal("mps_executed", ArrayType::get(word, 3));
  Value *place =
      builder.CreateConstInBoundsGEP1_64(word, counts, unsigned(kind));
  builder.CreateStore(
      builder.CreateAdd(builder.CreateLoad(word, place), builder.getInt64(1)),
      place);
}

unsigned moduleFlags(const Module &module) {
  unsigned flags = hasReadBarrier(module) ? abi::kReadBarrier : 0;
  if (isLeftOut(Barrier::Write))
    flags |= abi::kLacksWriteBarriers;
  if (isLeftOut(Barrier::Read))
    flags |= abi::kLacksReadBarriers;
  if (isLeftOut(Barrier::Poll))
    flags |= abi::kLacksPolls;
  return flags;
}

std::string nameByFlags(const Module &module, StringRef name) {
  unsigned flags = moduleFlags(module);
  return flags == 0 ? name.str() : (name + "." + Twine(flags)).str();
}

GlobalVariable &evacuatingWord(Module &module) {
  if (GlobalVariable *existing = module.getNamedGlobal(kEvacuatingWord))
    return *existing;
  Type *type = Type::getInt32Ty(module.getContext());
  auto *word = new GlobalVariable(module, type, /*isConstant=*/false,
                                  GlobalValue::LinkOnceODRLinkage,
                                  ConstantInt::get(type, 0), kEvacuatingWord);
  word->setComdat(module.getOrInsertComdat(kEvacuatingWord));
  word->setVisibility(GlobalValue::HiddenVisibility);
  word->setAlignment(Align(4));
  return *word;
}

} // namespace mps
