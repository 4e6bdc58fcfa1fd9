; RUN: %not %opt -load-pass-plugin %plugin -passes=mps-prove -disable-output %s 2>&1 \
; RUN:   | %FileCheck %s
;
; A reference that is used after a statepoint without being loaded again.
; CHECK: error: mps: in function f: the reference x is live across this safepoint and not in a slot
; CHECK-NOT: error:
declare token @llvm.experimental.gc.statepoint.p0(i64, i32, ptr, i32, i32, ...)
declare void @g() gc "mps"
define ptr addrspace(1) @f(ptr addrspace(1) %x) gc "mps" {
  %token = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 0, i32 0, ptr elementtype(void ()) @g, i32 0, i32 0, i32 0, i32 0)
  ret ptr addrspace(1) %x
}
