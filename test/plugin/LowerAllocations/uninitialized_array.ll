; RUN: %opt -load-pass-plugin %plugin -passes=mps-early,mps-late,verify -S %s \
; RUN:   | %FileCheck %s
; RUN: %opt -load-pass-plugin %plugin -passes='default<O2>' -S %s \
; RUN:   | %FileCheck %s --check-prefix=OPT
;
; It is allocated like any leaf array; out of line, by a function of its own that
; need not clear. Its elements are undefined: the optimiser does not take them for
; zeros.
@bytes = constant { i32, i32, i32, i32, i64, i64, ptr, ptr } { i32 3, i32 16, i32 8, i32 8, i64 0, i64 0, ptr null, ptr null }

declare ptr addrspace(1) @mps.allocate.uninitialized.array(ptr, i64)

; CHECK-LABEL: define ptr addrspace(1) @make.mps(
; CHECK: call {{.*}}ptr addrspace(1) {{.*}}@mps_rt_allocate_uninitialized_array
; OPT-LABEL: @make.mps(
; OPT: store i32 0, ptr addrspace(1)
; OPT: @mps_rt_allocate_uninitialized_array
define ptr addrspace(1) @make(i64 %count) gc "mps" {
  %array = call ptr addrspace(1) @mps.allocate.uninitialized.array(ptr @bytes, i64 %count)
  %last = getelementptr i8, ptr addrspace(1) %array, i64 16
  store i32 0, ptr addrspace(1) %last
  ret ptr addrspace(1) %array
}
