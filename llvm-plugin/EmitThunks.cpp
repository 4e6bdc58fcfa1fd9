// Thunks.
//
// 1. A managed function f that foreign code could call is renamed to f.mps, the
//    body; f becomes the entry thunk. Managed callers call the body.
// 2. Each call that leaves managed code goes to an exit thunk: one for each
//    foreign function and signature, and one for each signature of an indirect
//    call, which passes the pointer in front of the arguments.
// 3. A managed landing pad first calls mps_rt_land.
//
// Thunks of both kinds leave a record, so that managed frames are told from
// foreign ones without a look at any. Thunks are ordinary functions: their
// frames are foreign, and found ambiguously. They change the thread's state;
// EntryThunk and ExitThunk below are the whole protocol on the side of compiled
// code.
#include "EmitThunks.h"

#include "Contract.h"
#include "Diagnostics.h"
#include "Reserved.h"
#include "ThreadBlock.h"

#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/MDBuilder.h"
#include "llvm/IR/Module.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"
#include "llvm/Transforms/Utils/ModuleUtils.h"

#include <map>

using namespace llvm;

namespace mps {
namespace {

using abi::ThreadBlock;
using abi::ThreadState;

constexpr char kBodySuffix[] = ".mps";

/// Code at the builder's place in a thunk.
class ThunkBuilder : public IRBuilder<> {
public:
  explicit ThunkBuilder(Function &thunk)
      : IRBuilder<>(BasicBlock::Create(thunk.getContext(), "", &thunk)),
        thunk_(thunk), module_(*thunk.getParent()) {}

  ConstantInt *state(ThreadState state) { return getInt32(unsigned(state)); }

  Value *field(unsigned offset) { return threadBlockField(*this, offset); }

  void setState(ThreadState to) {
    StoreInst *store =
        CreateStore(state(to), field(offsetof(ThreadBlock, state)));
    store->setAtomic(AtomicOrdering::Release);
    store->setAlignment(Align(4));
  }

  /// Whether the state was Foreign and is now Managed.
  Value *tryEnterManaged() {
    Value *exchange = CreateAtomicCmpXchg(
        field(offsetof(ThreadBlock, state)), state(ThreadState::Foreign),
        state(ThreadState::Managed), Align(4), AtomicOrdering::Acquire,
        AtomicOrdering::Monotonic);
    return CreateExtractValue(exchange, 1);
  }

  /// The block of what is done if `condition` is false; goes on behind it.
  template <typename Emit> void unless(Value *condition, Emit emit) {
    auto *slow = BasicBlock::Create(getContext(), "slow", &thunk_);
    auto *next = BasicBlock::Create(getContext(), "", &thunk_);
    CreateCondBr(condition, next, slow,
                 MDBuilder(getContext()).createLikelyBranchWeights());
    SetInsertPoint(slow);
    emit();
    CreateBr(next);
    SetInsertPoint(next);
  }

  /// A new exit record in the thunk's frame.
  AllocaInst *record(Value *previous, Value *stackPointer,
                     Value *returnAddress) {
    auto *type = StructType::get(getPtrTy(), getInt64Ty(), getInt64Ty());
    static_assert(sizeof(abi::ExitRecord) == 24);
    BasicBlock &entry = thunk_.getEntryBlock();
    AllocaInst *record = IRBuilder<>(&entry, entry.begin())
                             .CreateAlloca(type, nullptr, "record");
    CreateStore(previous, CreateStructGEP(type, record, 0));
    CreateStore(stackPointer, CreateStructGEP(type, record, 1));
    CreateStore(returnAddress, CreateStructGEP(type, record, 2));
    return record;
  }

