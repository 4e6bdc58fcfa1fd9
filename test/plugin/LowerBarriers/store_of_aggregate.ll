; RUN: %opt -load-pass-plugin %plugin -passes=mps-early,mps-late,verify -S %s \
; RUN:   | %FileCheck %s
;
; Each reference of an aggregate has a barrier, and nothing else of it.

; CHECK-LABEL: @f.mps(
; CHECK: call preserve_mostcc void @mps.log
; CHECK: call preserve_mostcc void @mps.log
; CHECK-NOT: @mps.log
; CHECK: ret
define void @f(ptr addrspace(1) %object, { ptr addrspace(1), i64, ptr addrspace(1) } %value) gc "mps" {
  store { ptr addrspace(1), i64, ptr addrspace(1) } %value, ptr addrspace(1) %object
  ret void
}
