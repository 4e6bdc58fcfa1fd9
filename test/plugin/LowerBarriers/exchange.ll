; RUN: %opt -load-pass-plugin %plugin -passes=mps-early,mps-late,verify -S %s \
; RUN:   | %FileCheck %s
;
; An exchange has a barrier.

; CHECK-LABEL: @f.mps(
; CHECK: call preserve_mostcc void @mps.log
; CHECK-NOT: @mps.log
; CHECK: ret
define void @f(ptr addrspace(1) %object, ptr addrspace(1) %value) gc "mps" {
  %old = atomicrmw xchg ptr addrspace(1) %object, ptr addrspace(1) %value acq_rel
  ret void
}