  CallInst *callRuntime(const char *name, Type *result,
                        ArrayRef<Value *> arguments = {}) {
    SmallVector<Type *> types;
    for (Value *argument : arguments)
      types.push_back(argument->getType());
    return CreateCall(runtimeFunction(module_, name, result, types), arguments);
  }

private:
  Function &thunk_;
  Module &module_;
};

SmallVector<Value *> argumentsOf(Function &function) {
  SmallVector<Value *> arguments;
  for (Argument &argument : function.args())
    arguments.push_back(&argument);
  return arguments;
}

void returnResult(IRBuilder<> &builder, CallBase *call) {
  if (call->getType()->isVoidTy())
    builder.CreateRetVoid();
  else
    builder.CreateRet(call);
}

/// What a function that is made anew has of the module's other functions:
/// target features, unwind tables.
void copyCommonAttributes(Function &to, const Function &from) {
  for (StringRef name : {"target-cpu", "target-features", "tune-cpu",
                         "frame-pointer", "no-trapping-math"})
    if (from.hasFnAttribute(name))
      to.addFnAttr(from.getFnAttribute(name));
  to.setUWTableKind(UWTableKind::Default);
}

// ---- In ----

/// The entry thunk's own frame holds the caller's callee-saved registers, where
/// the walk finds them; managed frames below may use them as they like.
class EntryThunk {
public:
  EntryThunk(Function &thunk, Function &body)
      : thunk_(thunk), body_(body), builder_(thunk) {}

  void emit() {
    saveCalleeSavedRegisters();
    IRBuilder<> &b = builder_;
    Value *wasManaged = enter();
    Value *head = b.CreateLoad(
        b.getPtrTy(), builder_.field(offsetof(ThreadBlock, exitHead)), "head");
    head = dropDeadRecords(head);
    b.CreateStore(record(head),
                  builder_.field(offsetof(ThreadBlock, exitHead)));
    auto *normal = BasicBlock::Create(b.getContext(), "normal", &thunk_);
    auto *unwind = BasicBlock::Create(b.getContext(), "unwind", &thunk_);
    InvokeInst *call =
        b.CreateInvoke(&body_, normal, unwind, argumentsOf(thunk_));
    call->setCallingConv(body_.getCallingConv());
    call->setAttributes(
        body_.getAttributes().removeFnAttributes(b.getContext()));
    b.SetInsertPoint(normal);
    restore(head);
    leave(wasManaged);
    returnResult(b, call);
    b.SetInsertPoint(unwind);
    auto *pad =
        b.CreateLandingPad(StructType::get(b.getPtrTy(), b.getInt32Ty()), 0);
    pad->setCleanup(true);
    restore(head);
    builder_.callRuntime(abi::kDropDeadRecords, b.getVoidTy(),
                         {stackPointer(b)});
    b.CreateResume(pad);
    if (!thunk_.hasPersonalityFn())
      thunk_.setPersonalityFn(cast<Constant>(
          thunk_.getParent()
              ->getOrInsertFunction("__gcc_personality_v0",
                                    FunctionType::get(b.getInt32Ty(), true))
              .getCallee()));
  }

private:
  void saveCalleeSavedRegisters() {
    auto *type = FunctionType::get(builder_.getVoidTy(), false);
    builder_.CreateCall(
        type,
        InlineAsm::get(type, "", "~{rbx},~{rbp},~{r12},~{r13},~{r14},~{r15}",
                       /*hasSideEffects=*/true));
  }

  /// Whether the thread is Managed already.
  Value *enter() {
    IRBuilder<> &b = builder_;
    BasicBlock *fast = b.GetInsertBlock();
    Value *entered = builder_.tryEnterManaged();
    Value *slow = nullptr;
    BasicBlock *slowBlock = nullptr;
    builder_.unless(entered, [&] {
      slow = builder_.callRuntime(abi::kEnterSlow, b.getInt32Ty());
      slowBlock = b.GetInsertBlock();
    });
    PHINode *wasManaged = b.CreatePHI(b.getInt32Ty(), 2, "was.managed");
    wasManaged->addIncoming(b.getInt32(0), fast);
    wasManaged->addIncoming(slow, slowBlock);
    return wasManaged;
  }

