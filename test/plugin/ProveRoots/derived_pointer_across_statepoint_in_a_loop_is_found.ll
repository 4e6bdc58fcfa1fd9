; RUN: %not %opt -load-pass-plugin %plugin -passes=mps-prove -disable-output %s 2>&1 \
; RUN:   | %FileCheck %s
;
; A derived pointer that goes round a loop with a statepoint in it.
; CHECK: error: mps: in function f: the reference x is live across this safepoint and not in a slot
; CHECK-NOT: error:
declare token @llvm.experimental.gc.statepoint.p0(i64, i32, ptr, i32, i32, ...)
declare void @g() gc "mps"
define void @f(ptr addrspace(1) %x, i1 %again) gc "mps" {
entry:
  br label %loop
loop:
  %token = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 0, i32 0, ptr elementtype(void ()) @g, i32 0, i32 0, i32 0, i32 0)
  store ptr addrspace(1) null, ptr addrspace(1) %x
  br i1 %again, label %loop, label %exit
exit:
  ret void
}
