; RUN: %opt -load-pass-plugin %plugin -passes=mps-early,mps-late,verify -S %s \
; RUN:   | %FileCheck %s
;
; A constant expression may lie before or behind its object: of a slot whose
; address is computed from one, or from a merge of one, the slot's own page is
; looked at.
target triple = "x86_64-pc-linux-gnu"
%type = type { i32, i32, i32, i32, i64, i64, ptr, ptr }
%table_object = type { ptr, i64, [4096 x ptr addrspace(1)] }
@table_type = internal constant %type { i32 1, i32 16, i32 8, i32 8, i64 0, i64 1, ptr null, ptr null }, align 16
@table = internal addrspace(1) global %table_object { ptr @table_type, i64 4096, [4096 x ptr addrspace(1)] zeroinitializer }, align 4096

; CHECK-LABEL: @static_object.mps(
; CHECK: lshr i64 ptrtoint (ptr addrspace(1) @table to i64), 12
define void @static_object(i64 %index, ptr addrspace(1) %value) gc "mps" {
  %slot = getelementptr %table_object, ptr addrspace(1) @table, i64 0, i32 2, i64 %index
  store ptr addrspace(1) %value, ptr addrspace(1) %slot
  ret void
}

; CHECK-LABEL: @before.mps(
; CHECK: [[SLOT:%.*]] = ptrtoint ptr addrspace(1) %slot to i64
; CHECK: lshr i64 [[SLOT]], 12
define void @before(i64 %index, ptr addrspace(1) %value) gc "mps" {
  %slot = getelementptr ptr addrspace(1), ptr addrspace(1) getelementptr (i8, ptr addrspace(1) @table, i64 -4784), i64 %index
  store ptr addrspace(1) %value, ptr addrspace(1) %slot
  ret void
}

; CHECK-LABEL: @selected.mps(
; CHECK: [[SLOT:%.*]] = ptrtoint ptr addrspace(1) %slot to i64
; CHECK: lshr i64 [[SLOT]], 12
define void @selected(i1 %choice, i64 %index, ptr addrspace(1) %value) gc "mps" {
  %start = select i1 %choice, ptr addrspace(1) getelementptr (i8, ptr addrspace(1) @table, i64 -4784), ptr addrspace(1) @table
  %slot = getelementptr ptr addrspace(1), ptr addrspace(1) %start, i64 %index
  store ptr addrspace(1) %value, ptr addrspace(1) %slot
  ret void
}

; CHECK-LABEL: @merged_in_a_loop.mps(
; CHECK: [[SLOT:%.*]] = ptrtoint ptr addrspace(1) %slot to i64
; CHECK: lshr i64 [[SLOT]], 12
define void @merged_in_a_loop(i1 %choice, ptr addrspace(1) %object, i64 %index, ptr addrspace(1) %value) gc "mps" {
entry:
  br label %loop
loop:
  %start = phi ptr addrspace(1) [ %object, %entry ], [ %next, %loop ]
  %slot = getelementptr ptr addrspace(1), ptr addrspace(1) %start, i64 %index
  store ptr addrspace(1) %value, ptr addrspace(1) %slot
  %next = select i1 %choice, ptr addrspace(1) getelementptr (i8, ptr addrspace(1) @table, i64 -4784), ptr addrspace(1) %start
  br label %loop
}

; CHECK-LABEL: @merged_objects.mps(
; CHECK: [[OBJECT:%.*]] = ptrtoint ptr addrspace(1) %node to i64
; CHECK: lshr i64 [[OBJECT]], 12
define void @merged_objects(ptr addrspace(1) %first, ptr addrspace(1) %value) gc "mps" {
entry:
  br label %loop
loop:
  %node = phi ptr addrspace(1) [ %first, %entry ], [ %next, %loop ]
  %slot = getelementptr i8, ptr addrspace(1) %node, i64 8
  store ptr addrspace(1) %value, ptr addrspace(1) %slot
  %next.slot = getelementptr i8, ptr addrspace(1) %node, i64 16
  %next = load ptr addrspace(1), ptr addrspace(1) %next.slot
  br label %loop
}
