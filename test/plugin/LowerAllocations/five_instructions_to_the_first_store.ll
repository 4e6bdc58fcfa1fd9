; RUN: %opt -load-pass-plugin %plugin -passes="default<O2>" %s -o %t.bc
; RUN: %llc -load %plugin -O2 -relocation-model=static %t.bc -o - | %FileCheck %s
;
; Up to the first store into the new object: a load, an add, a compare, a branch
; and a store.
target triple = "x86_64-pc-linux-gnu"
%type = type { i32, i32, i32, i32, i64, i64, ptr, ptr }
@pair = internal constant %type { i32 0, i32 24, i32 0, i32 0, i64 6, i64 0, ptr null, ptr null }, align 16
declare ptr addrspace(1) @mps.allocate(ptr, i64)

; CHECK-LABEL: make.mps:
; CHECK: movq %fs:mps_thread@TPOFF+56, %[[OBJECT:r[a-z0-9]+]]
; CHECK-NEXT: leaq 24(%[[OBJECT]]), %[[END:r[a-z0-9]+]]
; CHECK-NEXT: cmpq %fs:mps_thread@TPOFF+64, %[[END]]
; CHECK-NEXT: ja
; CHECK: movq %[[END]], %fs:mps_thread@TPOFF+56
; CHECK-NEXT: movq $pair, (%[[OBJECT]])
define ptr addrspace(1) @make() gc "mps" {
  %object = call ptr addrspace(1) @mps.allocate(ptr @pair, i64 24)
  ret ptr addrspace(1) %object
}