  /// The record that is live; those below it were passed by longjmp.
  Value *dropDeadRecords(Value *head) {
    IRBuilder<> &b = builder_;
    Value *stack = stackPointer(b);
    Value *bits = b.CreatePtrToInt(head, b.getInt64Ty());
    Value *isLive = b.CreateOr(b.CreateICmpEQ(bits, b.getInt64(0)),
                               b.CreateICmpUGE(bits, stack));
    builder_.unless(isLive, [&] {
      builder_.callRuntime(abi::kDropDeadRecords, b.getVoidTy(), {stack});
    });
    return b.CreateLoad(b.getPtrTy(),
                        builder_.field(offsetof(ThreadBlock, exitHead)));
  }

  /// Says where the managed frames end.
  Value *record(Value *previous) {
    IRBuilder<> &b = builder_;
    return builder_.record(previous, stackPointer(b), b.getInt64(0));
  }

  void restore(Value *head) {
    builder_.CreateStore(head, builder_.field(offsetof(ThreadBlock, exitHead)));
  }

  void leave(Value *wasManaged) {
    builder_.unless(builder_.CreateICmpNE(wasManaged, builder_.getInt32(0)),
                    [&] { builder_.setState(ThreadState::Foreign); });
  }

  Function &thunk_;
  Function &body_;
  ThunkBuilder builder_;
};

bool isDirectManagedCall(const Use &use) {
  auto *call = dyn_cast<CallBase>(use.getUser());
  return call && call->isCallee(&use) &&
         isManagedFunction(*call->getFunction());
}

bool needsEntryThunk(const Function &function) {
  if (function.hasFnAttribute(kInternalAttribute))
    return false;
  return !function.hasLocalLinkage() ||
         !all_of(function.uses(), isDirectManagedCall);
}

/// Splits `function`. Returns the thunk.
void splitEntry(Function &body) {
  std::string name = body.getName().str();
  body.setName(name + kBodySuffix);
  auto *thunk =
      Function::Create(body.getFunctionType(), body.getLinkage(),
                       body.getAddressSpace(), name, body.getParent());
  thunk->copyAttributesFrom(&body);
  thunk->setComdat(body.getComdat());
  thunk->clearGC();
  thunk->removeFnAttr(Attribute::OptimizeNone);
  thunk->removeFnAttr(Attribute::AlwaysInline);
  thunk->addFnAttr(Attribute::NoInline);
  thunk->removeFnAttr(Attribute::NoUnwind);
  thunk->setMemoryEffects(MemoryEffects::unknown());
  thunk->setUWTableKind(UWTableKind::Default);
  body.replaceUsesWithIf(thunk,
                         [](Use &use) { return !isDirectManagedCall(use); });
  if (body.hasComdat() && body.getComdat()->getName() == name) {
    // The body comes and goes with the thunk's group.
  }
  EntryThunk(*thunk, body).emit();
}

/// Calls of managed functions of other modules go to their bodies.
void redirectToBody(Function &declaration) {
  if (declaration.hasFnAttribute(kInternalAttribute))
    return;
  Function *body = nullptr;
  for (Use &use : make_early_inc_range(declaration.uses())) {
    if (!isDirectManagedCall(use))
      continue;
    if (!body) {
      body = cast<Function>(
          declaration.getParent()
              ->getOrInsertFunction((declaration.getName() + kBodySuffix).str(),
                                    declaration.getFunctionType(),
                                    declaration.getAttributes())
              .getCallee());
      body->copyAttributesFrom(&declaration);
    }
    use.set(body);
  }
}

// ---- Out ----

/// The exit thunk's frame holds the exit record. Its caller's stack pointer is
/// where its own return address ends.
class ExitThunk {
public:
  explicit ExitThunk(Function &thunk) : thunk_(thunk), builder_(thunk) {}

