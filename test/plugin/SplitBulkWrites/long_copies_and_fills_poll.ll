; RUN: %opt -load-pass-plugin %plugin -passes=mps-early,mps-late,verify -S %s \
; RUN:   | %FileCheck %s
;
; What may be long is done in pieces of 64 KiB, with a poll after each; what is
; short is one call.

declare void @llvm.memmove.p1.p1.i64(ptr addrspace(1), ptr addrspace(1), i64, i1)
declare void @llvm.memset.p1.i64(ptr addrspace(1), i8, i64, i1)

; CHECK-LABEL: @move.mps(
; CHECK: %is.long = icmp ugt i64 %size, 65536
; CHECK: %is.backward = icmp ult i64 {{.*}}, %size
; CHECK: call void @mps_rt_copy({{.*}}, i64 %size, ptr {{.*}})
; CHECK: piece:
; CHECK: %rest = sub i64
; CHECK: call void @mps_rt_copy(
; CHECK: %poll.limit = load
define void @move(ptr addrspace(1) %a, ptr addrspace(1) %b, i64 %size) gc "mps" {
  call void @llvm.memmove.p1.p1.i64(ptr addrspace(1) %a, ptr addrspace(1) %b, i64 %size, i1 false)
  ret void
}

; CHECK-LABEL: @fill.mps(
; CHECK: call void @mps_rt_fill({{.*}}, i64 %size, ptr {{.*}})
; CHECK: piece:
; CHECK: call void @mps_rt_fill(
; CHECK: %poll.limit = load
define void @fill(ptr addrspace(1) %a, i64 %size) gc "mps" {
  call void @llvm.memset.p1.i64(ptr addrspace(1) %a, i8 0, i64 %size, i1 false)
  ret void
}

; CHECK-LABEL: @short.mps(
; CHECK-NOT: piece:
; CHECK: call void @mps_rt_fill(
; CHECK-NOT: poll.limit
; CHECK: ret void
define void @short(ptr addrspace(1) %a) gc "mps" {
  call void @llvm.memset.p1.i64(ptr addrspace(1) %a, i8 0, i64 4000, i1 false)
  ret void
}
