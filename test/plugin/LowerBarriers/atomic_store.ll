; RUN: %opt -load-pass-plugin %plugin -passes=mps-early,mps-late,verify -S %s \
; RUN:   | %FileCheck %s
;
; An atomic store has a barrier.

; CHECK-LABEL: @f.mps(
; CHECK: call preserve_mostcc void @mps.log
; CHECK-NOT: @mps.log
; CHECK: ret
define void @f(ptr addrspace(1) %object, ptr addrspace(1) %value) gc "mps" {
  store atomic ptr addrspace(1) %value, ptr addrspace(1) %object release, align 8
  ret void
}