  /// `callee` is null if it is the thunk's first argument.
  void emit(FunctionType *type, Value *callee, const CallBase &like) {
    IRBuilder<> &b = builder_;
    SmallVector<Value *> arguments = argumentsOf(thunk_);
    if (!callee) {
      callee = arguments.front();
      arguments.erase(arguments.begin());
    }
    Value *head = builder_.field(offsetof(ThreadBlock, exitHead));
    Value *previous = b.CreateLoad(b.getPtrTy(), head, "previous");
    b.CreateStore(record(previous), head);
    builder_.setState(ThreadState::Foreign);
    CallInst *call = b.CreateCall(type, callee, arguments);
    call->setCallingConv(like.getCallingConv());
    call->setAttributes(like.getAttributes());
    call->setTailCallKind(CallInst::TCK_NoTail);
    builder_.unless(builder_.tryEnterManaged(), [&] {
      builder_.callRuntime(abi::kReturnSlow, b.getVoidTy());
    });
    b.CreateStore(previous, builder_.field(offsetof(ThreadBlock, exitHead)));
    returnResult(b, call);
  }

private:
  Value *record(Value *previous) {
    IRBuilder<> &b = builder_;
    Type *word = b.getInt64Ty();
    Value *place = b.CreateIntrinsic(Intrinsic::addressofreturnaddress,
                                     {b.getPtrTy()}, {});
    Value *caller = b.CreateAdd(b.CreatePtrToInt(place, word), b.getInt64(8));
    return builder_.record(previous, caller, b.CreateLoad(word, place));
  }

  Function &thunk_;
  ThunkBuilder builder_;
};

/// The exit thunks of a module.
class Exits {
public:
  explicit Exits(Module &module) : module_(module) {}

  void redirect(CallBase &call) {
    Function *callee = call.getCalledFunction();
    if (call.getAttributes().hasAttrSomewhere(Attribute::InAlloca) ||
        call.getAttributes().hasAttrSomewhere(Attribute::Preallocated))
      return; // LowerRoots refuses it.
    Function &thunk = thunkFor(call, callee);
    SmallVector<Value *> arguments;
    if (!callee)
      arguments.push_back(call.getCalledOperand());
    arguments.append(call.arg_begin(), call.arg_end());
    CallBase *out = rebuilt(call, thunk, arguments);
    out->setAttributes(shifted(call, /*forThunk=*/true));
    out->setDebugLoc(call.getDebugLoc());
    out->takeName(&call);
    call.replaceAllUsesWith(out);
    call.eraseFromParent();
  }

private:
  using Key = std::tuple<Value *, FunctionType *, SmallVector<Type *>, void *,
                         unsigned>;

  CallBase *rebuilt(CallBase &call, Function &thunk,
                    ArrayRef<Value *> arguments) {
    IRBuilder<> builder(&call);
    if (auto *invoke = dyn_cast<InvokeInst>(&call))
      return builder.CreateInvoke(&thunk, invoke->getNormalDest(),
                                  invoke->getUnwindDest(), arguments);
    return builder.CreateCall(&thunk, arguments);
  }

  /// The call's attributes, for a call of the thunk: those of arguments, one
  /// further if the pointer comes first.
  AttributeList shifted(const CallBase &call, bool forThunk) {
    LLVMContext &context = module_.getContext();
    AttributeList from = call.getAttributes();
    SmallVector<AttributeSet> parameters;
    if (!call.getCalledFunction())
      parameters.push_back({});
    for (unsigned i = 0; i < call.arg_size(); ++i)
      parameters.push_back(from.getParamAttrs(i));
    AttributeSet function;
    if (forThunk && call.hasFnAttr(Attribute::ReturnsTwice))
      function = function.addAttribute(context, Attribute::ReturnsTwice);
    return AttributeList::get(context, function, from.getRetAttrs(),
                              parameters);
  }

