; RUN: %opt -load-pass-plugin %plugin -passes=mps-early,mps-late,verify -S %s \
; RUN:   | %FileCheck %s
;
; Each reference of a struct, an array or a vector is healed, under one test.

; CHECK-LABEL: @vector.mps(
; CHECK: load i32, ptr @mps.evacuating
; CHECK: call preserve_mostcc void @mps.heal
; CHECK: [[SECOND:%.*]] = add i64 {{.*}}, 8
; CHECK: call preserve_mostcc void @mps.heal(i64 [[SECOND]])
; CHECK-NOT: @mps.
; CHECK: load <2 x ptr addrspace(1)>
define <2 x ptr addrspace(1)> @vector(ptr addrspace(1) %object) gc "mps" {
  %value = load <2 x ptr addrspace(1)>, ptr addrspace(1) %object
  ret <2 x ptr addrspace(1)> %value
}
; CHECK-LABEL: @struct.mps(
; CHECK: call preserve_mostcc void @mps.heal
; CHECK: [[SECOND:%.*]] = add i64 {{.*}}, 16
; CHECK: call preserve_mostcc void @mps.heal(i64 [[SECOND]])
; CHECK-NOT: @mps.
; CHECK: ret
define { ptr addrspace(1), i64, ptr addrspace(1) } @struct(ptr addrspace(1) %object) gc "mps" {
  %value = load { ptr addrspace(1), i64, ptr addrspace(1) }, ptr addrspace(1) %object
  ret { ptr addrspace(1), i64, ptr addrspace(1) } %value
}
; CHECK-LABEL: @array.mps(
; CHECK-COUNT-3: call preserve_mostcc void @mps.heal
; CHECK-NOT: @mps.
; CHECK: ret
define [3 x ptr addrspace(1)] @array(ptr addrspace(1) %object) gc "mps" {
  %value = load [3 x ptr addrspace(1)], ptr addrspace(1) %object
  ret [3 x ptr addrspace(1)] %value
}

!llvm.module.flags = !{!0}
!0 = !{i32 1, !"mps.read.barrier", i32 1}
