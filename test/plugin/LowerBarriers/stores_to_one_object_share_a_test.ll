; RUN: %opt -load-pass-plugin %plugin -passes=mps-early,mps-late,verify -S %s \
; RUN:   | %FileCheck %s
;
; Stores to one object, with no call between them, share the test of its page:
; the bits of all their slots are tested before the first. Behind a call, of the
; runtime too, in another object, or at an address that is computed in between,
; there is another.

target triple = "x86_64-pc-linux-gnu"
%type = type { i32, i32, i32, i32, i64, i64, ptr, ptr }
@type = internal constant %type { i32 0, i32 24, i32 0, i32 0, i64 6, i64 0, ptr null, ptr null }, align 16

declare void @foreign()
declare ptr addrspace(1) @mps.allocate(ptr, i64)
declare void @llvm.memmove.p1.p1.i64(ptr addrspace(1), ptr addrspace(1), i64, i1)

; CHECK-LABEL: @fields.mps(
; CHECK: br i1 %is.page.armed
; CHECK: call preserve_mostcc void @mps.log
; CHECK: call preserve_mostcc void @mps.log
; CHECK-NOT: %is.page.armed
; CHECK-NOT: @mps.log
; CHECK: store ptr addrspace(1) %a, ptr addrspace(1) %left
; CHECK-NEXT: store ptr addrspace(1) %b, ptr addrspace(1) %right
; CHECK-NEXT: store ptr addrspace(1) %b, ptr addrspace(1) %left
; CHECK: ret
define void @fields(ptr addrspace(1) %object, ptr addrspace(1) %a, ptr addrspace(1) %b) gc "mps" {
  %left = getelementptr i8, ptr addrspace(1) %object, i64 8
  %right = getelementptr i8, ptr addrspace(1) %object, i64 16
  store ptr addrspace(1) %a, ptr addrspace(1) %left
  store ptr addrspace(1) %b, ptr addrspace(1) %right
  store ptr addrspace(1) %b, ptr addrspace(1) %left
  ret void
}

; CHECK-LABEL: @call_between.mps(
; CHECK: br i1 %is.page.armed
; CHECK: call preserve_mostcc void @mps.log
; CHECK: store ptr addrspace(1) %value, ptr addrspace(1) %object
; CHECK: @foreign.exit
; CHECK: br i1 %is.page.armed
; CHECK: call preserve_mostcc void @mps.log
; CHECK: ret
define void @call_between(ptr addrspace(1) %object, ptr addrspace(1) %value) gc "mps" {
  store ptr addrspace(1) %value, ptr addrspace(1) %object
  call void @foreign()
  store ptr addrspace(1) %value, ptr addrspace(1) %object
  ret void
}

; CHECK-LABEL: @two_objects.mps(
; CHECK: br i1 %is.page.armed
; CHECK: store ptr addrspace(1) %b, ptr addrspace(1) %a
; CHECK: br i1 %is.page.armed
; CHECK: store ptr addrspace(1) %a, ptr addrspace(1) %b
; CHECK: ret
define void @two_objects(ptr addrspace(1) %a, ptr addrspace(1) %b) gc "mps" {
  store ptr addrspace(1) %b, ptr addrspace(1) %a
  store ptr addrspace(1) %a, ptr addrspace(1) %b
  ret void
}

; CHECK-LABEL: @known_later.mps(
; CHECK: br i1 %is.page.armed
; CHECK: store ptr addrspace(1) %value
; CHECK: %index = load i64
; CHECK: br i1 %is.page.armed
; CHECK: store ptr addrspace(1) %value
; CHECK: ret
define void @known_later(ptr addrspace(1) %array, ptr addrspace(1) %value) gc "mps" {
  store ptr addrspace(1) %value, ptr addrspace(1) %array
  %count = getelementptr i8, ptr addrspace(1) %array, i64 8
  %index = load i64, ptr addrspace(1) %count
  %element = getelementptr ptr addrspace(1), ptr addrspace(1) %array, i64 %index
  store ptr addrspace(1) %value, ptr addrspace(1) %element
  ret void
}

; CHECK-LABEL: @allocation_between.mps(
; CHECK: br i1 %is.page.armed
; CHECK: store ptr addrspace(1) %value, ptr addrspace(1) %left
; CHECK: allocated:
; CHECK: br i1 %is.page.armed
; CHECK: store ptr addrspace(1) %new{{.*}}, ptr addrspace(1) %right
; CHECK: ret
define void @allocation_between(ptr addrspace(1) %object, ptr addrspace(1) %value) gc "mps" {
  %left = getelementptr i8, ptr addrspace(1) %object, i64 8
  %right = getelementptr i8, ptr addrspace(1) %object, i64 16
  store ptr addrspace(1) %value, ptr addrspace(1) %left
  %new = call ptr addrspace(1) @mps.allocate(ptr @type, i64 24)
  store ptr addrspace(1) %new, ptr addrspace(1) %right
  ret void
}

; CHECK-LABEL: @copy_between.mps(
; CHECK: br i1 %is.page.armed
; CHECK: store ptr addrspace(1) %value, ptr addrspace(1) %left
; CHECK: call {{.*}}@mps_rt_copy
; CHECK: br i1 %is.page.armed
; CHECK: store ptr addrspace(1) %value, ptr addrspace(1) %right
; CHECK: ret
define void @copy_between(ptr addrspace(1) %object, ptr addrspace(1) %value) gc "mps" {
  %left = getelementptr i8, ptr addrspace(1) %object, i64 8
  %right = getelementptr i8, ptr addrspace(1) %object, i64 16
  store ptr addrspace(1) %value, ptr addrspace(1) %left
  call void @llvm.memmove.p1.p1.i64(ptr addrspace(1) %right, ptr addrspace(1) %left, i64 8, i1 false)
  store ptr addrspace(1) %value, ptr addrspace(1) %right
  ret void
}
