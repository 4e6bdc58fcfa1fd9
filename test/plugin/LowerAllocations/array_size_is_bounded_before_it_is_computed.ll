; RUN: %opt -load-pass-plugin %plugin -passes=mps-early,mps-late,verify -S %s \
; RUN:   | %FileCheck %s
;
; A small array is allocated inline; its count is compared first, so that the size
; cannot overflow.
%type = type { i32, i32, i32, i32, i64, i64, ptr, ptr }
@row = internal constant %type { i32 1, i32 16, i32 8, i32 8, i64 0, i64 1, ptr null, ptr null }, align 16
@elsewhere = external constant %type
declare ptr addrspace(1) @mps.allocate.array(ptr, i64)

; CHECK-LABEL: @make.mps(
; CHECK: %is.large = icmp ugt i64 %count, 2046
; CHECK: or i1 %is.large, %is.slow
; CHECK: store ptr @row, ptr addrspace(1)
; CHECK: store i64 %count, ptr addrspace(1)
; CHECK: @mps_rt_allocate_array.exit
define ptr addrspace(1) @make(i64 %count) gc "mps" {
  %array = call ptr addrspace(1) @mps.allocate.array(ptr @row, i64 %count)
  ret ptr addrspace(1) %array
}

; Of a type that the module does not define, nothing is known.
; CHECK-LABEL: @make_unknown.mps(
; CHECK-NOT: icmp ugt i64 %count
; CHECK: @mps_rt_allocate_array.exit
define ptr addrspace(1) @make_unknown(i64 %count) gc "mps" {
  %array = call ptr addrspace(1) @mps.allocate.array(ptr @elsewhere, i64 %count)
  ret ptr addrspace(1) %array
}

; Of a known count, nothing is left of the comparison.
; CHECK-LABEL: @make_four.mps(
; CHECK-NOT: or i1
; CHECK: br i1 %is.slow
define ptr addrspace(1) @make_four() gc "mps" {
  %array = call ptr addrspace(1) @mps.allocate.array(ptr @row, i64 4)
  ret ptr addrspace(1) %array
}
