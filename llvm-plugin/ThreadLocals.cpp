#include "ThreadLocals.h"

#include "Contract.h"
#include "Diagnostics.h"
#include "FrameAreas.h"
#include "ThreadBlock.h"

#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"

using namespace llvm;

namespace mps {
namespace {

constexpr char kReady[] = "mps.thread.locals.ready";
constexpr char kRegister[] = "mps.thread.locals.register";
constexpr unsigned kWordBytes = 8;
constexpr unsigned kMapWords = 64;

bool isThreadLocalRoot(const GlobalVariable &variable) {
  return variable.isThreadLocal() && containsReference(variable.getValueType());
}

bool leadsToRoot(const Value &value) {
  if (auto *variable = dyn_cast<GlobalVariable>(&value))
    return isThreadLocalRoot(*variable);
  auto *expression = dyn_cast<ConstantExpr>(&value);
  return expression && any_of(expression->operands(), [](const Use &operand) {
           return leadsToRoot(*operand);
         });
}

bool usesRoot(Function &function) {
  return any_of(instructions(function), [](const Instruction &instruction) {
    return any_of(instruction.operands(),
                  [](const Use &operand) { return leadsToRoot(*operand); });
  });
}

GlobalVariable &readyFlag(Module &module) {
  if (auto *existing = module.getGlobalVariable(kReady, true))
    return *existing;
  auto *type = Type::getInt8Ty(module.getContext());
  return *new GlobalVariable(module, type, /*isConstant=*/false,
                             GlobalValue::InternalLinkage,
                             ConstantInt::get(type, 0), kReady, nullptr,
                             GlobalValue::GeneralDynamicTLSModel);
}

/// A leaf: a thread tells in state Managed.
Function &registerFunction(Module &module) {
  if (Function *existing = module.getFunction(kRegister))
    return *existing;
  auto *function = Function::Create(
      FunctionType::get(Type::getVoidTy(module.getContext()), false),
      GlobalValue::ExternalLinkage, kRegister, module);
  function->addFnAttr(kLeafAttribute);
  function->addFnAttr(Attribute::NoUnwind);
  function->addFnAttr(Attribute::NoInline);
  function->addFnAttr(Attribute::Cold);
  return *function;
}

void testAtEntry(Function &function) {
  Module &module = *function.getParent();
  Instruction *place = &*function.getEntryBlock().getFirstNonPHIOrDbgOrAlloca();
  IRBuilder<> builder(place);
  Value *flag = builder.CreateThreadLocalAddress(&readyFlag(module));
  Value *isNew =
      builder.CreateICmpEQ(builder.CreateLoad(builder.getInt8Ty(), flag),
                           builder.getInt8(0), "is.new.to.thread");
  Instruction *then = SplitBlockAndInsertIfThen(isNew, place, false,
                                                unlikely(module.getContext()));
  IRBuilder<>(then).CreateCall(&registerFunction(module));
}

class Registration {
public:
  Registration(Function &function, GlobalVariable &descriptor)
      : module_(*function.getParent()),
        builder_(BasicBlock::Create(module_.getContext(), "", &function)),
        descriptor_(descriptor) {}

  void emit() {
    Value *flag = builder_.CreateThreadLocalAddress(&readyFlag(module_));
    for (GlobalVariable &variable : module_.globals())
      if (isThreadLocalRoot(variable) && !variable.use_empty())
        emit(variable, flag);
    builder_.CreateRetVoid();
  }

private:
  void emit(GlobalVariable &variable, Value *flag) {
    BitVector map;
    if (!referenceMap(variable.getValueType(), module_.getDataLayout(), map)) {
      module_.getContext().emitError(
          "mps: thread-local variable " + variable.getName() +
          ": a reference in it is not at a word boundary; do not pack types "
          "that hold references");
      return;
    }
    Value *address = builder_.CreateThreadLocalAddress(&variable);
    for (unsigned first = 0; first < map.size(); first += kMapWords) {
      std::uint64_t bits = 0;
      for (unsigned i = 0; i < kMapWords && first + i < map.size(); ++i)
        bits |= std::uint64_t(map[first + i]) << i;
      if (bits == 0)
        continue;
      Type *pointer = builder_.getPtrTy();
      builder_.CreateCall(
          runtimeFunction(module_, abi::kAddThreadLocal, builder_.getVoidTy(),
                          {pointer, pointer, pointer, builder_.getInt64Ty()}),
          {&descriptor_, flag,
           builder_.CreateConstInBoundsGEP1_64(builder_.getInt8Ty(), address,
                                               first * kWordBytes),
           builder_.getInt64(bits)});
    }
  }

  Module &module_;
  IRBuilder<> builder_;
  GlobalVariable &descriptor_;
};

} // namespace

const GlobalVariable *threadLocalOf(const Value *pointer) {
  if (auto *call = dyn_cast<IntrinsicInst>(pointer);
      call && call->getIntrinsicID() == Intrinsic::threadlocal_address)
    return dyn_cast<GlobalVariable>(
        call->getArgOperand(0)->stripPointerCasts());
  return nullptr;
}

void useThreadLocals(Module &module, ArrayRef<Function *> functions) {
  if (none_of(module.globals(), isThreadLocalRoot))
    return;
  for (Function *function : functions)
    if (usesRoot(*function))
      testAtEntry(*function);
}

void emitThreadLocals(Module &module, GlobalVariable &descriptor) {
  Function *function = module.getFunction(kRegister);
  if (function == nullptr)
    return;
  function->setLinkage(GlobalValue::InternalLinkage);
  Registration(*function, descriptor).emit();
}

} // namespace mps
