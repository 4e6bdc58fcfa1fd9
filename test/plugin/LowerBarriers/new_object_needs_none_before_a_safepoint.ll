; RUN: %opt -load-pass-plugin %plugin -passes=mps-early,mps-late,verify -S %s \
; RUN:   | %FileCheck %s
;
; A store into an object that was allocated with no safepoint in between has no
; barrier; one behind a safepoint, or a back edge, has.
%type = type { i32, i32, i32, i32, i64, i64, ptr, ptr }
@pair = internal constant %type { i32 0, i32 24, i32 0, i32 0, i64 6, i64 0, ptr null, ptr null }, align 16
declare ptr addrspace(1) @mps.allocate(ptr, i64)
declare void @foreign()

; CHECK-LABEL: @fresh.mps(
; CHECK-NOT: @mps.log
; CHECK: ret
define ptr addrspace(1) @fresh(ptr addrspace(1) %value, i1 %choice) gc "mps" {
  %object = call ptr addrspace(1) @mps.allocate(ptr @pair, i64 24)
  %first = getelementptr i8, ptr addrspace(1) %object, i64 8
  store ptr addrspace(1) %value, ptr addrspace(1) %first
  br i1 %choice, label %left, label %right
left:
  br label %right
right:
  %second = getelementptr i8, ptr addrspace(1) %object, i64 16
  store ptr addrspace(1) %value, ptr addrspace(1) %second
  ret ptr addrspace(1) %object
}

; CHECK-LABEL: @after_call.mps(
; CHECK: @mps.log
define ptr addrspace(1) @after_call(ptr addrspace(1) %value) gc "mps" {
  %object = call ptr addrspace(1) @mps.allocate(ptr @pair, i64 24)
  call void @foreign()
  %first = getelementptr i8, ptr addrspace(1) %object, i64 8
  store ptr addrspace(1) %value, ptr addrspace(1) %first
  ret ptr addrspace(1) %object
}

; CHECK-LABEL: @on_one_path.mps(
; CHECK: @mps.log
define ptr addrspace(1) @on_one_path(ptr addrspace(1) %value, i1 %choice) gc "mps" {
  %object = call ptr addrspace(1) @mps.allocate(ptr @pair, i64 24)
  br i1 %choice, label %call, label %store
call:
  call void @foreign()
  br label %store
store:
  %first = getelementptr i8, ptr addrspace(1) %object, i64 8
  store ptr addrspace(1) %value, ptr addrspace(1) %first
  ret ptr addrspace(1) %object
}

; CHECK-LABEL: @in_loop.mps(
; CHECK: @mps.log
define ptr addrspace(1) @in_loop(ptr addrspace(1) %value, i64 %n) gc "mps" {
entry:
  %object = call ptr addrspace(1) @mps.allocate(ptr @pair, i64 24)
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  %first = getelementptr i8, ptr addrspace(1) %object, i64 8
  store ptr addrspace(1) %value, ptr addrspace(1) %first
  %next = add i64 %i, 1
  %more = icmp ult i64 %next, %n
  br i1 %more, label %loop, label %exit
exit:
  ret ptr addrspace(1) %object
}
