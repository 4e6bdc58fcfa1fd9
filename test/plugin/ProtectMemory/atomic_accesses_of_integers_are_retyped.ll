; RUN: %opt -load-pass-plugin %plugin -passes=mps-early,verify -S %s | %FileCheck %s
;
; What a front end writes as an atomic store of an integer, by way of a local
; variable that holds a reference, is a store of a reference.

; CHECK-LABEL: @f(
; CHECK: store atomic ptr addrspace(1) %{{.*}}, ptr addrspace(1) %object seq_cst
define void @f(ptr addrspace(1) %object, ptr addrspace(1) %value) gc "mps" {
  %temporary = alloca ptr addrspace(1)
  store ptr addrspace(1) %value, ptr %temporary
  %bits = load i64, ptr %temporary
  store atomic i64 %bits, ptr addrspace(1) %object seq_cst, align 8
  ret void
}
