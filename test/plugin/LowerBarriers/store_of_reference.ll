; RUN: %opt -load-pass-plugin %plugin -passes=mps-early,mps-late,verify -S %s \
; RUN:   | %FileCheck %s
;
; A store of a reference into managed memory tests the byte of its object's page, and only
; if that is set, its bit in the log table.

; CHECK-LABEL: @f.mps(
; CHECK: [[OBJECT:%.*]] = ptrtoint ptr addrspace(1) %object to i64
; CHECK: [[INDEX:%.*]] = lshr i64 [[OBJECT]], 12
; CHECK: getelementptr i8, ptr %pages, i64 [[INDEX]]
; CHECK: br i1 %is.page.armed, label %[[BITS:[0-9]+]], label %[[STORE:[0-9]+]]
; CHECK: [[BITS]]:
; CHECK: lshr i64 %slot, 9
; CHECK: br i1 %is.armed
; CHECK: call preserve_mostcc void @mps.log
; CHECK-NOT: @mps.log
; CHECK: ret
define void @f(ptr addrspace(1) %object, ptr addrspace(1) %value) gc "mps" {
  store ptr addrspace(1) %value, ptr addrspace(1) %object
  ret void
}
