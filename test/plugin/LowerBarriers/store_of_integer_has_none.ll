; RUN: %opt -load-pass-plugin %plugin -passes=mps-early,mps-late,verify -S %s \
; RUN:   | %FileCheck %s
;
; What is no reference needs no barrier.

; CHECK-LABEL: @f.mps(
; CHECK-NOT: @mps.log
; CHECK: ret
define void @f(ptr addrspace(1) %object, i64 %value) gc "mps" {
  store i64 %value, ptr addrspace(1) %object
  ret void
}
