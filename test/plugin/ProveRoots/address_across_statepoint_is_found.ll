; RUN: %not %opt -load-pass-plugin %plugin -passes=mps-prove -disable-output %s 2>&1 \
; RUN:   | %FileCheck %s
;
; An integer made of a reference is stale after a statepoint.
; CHECK: error: mps: in function f: the address of a reference is live across a safepoint; compute it after
; CHECK-NOT: error:
declare token @llvm.experimental.gc.statepoint.p0(i64, i32, ptr, i32, i32, ...)
declare void @g() gc "mps"
define i64 @f(ptr addrspace(1) %x) gc "mps" {
  %address = ptrtoint ptr addrspace(1) %x to i64
  %token = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 0, i32 0, ptr elementtype(void ()) @g, i32 0, i32 0, i32 0, i32 0)
  ret i64 %address
}
