; RUN: %opt -load-pass-plugin %plugin -passes=mps-early,mps-late,verify -S %s \
; RUN:   | %FileCheck %s
;
; An array that may be long may be old when it is new: its first stores have
; barriers. One that is known to be short is in the nursery.
%type = type { i32, i32, i32, i32, i64, i64, ptr, ptr }
@row = internal constant %type { i32 1, i32 16, i32 8, i32 8, i64 0, i64 1, ptr null, ptr null }, align 16
declare ptr addrspace(1) @mps.allocate.array(ptr, i64)

; CHECK-LABEL: @unknown.mps(
; CHECK: @mps.log
; CHECK: ret
define ptr addrspace(1) @unknown(ptr addrspace(1) %value, i64 %count) gc "mps" {
  %row = call ptr addrspace(1) @mps.allocate.array(ptr @row, i64 %count)
  %first = getelementptr i8, ptr addrspace(1) %row, i64 16
  store ptr addrspace(1) %value, ptr addrspace(1) %first
  ret ptr addrspace(1) %row
}

; CHECK-LABEL: @long.mps(
; CHECK: @mps.log
; CHECK: ret
define ptr addrspace(1) @long(ptr addrspace(1) %value) gc "mps" {
  %row = call ptr addrspace(1) @mps.allocate.array(ptr @row, i64 4097)
  %first = getelementptr i8, ptr addrspace(1) %row, i64 16
  store ptr addrspace(1) %value, ptr addrspace(1) %first
  ret ptr addrspace(1) %row
}

; CHECK-LABEL: @short.mps(
; CHECK-NOT: @mps.log
; CHECK: ret
define ptr addrspace(1) @short(ptr addrspace(1) %value) gc "mps" {
  %row = call ptr addrspace(1) @mps.allocate.array(ptr @row, i64 4096)
  %first = getelementptr i8, ptr addrspace(1) %row, i64 16
  store ptr addrspace(1) %value, ptr addrspace(1) %first
  ret ptr addrspace(1) %row
}
