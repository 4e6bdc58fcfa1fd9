; RUN: %not %opt -load-pass-plugin %plugin -passes=mps-prove -disable-output %s 2>&1 \
; RUN:   | %FileCheck %s
;
; A struct with a reference in it.
; CHECK: error: mps: in function f: the reference pair is live across this safepoint and not in a slot
; CHECK-NOT: error:
declare token @llvm.experimental.gc.statepoint.p0(i64, i32, ptr, i32, i32, ...)
declare void @g() gc "mps"
define i64 @f({ ptr addrspace(1), i64 } %pair) gc "mps" {
  %token = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 0, i32 0, ptr elementtype(void ()) @g, i32 0, i32 0, i32 0, i32 0)
  %number = extractvalue { ptr addrspace(1), i64 } %pair, 1
  ret i64 %number
}
