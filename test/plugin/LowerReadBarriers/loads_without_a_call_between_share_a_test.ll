; RUN: %opt -load-pass-plugin %plugin -passes=mps-early,mps-late,verify -S %s \
; RUN:   | %FileCheck %s
;
; A slot that was healed stays so until the next safepoint: loads of one block
; are healed where the first of them is, if their places are known there.

declare void @foreign()

; CHECK-LABEL: @fields.mps(
; CHECK: load i32, ptr @mps.evacuating
; CHECK: call preserve_mostcc void @mps.heal
; CHECK: call preserve_mostcc void @mps.heal
; CHECK-NOT: @mps.evacuating
; CHECK: ret
define i1 @fields(ptr addrspace(1) %object) gc "mps" {
  %left.slot = getelementptr i8, ptr addrspace(1) %object, i64 8
  %left = load ptr addrspace(1), ptr addrspace(1) %left.slot
  %right.slot = getelementptr i8, ptr addrspace(1) %object, i64 16
  %right = load ptr addrspace(1), ptr addrspace(1) %right.slot
  %same = icmp eq ptr addrspace(1) %left, %right
  ret i1 %same
}
; CHECK-LABEL: @chain.mps(
; CHECK: load i32, ptr @mps.evacuating
; CHECK: load ptr addrspace(1)
; CHECK: load i32, ptr @mps.evacuating
; CHECK: load ptr addrspace(1)
; CHECK: ret
define ptr addrspace(1) @chain(ptr addrspace(1) %object) gc "mps" {
  %next = load ptr addrspace(1), ptr addrspace(1) %object
  %over = load ptr addrspace(1), ptr addrspace(1) %next
  ret ptr addrspace(1) %over
}
; CHECK-LABEL: @call_between.mps(
; CHECK: load i32, ptr @mps.evacuating
; CHECK: load ptr addrspace(1)
; CHECK: load i32, ptr @mps.evacuating
; CHECK: load ptr addrspace(1)
; CHECK: ret
define i1 @call_between(ptr addrspace(1) %object) gc "mps" {
  %before = load ptr addrspace(1), ptr addrspace(1) %object
  call void @foreign()
  %after = load ptr addrspace(1), ptr addrspace(1) %object
  %same = icmp eq ptr addrspace(1) %before, %after
  ret i1 %same
}

!llvm.module.flags = !{!0}
!0 = !{i32 1, !"mps.read.barrier", i32 1}
