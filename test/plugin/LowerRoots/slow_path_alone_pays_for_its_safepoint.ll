; RUN: %opt -load-pass-plugin %plugin -passes=mps-early,mps-late,verify -S %s \
; RUN:   | %FileCheck %s
;
; What is live only across a cold call is stored in the cold block.
%type = type { i32, i32, i32, i32, i64, i64, ptr, ptr }
@pair = internal constant %type { i32 0, i32 24, i32 0, i32 0, i64 6, i64 0, ptr null, ptr null }, align 16
declare ptr addrspace(1) @mps.allocate(ptr, i64)

; CHECK-LABEL: @f.mps(
; CHECK-NOT: store ptr addrspace(1) %value, ptr %root
; CHECK: allocate.slow:
; CHECK: store ptr addrspace(1) %value, ptr %[[SLOT:root.[0-9]+]]
; CHECK: gc.statepoint{{.*}}@mps_rt_allocate.exit
define ptr addrspace(1) @f(ptr addrspace(1) %value) gc "mps" {
  %object = call ptr addrspace(1) @mps.allocate(ptr @pair, i64 24)
  %field = getelementptr i8, ptr addrspace(1) %object, i64 8
  store ptr addrspace(1) %value, ptr addrspace(1) %field
  ret ptr addrspace(1) %object
}