  Function &thunkFor(const CallBase &call, Function *callee) {
    SmallVector<Type *> types;
    if (!callee)
      types.push_back(call.getCalledOperand()->getType());
    for (const Use &argument : call.args())
      types.push_back(argument->getType());
    auto *type = FunctionType::get(call.getType(), types, false);
    AttributeList attributes = shifted(call, false);
    Key key{callee, call.getFunctionType(), types, attributes.getRawPointer(),
            call.getCallingConv()};
    Function *&thunk = thunks_[key];
    if (thunk)
      return *thunk;
    std::string name =
        callee ? (callee->getName() + ".exit").str() : "mps.exit.indirect";
    thunk = Function::Create(type, GlobalValue::InternalLinkage, name, module_);
    copyCommonAttributes(*thunk, *call.getFunction());
    thunk->setAttributes(AttributeList::get(
        module_.getContext(), thunk->getAttributes().getFnAttrs(),
        attributes.getRetAttrs(), paramSets(attributes, types.size())));
    thunk->addFnAttr(Attribute::NoInline);
    thunk->addFnAttr(kExitThunkAttribute);
    ExitThunk(*thunk).emit(call.getFunctionType(), callee, call);
    return *thunk;
  }

  static SmallVector<AttributeSet> paramSets(AttributeList attributes,
                                             unsigned count) {
    SmallVector<AttributeSet> sets;
    for (unsigned i = 0; i < count; ++i)
      sets.push_back(attributes.getParamAttrs(i));
    return sets;
  }

  Module &module_;
  std::map<Key, Function *> thunks_;
};

/// Whether the call leaves managed code.
bool leavesManagedCode(const CallBase &call) {
  if (!isSafepoint(call) || call.hasFnAttr(kManagedCallAttribute) ||
      call.isMustTailCall())
    return false;
  const Function *callee = call.getCalledFunction();
  return !callee || !isManagedFunction(*callee);
}

void beginLandingPads(Function &function) {
  for (BasicBlock &block : function) {
    LandingPadInst *pad = block.getLandingPadInst();
    if (!pad)
      continue;
    IRBuilder<> builder(pad->getParent(), std::next(pad->getIterator()));
    builder.CreateCall(runtimeFunction(*function.getParent(), abi::kLand,
                                       builder.getVoidTy(),
                                       {builder.getInt64Ty()}),
                       {stackPointer(builder)});
  }
}

/// A resume becomes a call: it leaves managed code too.
void lowerResumes(Function &function) {
  Module &module = *function.getParent();
  for (BasicBlock &block : function) {
    auto *resume = dyn_cast<ResumeInst>(block.getTerminator());
    if (!resume)
      continue;
    IRBuilder<> builder(resume);
    FunctionCallee unwindResume = module.getOrInsertFunction(
        "_Unwind_Resume", builder.getVoidTy(), builder.getPtrTy());
    CallInst *call = builder.CreateCall(
        unwindResume, {builder.CreateExtractValue(resume->getValue(), 0)});
    call->setDoesNotReturn();
    builder.CreateUnreachable();
    resume->eraseFromParent();
  }
}

} // namespace

void emitThunks(Module &module) {
  SmallVector<Function *> defined, declared;
  for (Function &function : module)
    if (isManagedFunction(function))
      (function.isDeclaration() ? declared : defined).push_back(&function);
  for (Function *function : defined) {
    lowerResumes(*function);
    if (needsEntryThunk(*function))
      splitEntry(*function);
  }
  for (Function *declaration : declared)
    redirectToBody(*declaration);
  Exits exits(module);
  for (Function *function : defined) {
    beginLandingPads(*function);
    SmallVector<CallBase *> out;
    for (Instruction &instruction : instructions(*function))
      if (auto *call = dyn_cast<CallBase>(&instruction);
          call && leavesManagedCode(*call))
        out.push_back(call);
    for (CallBase *call : out)
      exits.redirect(*call);
  }
}

} // namespace mps
