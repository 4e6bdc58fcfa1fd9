; RUN: %opt -load-pass-plugin %plugin -passes=mps-early,mps-late,verify -S %s \
; RUN:   | %FileCheck %s
;
; An object that is new holds nothing that is being evacuated.

@type = internal constant { i32, i32, i32, i32, i64, i64, ptr, ptr } {
  i32 0, i32 16, i32 0, i32 0, i64 2, i64 0, ptr null, ptr null }, align 16
declare ptr addrspace(1) @mps.allocate(ptr, i64)

; CHECK-LABEL: @f.mps(
; CHECK-NOT: @mps.heal
; CHECK: load ptr addrspace(1)
define ptr addrspace(1) @f() gc "mps" {
  %object = call ptr addrspace(1) @mps.allocate(ptr @type, i64 16)
  %slot = getelementptr i8, ptr addrspace(1) %object, i64 8
  %value = load ptr addrspace(1), ptr addrspace(1) %slot
  ret ptr addrspace(1) %value
}

!llvm.module.flags = !{!0}
!0 = !{i32 1, !"mps.read.barrier", i32 1}
