; RUN: %opt -load-pass-plugin %plugin -passes=mps-early,mps-late,verify -S %s \
; RUN:   | %FileCheck %s
;
; The byte that a store tests is that of the page its object begins in, wherever
; the slot is. The slot's address is computed where it is logged, so that the
; store's own can be part of its instruction. Of a pointer that is merged of
; derived ones, the object is not known: it may be past the end.

; CHECK-LABEL: @element.mps(
; CHECK: [[OBJECT:%.*]] = ptrtoint ptr addrspace(1) %array to i64
; CHECK: lshr i64 [[OBJECT]], 12
; CHECK: br i1 %is.page.armed, label %[[BITS:[0-9]+]],
; CHECK: [[BITS]]:
; CHECK-NEXT: [[AGAIN:%.*]] = getelementptr ptr addrspace(1), ptr addrspace(1) %array, i64 %index
; CHECK-NEXT: ptrtoint ptr addrspace(1) [[AGAIN]] to i64
define void @element(ptr addrspace(1) %array, i64 %index, ptr addrspace(1) %value) gc "mps" {
  %element = getelementptr ptr addrspace(1), ptr addrspace(1) %array, i64 %index
  store ptr addrspace(1) %value, ptr addrspace(1) %element
  ret void
}

; CHECK-LABEL: @merged.mps(
; CHECK: [[SLOT:%.*]] = ptrtoint ptr addrspace(1) %slot to i64
; CHECK: lshr i64 [[SLOT]], 12
define void @merged(ptr addrspace(1) %object, i1 %choice, ptr addrspace(1) %value) gc "mps" {
  %left = getelementptr i8, ptr addrspace(1) %object, i64 16
  %right = getelementptr i8, ptr addrspace(1) %object, i64 24
  %end = select i1 %choice, ptr addrspace(1) %left, ptr addrspace(1) %right
  %slot = getelementptr i8, ptr addrspace(1) %end, i64 -8
  store ptr addrspace(1) %value, ptr addrspace(1) %slot
  ret void
}
