; RUN: %managed %s | %FileCheck %s
;
; Of an old object all words may be logged, and a copy or fill is of several: of
; those it logs the slots alone. A number that looks like an address of a young
; object, or of the middle of one, stays what it is when that moves.
; CHECK: cleared: 0, copied: 0
target triple = "x86_64-pc-linux-gnu"
%type = type { i32, i32, i32, i32, i64, i64, ptr, ptr }
; A header, a number, a reference.
@entry_type = internal constant %type { i32 0, i32 24, i32 0, i32 0, i64 4, i64 0, ptr null, ptr null }, align 16
@box_type = internal constant %type { i32 0, i32 16, i32 0, i32 0, i64 0, i64 0, ptr null, ptr null }, align 16
@page_type = internal constant %type { i32 0, i32 4096, i32 0, i32 0, i64 0, i64 0, ptr null, ptr null }, align 16
@format = private constant [27 x i8] c"cleared: %ld, copied: %ld\0A\00"

declare ptr addrspace(1) @mps.allocate(ptr, i64)
declare i64 @mps.address(ptr addrspace(1))
declare void @llvm.memset.p1.i64(ptr addrspace(1), i8, i64, i1)
declare void @llvm.memcpy.p1.p1.i64(ptr addrspace(1), ptr addrspace(1), i64, i1)
declare void @mps_collect()
declare i32 @printf(ptr, ...)

define ptr addrspace(1) @box(i64 %value) noinline gc "mps" {
  %box = call ptr addrspace(1) @mps.allocate(ptr @box_type, i64 16)
  %number = getelementptr i8, ptr addrspace(1) %box, i64 8
  store i64 %value, ptr addrspace(1) %number
  ret ptr addrspace(1) %box
}

define void @set(ptr addrspace(1) %entry, i64 %key, ptr addrspace(1) %value) noinline gc "mps" {
  %number = getelementptr i8, ptr addrspace(1) %entry, i64 8
  store i64 %key, ptr addrspace(1) %number
  %slot = getelementptr i8, ptr addrspace(1) %entry, i64 16
  store ptr addrspace(1) %value, ptr addrspace(1) %slot
  ret void
}

define void @clear(ptr addrspace(1) %entry) noinline gc "mps" {
  %start = getelementptr i8, ptr addrspace(1) %entry, i64 8
  call void @llvm.memset.p1.i64(ptr addrspace(1) align 8 %start, i8 0, i64 16, i1 false)
  ret void
}

define void @copy(ptr addrspace(1) %to, ptr addrspace(1) %from) noinline gc "mps" {
  %start = getelementptr i8, ptr addrspace(1) %to, i64 8
  %source = getelementptr i8, ptr addrspace(1) %from, i64 8
  call void @llvm.memcpy.p1.p1.i64(ptr addrspace(1) align 8 %start, ptr addrspace(1) align 8 %source, i64 16, i1 false)
  ret void
}

define i64 @difference(ptr addrspace(1) %entry, i64 %key) noinline gc "mps" {
  %number = getelementptr i8, ptr addrspace(1) %entry, i64 8
  %is = load i64, ptr addrspace(1) %number
  %difference = sub i64 %is, %key
  ret i64 %difference
}

; Young collections, which move the box.
define void @garbage() noinline gc "mps" {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  %garbage = call ptr addrspace(1) @mps.allocate(ptr @page_type, i64 4096)
  %next = add i64 %i, 1
  %isDone = icmp eq i64 %next, 4000
  br i1 %isDone, label %end, label %loop
end:
  ret void
}

define i32 @main() gc "mps" {
  %cleared = call ptr addrspace(1) @mps.allocate(ptr @entry_type, i64 24)
  %copied = call ptr addrspace(1) @mps.allocate(ptr @entry_type, i64 24)
  call void @mps_collect()
  call void @mps_collect()
  call void @clear(ptr addrspace(1) %cleared)
  %new = call ptr addrspace(1) @mps.allocate(ptr @entry_type, i64 24)
  %box = call ptr addrspace(1) @box(i64 -42)
  %address = call i64 @mps.address(ptr addrspace(1) %box)
  %middle = add i64 %address, 8
  call void @set(ptr addrspace(1) %cleared, i64 %address, ptr addrspace(1) %box)
  call void @set(ptr addrspace(1) %new, i64 %middle, ptr addrspace(1) %box)
  call void @copy(ptr addrspace(1) %copied, ptr addrspace(1) %new)
  call void @garbage()
  %first = call i64 @difference(ptr addrspace(1) %cleared, i64 %address)
  %second = call i64 @difference(ptr addrspace(1) %copied, i64 %middle)
  %printed = call i32 (ptr, ...) @printf(ptr @format, i64 %first, i64 %second)
  ret i32 0
}
