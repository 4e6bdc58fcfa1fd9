; RUN: %opt -load-pass-plugin %plugin -passes="default<O2>" -S %s | %FileCheck %s
;
; LLVM knows that new objects are zero, and that nobody misses one that is not
; used.
%type = type { i32, i32, i32, i32, i64, i64, ptr, ptr }
@pair = internal constant %type { i32 0, i32 24, i32 0, i32 0, i64 6, i64 0, ptr null, ptr null }, align 16
declare ptr addrspace(1) @mps.allocate(ptr, i64)

; CHECK-LABEL: @dead.mps(
; CHECK-NOT: alloc
; CHECK: ret i64 7
define i64 @dead() gc "mps" {
  %object = call ptr addrspace(1) @mps.allocate(ptr @pair, i64 24)
  %field = getelementptr i8, ptr addrspace(1) %object, i64 8
  store ptr addrspace(1) null, ptr addrspace(1) %field
  ret i64 7
}

; CHECK-LABEL: @zeroed.mps(
; CHECK-NOT: store ptr addrspace(1) null
; CHECK: ret ptr addrspace(1)
define ptr addrspace(1) @zeroed() gc "mps" {
  %object = call ptr addrspace(1) @mps.allocate(ptr @pair, i64 24)
  %field = getelementptr i8, ptr addrspace(1) %object, i64 8
  store ptr addrspace(1) null, ptr addrspace(1) %field
  ret ptr addrspace(1) %object
}
