; RUN: %opt -load-pass-plugin %plugin -passes=mps-early,mps-late,verify -S %s \
; RUN:   | %FileCheck %s
;
; A pointer into an object that is used after a call is computed from where the
; object is then; only the object has a slot.
declare void @g() gc "mps"

; CHECK-LABEL: @f.mps(
; CHECK: store ptr addrspace(1) %object, ptr %[[SLOT:root.[0-9]+]]
; CHECK: gc.statepoint{{.*}}"gc-live"(ptr %[[SLOT]])
; CHECK: %[[AGAIN:.*]] = load ptr addrspace(1), ptr %[[SLOT]]
; CHECK: getelementptr i64, ptr addrspace(1) %[[AGAIN]], i64 %index
define i64 @f(ptr addrspace(1) %object, i64 %index) gc "mps" {
  %field = getelementptr i64, ptr addrspace(1) %object, i64 %index
  store i64 1, ptr addrspace(1) %field
  call void @g()
  %value = load i64, ptr addrspace(1) %field
  ret i64 %value
}
