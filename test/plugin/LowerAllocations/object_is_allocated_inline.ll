; RUN: %opt -load-pass-plugin %plugin -passes=mps-early,mps-late,verify -S %s \
; RUN:   | %FileCheck %s
;
; An object of known size is allocated by an add and a compare; the slow call is
; out of line, and the header is stored.
%type = type { i32, i32, i32, i32, i64, i64, ptr, ptr }
@pair = internal constant %type { i32 0, i32 24, i32 0, i32 0, i64 6, i64 0, ptr null, ptr null }, align 16
declare ptr addrspace(1) @mps.allocate(ptr, i64)

; CHECK-LABEL: @make.mps(
; CHECK: %alloc = load i64
; CHECK: %end = add i64 %alloc, 24
; CHECK: %limit = load i64
; CHECK: %is.slow = icmp ugt i64 %end, %limit
; CHECK: br i1 %is.slow, label %allocate.slow, label %allocate.fast, !prof
; CHECK: allocate.fast:
; CHECK: store i64 %end
; CHECK: store ptr @pair, ptr addrspace(1)
; CHECK: allocate.slow:
; CHECK: gc.statepoint{{.*}}@mps_rt_allocate.exit{{.*}}i64 24, i64 8
define ptr addrspace(1) @make() gc "mps" {
  %object = call ptr addrspace(1) @mps.allocate(ptr @pair, i64 24)
  ret ptr addrspace(1) %object
}
