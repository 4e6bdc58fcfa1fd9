; RUN: %opt -load-pass-plugin %plugin -passes=mps-early,verify -S %s | %FileCheck %s
;
; A copy between an object and a local variable of known type becomes loads and
; stores of its fields: the references stay references.
declare void @llvm.memcpy.p0.p1.i64(ptr, ptr addrspace(1), i64, i1)
declare void @llvm.memcpy.p1.p1.i64(ptr addrspace(1), ptr addrspace(1), i64, i1)

; CHECK-LABEL: @by_fields(
; CHECK: load ptr addrspace(1), ptr addrspace(1)
; CHECK: load i64, ptr addrspace(1)
; CHECK: store ptr addrspace(1) %{{.*}}, ptr
; CHECK: store i64
define void @by_fields(ptr addrspace(1) %object) gc "mps" {
  %local = alloca { ptr addrspace(1), i64 }
  call void @llvm.memcpy.p0.p1.i64(ptr %local, ptr addrspace(1) %object, i64 16, i1 false)
  ret void
}

; CHECK-LABEL: @between_objects(
; CHECK: call void @mps.copy.1.1(
define void @between_objects(ptr addrspace(1) %a, ptr addrspace(1) %b) gc "mps" {
  call void @llvm.memcpy.p1.p1.i64(ptr addrspace(1) %a, ptr addrspace(1) %b, i64 8, i1 false)
  ret void
}
