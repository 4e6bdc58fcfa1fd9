; RUN: %opt -load-pass-plugin %plugin -passes=mps-early,mps-late,verify -S %s \
; RUN:   | %FileCheck %s
;
; An alignment above a word is for the runtime.
%type = type { i32, i32, i32, i32, i64, i64, ptr, ptr }
@pair = internal constant %type { i32 0, i32 24, i32 0, i32 0, i64 6, i64 0, ptr null, ptr null }, align 16
declare align 64 ptr addrspace(1) @mps.allocate(ptr, i64)

; CHECK-LABEL: @make.mps(
; CHECK-NOT: icmp ugt i64 %end
; CHECK: @mps_rt_allocate.exit{{.*}}i64 24, i64 64
define ptr addrspace(1) @make() gc "mps" {
  %object = call align 64 ptr addrspace(1) @mps.allocate(ptr @pair, i64 24)
  ret ptr addrspace(1) %object
}
