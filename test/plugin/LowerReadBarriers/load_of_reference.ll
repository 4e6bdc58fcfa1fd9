; RUN: %opt -load-pass-plugin %plugin -passes=mps-early,mps-late,verify -S %s \
; RUN:   | %FileCheck %s
;
; Before a load of a reference the module's word is tested; the slow path heals
; the slot that is loaded from, not the value that was.

; CHECK: @mps.evacuating = linkonce_odr hidden global i32 0, comdat
; CHECK-LABEL: @f.mps(
; CHECK: [[WORD:%.*]] = load i32, ptr @mps.evacuating
; CHECK-NEXT: [[TEST:%.*]] = icmp ne i32 [[WORD]], 0
; CHECK-NEXT: br i1 [[TEST]], label %[[SLOW:.*]], label %[[NEXT:.*]], !prof
; CHECK: [[SLOW]]:
; CHECK-NEXT: [[FIELD:%.*]] = getelementptr i8, ptr addrspace(1) %object, i64 8
; CHECK-NEXT: [[SLOT:%.*]] = ptrtoint ptr addrspace(1) [[FIELD]] to i64
; CHECK-NEXT: call preserve_mostcc void @mps.heal(i64 [[SLOT]])
; CHECK: [[NEXT]]:
; CHECK-NEXT: load ptr addrspace(1), ptr addrspace(1) %field
; CHECK-NEXT: ret
define ptr addrspace(1) @f(ptr addrspace(1) %object) gc "mps" {
  %field = getelementptr i8, ptr addrspace(1) %object, i64 8
  %value = load ptr addrspace(1), ptr addrspace(1) %field
  ret ptr addrspace(1) %value
}
; CHECK: define linkonce_odr hidden preserve_mostcc void @mps.heal(i64 %0)
; CHECK: call void @mps_rt_heal(i64 %0)

!llvm.module.flags = !{!0}
!0 = !{i32 1, !"mps.read.barrier", i32 1}
