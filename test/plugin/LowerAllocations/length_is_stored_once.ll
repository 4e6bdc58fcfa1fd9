; RUN: %opt -load-pass-plugin %plugin -passes=mps-early -S %s \
; RUN:   | %FileCheck %s --check-prefix=EARLY
; RUN: %opt -load-pass-plugin %plugin -passes=mps-early,mps-late,verify -S %s \
; RUN:   | %FileCheck %s
; RUN: %opt -load-pass-plugin %plugin -passes=mps-early,dse,mps-late,verify -S %s \
; RUN:   | %FileCheck %s --check-prefix=MERGED
;
; The optimiser is told the length of a new array by a store of it. In the end,
; only the inline allocation stores it; what the program stores there stays.
%type = type { i32, i32, i32, i32, i64, i64, ptr, ptr }
@row = internal constant %type { i32 1, i32 16, i32 8, i32 8, i64 0, i64 1, ptr null, ptr null }, align 16
declare ptr addrspace(1) @mps.allocate.array(ptr, i64)

; EARLY-LABEL: @make(
; EARLY: store i64 4, {{.*}}, !mps.length
; CHECK-LABEL: @make.mps(
; CHECK: allocate.fast:
; CHECK: store i64 4,
; CHECK: allocated:
; CHECK-NOT: store i64
; CHECK: ret
define ptr addrspace(1) @make() gc "mps" {
  %object = call ptr addrspace(1) @mps.allocate.array(ptr @row, i64 4)
  ret ptr addrspace(1) %object
}

; CHECK-LABEL: @shorten.mps(
; CHECK: allocated:
; CHECK: store i64 2, ptr addrspace(1) %length
; CHECK: ret
define ptr addrspace(1) @shorten() gc "mps" {
  %object = call ptr addrspace(1) @mps.allocate.array(ptr @row, i64 4)
  %length = getelementptr i8, ptr addrspace(1) %object, i64 8
  store i64 2, ptr addrspace(1) %length
  ret ptr addrspace(1) %object
}

; The optimiser makes one store of this and the one of ours.
; MERGED-LABEL: @shorten_by_half.mps(
; MERGED: allocated:
; MERGED: store i64 2,
; MERGED: ret
define ptr addrspace(1) @shorten_by_half() gc "mps" {
  %object = call ptr addrspace(1) @mps.allocate.array(ptr @row, i64 4)
  %length = getelementptr i8, ptr addrspace(1) %object, i64 8
  store i32 2, ptr addrspace(1) %length
  ret ptr addrspace(1) %object
}
