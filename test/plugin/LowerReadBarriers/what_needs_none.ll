; RUN: %opt -load-pass-plugin %plugin -passes=mps-early,mps-late,verify -S %s \
; RUN:   | %FileCheck %s
;
; Integers need no barrier; nor does what is a root: globals and local variables.

@global = internal global ptr addrspace(1) null

; CHECK-LABEL: @f.mps(
; CHECK-NOT: @mps.heal
; CHECK: ret
define i64 @f(ptr addrspace(1) %object) gc "mps" {
  %local = alloca ptr addrspace(1)
  %number = load i64, ptr addrspace(1) %object
  %reference = load ptr addrspace(1), ptr @global
  store volatile ptr addrspace(1) %reference, ptr %local
  %again = load volatile ptr addrspace(1), ptr %local
  store ptr addrspace(1) %again, ptr @global
  ret i64 %number
}

!llvm.module.flags = !{!0}
!0 = !{i32 1, !"mps.read.barrier", i32 1}
