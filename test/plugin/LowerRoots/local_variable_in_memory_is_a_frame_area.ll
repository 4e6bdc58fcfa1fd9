; RUN: %opt -load-pass-plugin %plugin -passes=mps-early,mps-late,verify -S %s \
; RUN:   | %FileCheck %s
;
; An alloca whose type says that it holds references is cleared first and named at
; every safepoint, with its map.
declare void @g() gc "mps"
declare void @fill(ptr sret({ i64, ptr addrspace(1) })) gc "mps"

; CHECK-LABEL: @f.mps(
; CHECK: %area = alloca { i64, ptr addrspace(1) }
; CHECK: store ptr addrspace(1) null
; CHECK: gc.statepoint{{.*}}@fill.mps{{.*}}"deopt"(i32 2, i32 2){{.*}}"gc-live"(ptr %area)
define i64 @f() gc "mps" {
  %area = alloca { i64, ptr addrspace(1) }
  call void @fill(ptr sret({ i64, ptr addrspace(1) }) %area)
  %number = load i64, ptr %area
  ret i64 %number
}
