; RUN: %opt -load-pass-plugin %plugin -passes=mps-late,verify -S %s \
; RUN:   | %FileCheck %s
;
; A copy that the optimiser made of a loop is healed before.

declare void @llvm.memcpy.p0.p1.i64(ptr, ptr addrspace(1), i64, i1)

; CHECK-LABEL: @f.mps(
; CHECK: load i32, ptr @mps.evacuating
; CHECK: call void @mps_rt_heal_range(ptr {{.*}}, i64 %size)
; CHECK: call void @llvm.memcpy
define void @f(ptr %to, ptr addrspace(1) %from, i64 %size) gc "mps" {
  call void @llvm.memcpy.p0.p1.i64(ptr %to, ptr addrspace(1) %from, i64 %size, i1 false)
  ret void
}

!llvm.module.flags = !{!0, !1}
!0 = !{i32 1, !"mps.read.barrier", i32 1}
!1 = !{i32 8, !"mps.protected", i32 1}
