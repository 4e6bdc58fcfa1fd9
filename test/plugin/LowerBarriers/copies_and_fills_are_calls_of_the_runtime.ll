; RUN: %opt -load-pass-plugin %plugin -passes=mps-early,mps-late,verify -S %s \
; RUN:   | %FileCheck %s
;
; Copies and fills of managed memory are the runtime's, which tests each word.

declare void @llvm.memcpy.p1.p1.i64(ptr addrspace(1), ptr addrspace(1), i64, i1)
declare void @llvm.memmove.p1.p1.i64(ptr addrspace(1), ptr addrspace(1), i64, i1)
declare void @llvm.memset.p1.i64(ptr addrspace(1), i8, i64, i1)

; CHECK-LABEL: @f.mps(
; CHECK: call void @mps_rt_copy(
; CHECK: call void @mps_rt_copy(
; CHECK: call void @mps_rt_fill(
define void @f(ptr addrspace(1) %a, ptr addrspace(1) %b, i64 %size) gc "mps" {
  call void @llvm.memcpy.p1.p1.i64(ptr addrspace(1) %a, ptr addrspace(1) %b, i64 %size, i1 false)
  call void @llvm.memmove.p1.p1.i64(ptr addrspace(1) %a, ptr addrspace(1) %b, i64 8, i1 false)
  call void @llvm.memset.p1.i64(ptr addrspace(1) %a, i8 0, i64 %size, i1 false)
  ret void
}
