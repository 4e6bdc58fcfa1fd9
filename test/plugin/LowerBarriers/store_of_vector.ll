; RUN: %opt -load-pass-plugin %plugin -passes=mps-early,mps-late,verify -S %s \
; RUN:   | %FileCheck %s
;
; Each reference of a vector has a barrier.

; CHECK-LABEL: @f.mps(
; CHECK: call preserve_mostcc void @mps.log
; CHECK: call preserve_mostcc void @mps.log
; CHECK-NOT: @mps.log
; CHECK: ret
define void @f(ptr addrspace(1) %object, <2 x ptr addrspace(1)> %value) gc "mps" {
  store <2 x ptr addrspace(1)> %value, ptr addrspace(1) %object
  ret void
}
