; RUN: %opt -load-pass-plugin %plugin -passes=mps-early,mps-late,verify -S %s \
; RUN:   | %FileCheck %s
;
; Copies and fills of managed memory are the runtime's, which tests each word, and
; is told the object that they are in.

declare void @llvm.memcpy.p1.p1.i64(ptr addrspace(1), ptr addrspace(1), i64, i1)
declare void @llvm.memmove.p1.p1.i64(ptr addrspace(1), ptr addrspace(1), i64, i1)
declare void @llvm.memset.p1.i64(ptr addrspace(1), i8, i64, i1)

; CHECK-LABEL: @f.mps(
; CHECK: call void @mps_rt_copy(
; CHECK: call void @mps_rt_copy(
; CHECK: call void @mps_rt_fill(
; CHECK: ret
; CHECK-LABEL: @inside.mps(
; CHECK: %[[OBJECT:.*]] = addrspacecast ptr addrspace(1) %object to ptr
; CHECK: call void @mps_rt_copy(ptr %{{.*}}, ptr %{{.*}}, i64 16, ptr %[[OBJECT]])
define void @f(ptr addrspace(1) %a, ptr addrspace(1) %b, i64 %size) gc "mps" {
  call void @llvm.memcpy.p1.p1.i64(ptr addrspace(1) %a, ptr addrspace(1) %b, i64 %size, i1 false)
  call void @llvm.memmove.p1.p1.i64(ptr addrspace(1) %a, ptr addrspace(1) %b, i64 8, i1 false)
  call void @llvm.memset.p1.i64(ptr addrspace(1) %a, i8 0, i64 %size, i1 false)
  ret void
}
define void @inside(ptr addrspace(1) %object, ptr addrspace(1) %from) gc "mps" {
  %to = getelementptr i8, ptr addrspace(1) %object, i64 24
  call void @llvm.memcpy.p1.p1.i64(ptr addrspace(1) %to, ptr addrspace(1) %from, i64 16, i1 false)
  ret void
}
