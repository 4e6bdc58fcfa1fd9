; A front end's IR, written by hand: expressions are trees of numbers, sums and
; quotients; evaluating one throws if it divides by zero, and the caller catches
; that with a landing pad and still has its references.
;
; In use: invoke and landing pads, references live into the handler, tagged
; immediates: a small number is no object, but a reference with its low bit set.

target triple = "x86_64-pc-linux-gnu"

%type = type { i32, i32, i32, i32, i64, i64, ptr, ptr }
%node = type { i64, ptr addrspace(1), ptr addrspace(1), i64 } ; header, left, right, operator

@node_type = internal constant %type { i32 0, i32 32, i32 0, i32 0, i64 6, i64 0, ptr null, ptr @node_name }, align 16
@node_name = private constant [5 x i8] c"node\00"
@format = private constant [37 x i8] c"sum of values %ld, divided by 0: %ld\00"
@newline = private constant [2 x i8] c"\0A\00"

declare ptr addrspace(1) @mps.allocate(ptr, i64)
declare ptr addrspace(1) @mps.immediate(i64)
declare i1 @mps.is.immediate(ptr addrspace(1))
declare i64 @mps.address(ptr addrspace(1))
declare void @mps_collect()
declare i32 @printf(ptr, ...)
declare i32 @__gxx_personality_v0(...)
declare ptr @__cxa_allocate_exception(i64)
declare void @__cxa_throw(ptr, ptr, ptr)
declare ptr @__cxa_begin_catch(ptr)
declare void @__cxa_end_catch()
@_ZTIi = external constant ptr

define internal ptr addrspace(1) @number(i64 %value) gc "mps" {
  %shifted = shl i64 %value, 3
  %bits = or i64 %shifted, 1
  %immediate = call ptr addrspace(1) @mps.immediate(i64 %bits)
  ret ptr addrspace(1) %immediate
}

; Operators: 0 is the sum, 1 the quotient.
define internal ptr addrspace(1) @node(i64 %operator, ptr addrspace(1) %left, ptr addrspace(1) %right) gc "mps" {
  %node = call ptr addrspace(1) @mps.allocate(ptr @node_type, i64 32)
  %left.slot = getelementptr %node, ptr addrspace(1) %node, i64 0, i32 1
  store ptr addrspace(1) %left, ptr addrspace(1) %left.slot
  %right.slot = getelementptr %node, ptr addrspace(1) %node, i64 0, i32 2
  store ptr addrspace(1) %right, ptr addrspace(1) %right.slot
  %operator.slot = getelementptr %node, ptr addrspace(1) %node, i64 0, i32 3
  store i64 %operator, ptr addrspace(1) %operator.slot
  ret ptr addrspace(1) %node
}

; A tree of sums over 1, 2, 3 and so on, %depth deep; its last leaf is a quotient
; by %divisor.
define internal ptr addrspace(1) @tree(i64 %depth, i64 %divisor) gc "mps" {
  %is.leaf = icmp eq i64 %depth, 0
  br i1 %is.leaf, label %leaf, label %inner
leaf:
  %twelve = call ptr addrspace(1) @number(i64 12)
  %right.number = call ptr addrspace(1) @number(i64 %divisor)
  %quotient = call ptr addrspace(1) @node(i64 1, ptr addrspace(1) %twelve, ptr addrspace(1) %right.number)
  ret ptr addrspace(1) %quotient
inner:
  %left = call ptr addrspace(1) @number(i64 %depth)
  %less = sub i64 %depth, 1
  %right = call ptr addrspace(1) @tree(i64 %less, i64 %divisor)
  %sum = call ptr addrspace(1) @node(i64 0, ptr addrspace(1) %left, ptr addrspace(1) %right)
  ret ptr addrspace(1) %sum
}

define internal i64 @evaluate(ptr addrspace(1) %expression) gc "mps" {
  %is.number = call i1 @mps.is.immediate(ptr addrspace(1) %expression)
  br i1 %is.number, label %number, label %node
number:
  %bits = call i64 @mps.address(ptr addrspace(1) %expression)
  %value = lshr i64 %bits, 3
  ret i64 %value
node:
  %left.slot = getelementptr %node, ptr addrspace(1) %expression, i64 0, i32 1
  %left = load ptr addrspace(1), ptr addrspace(1) %left.slot
  %a = call i64 @evaluate(ptr addrspace(1) %left)
  %right.slot = getelementptr %node, ptr addrspace(1) %expression, i64 0, i32 2
  %right = load ptr addrspace(1), ptr addrspace(1) %right.slot
  %b = call i64 @evaluate(ptr addrspace(1) %right)
  %operator.slot = getelementptr %node, ptr addrspace(1) %expression, i64 0, i32 3
  %operator = load i64, ptr addrspace(1) %operator.slot
  %is.sum = icmp eq i64 %operator, 0
  br i1 %is.sum, label %sum, label %quotient
sum:
  %total = add i64 %a, %b
  ret i64 %total
quotient:
  %is.zero = icmp eq i64 %b, 0
  br i1 %is.zero, label %throw, label %divide
divide:
  %result = sdiv i64 %a, %b
  ret i64 %result
throw:
  call void @mps_collect()
  %exception = call ptr @__cxa_allocate_exception(i64 4)
  store i32 1, ptr %exception
  call void @__cxa_throw(ptr %exception, ptr @_ZTIi, ptr null)
  unreachable
}

; The value, or after an exception -1 less that of the tree that was made for
; the case, which the handler still refers to.
define internal i64 @evaluate_or_catch(i64 %depth, i64 %divisor) gc "mps" personality ptr @__gxx_personality_v0 {
entry:
  %spare = call ptr addrspace(1) @tree(i64 3, i64 4)
  %expression = call ptr addrspace(1) @tree(i64 %depth, i64 %divisor)
  %value = invoke i64 @evaluate(ptr addrspace(1) %expression) to label %done unwind label %caught
done:
  ret i64 %value
caught:
  %pad = landingpad { ptr, i32 } catch ptr null
  %exception = extractvalue { ptr, i32 } %pad, 0
  %object = call ptr @__cxa_begin_catch(ptr %exception)
  call void @__cxa_end_catch()
  call void @mps_collect()
  %instead = call i64 @evaluate(ptr addrspace(1) %spare)
  %negative = sub i64 -1, %instead
  ret i64 %negative
}

define i32 @main() gc "mps" {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %i.next, %loop ]
  %sum = phi i64 [ 0, %entry ], [ %sum.next, %loop ]
  %failed = phi i64 [ 0, %entry ], [ %failed.next, %loop ]
  %divisor = urem i64 %i, 4
  %value = call i64 @evaluate_or_catch(i64 %i, i64 %divisor)
  %is.failed = icmp slt i64 %value, 0
  %one = zext i1 %is.failed to i64
  %failed.next = add i64 %failed, %one
  %sum.next = add i64 %sum, %value
  %i.next = add i64 %i, 1
  %more = icmp ult i64 %i.next, 100
  br i1 %more, label %loop, label %exit
exit:
  %n = call i32 (ptr, ...) @printf(ptr @format, i64 %sum.next, i64 %failed.next)
  %m = call i32 (ptr, ...) @printf(ptr @newline)
  ret i32 0
}
