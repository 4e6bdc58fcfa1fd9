; RUN: %opt -load-pass-plugin %plugin -passes="default<O1>" %s -o %t.bc
; RUN: %llc -load %plugin %t.bc -o - | %FileCheck %s
;
; Each function's table is in sections that are linked in order with its own.
target triple = "x86_64-pc-linux-gnu"
declare void @g() gc "mps"

; CHECK: .section mps_roots,"ao",@progbits,.text
; CHECK: .section mps_roots_data,"ao",@progbits,.text
; The version, a reserved byte, two safepoints (the call and the poll), and the frame's size.
; CHECK: .byte 1
; CHECK-NEXT: .byte 0
; CHECK-NEXT: .short 2
; CHECK-NEXT: .long {{[0-9]+}}
; CHECK-NOT: llvm_stackmaps
define internal ptr addrspace(1) @f(ptr addrspace(1) %x) "mps-internal" gc "mps" {
  call void @g()
  ret ptr addrspace(1) %x
}
@keep = global ptr @f
