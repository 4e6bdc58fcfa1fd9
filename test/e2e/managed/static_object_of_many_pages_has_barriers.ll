; RUN: %managed %s --stress= --args 5000000 | %FileCheck %s
; RUN: %managed %s --args 2000 | %FileCheck %s
;
; The only slot of a static object is four pages behind its header, whose page
; the barrier tests: what is stored there is seen by young collections, which
; look at no other slots of static objects than those that have been logged.
; CHECK: 42
target triple = "x86_64-pc-linux-gnu"
%type = type { i32, i32, i32, i32, i64, i64, ptr, ptr }
; Word 2048 alone: bit 0 of entry 31, as words 64 to 127 are entry 0.
@wide = internal constant [38 x i64] [i64 0, i64 0, i64 0, i64 0, i64 0, i64 0, i64 0, i64 0, i64 0, i64 0, i64 0, i64 0, i64 0, i64 0, i64 0, i64 0, i64 0, i64 0, i64 0, i64 0, i64 0, i64 0, i64 0, i64 0, i64 0, i64 0, i64 0, i64 0, i64 0, i64 0, i64 0, i64 1, i64 0, i64 0, i64 0, i64 0, i64 0, i64 0]
@large_type = internal constant %type { i32 0, i32 20480, i32 0, i32 0, i64 0, i64 0, ptr @wide, ptr null }, align 16
@box_type = internal constant %type { i32 0, i32 16, i32 0, i32 0, i64 0, i64 0, ptr null, ptr null }, align 16
@static = internal addrspace(1) global { ptr, [2047 x i64], ptr addrspace(1), [511 x i64] } { ptr @large_type, [2047 x i64] zeroinitializer, ptr addrspace(1) null, [511 x i64] zeroinitializer }, align 4096
@format = private constant [5 x i8] c"%ld\0A\00"

declare ptr addrspace(1) @mps.allocate(ptr, i64)
declare i64 @atol(ptr)
declare i32 @printf(ptr, ...)

define void @put(ptr addrspace(1) %object, i64 %index, ptr addrspace(1) %value) noinline gc "mps" {
  %slot = getelementptr i64, ptr addrspace(1) %object, i64 %index
  store ptr addrspace(1) %value, ptr addrspace(1) %slot
  ret void
}

define ptr addrspace(1) @make(i64 %value) noinline gc "mps" {
  %box = call ptr addrspace(1) @mps.allocate(ptr @box_type, i64 16)
  %number = getelementptr i8, ptr addrspace(1) %box, i64 8
  store i64 %value, ptr addrspace(1) %number
  ret ptr addrspace(1) %box
}

define void @make_garbage(i64 %count) noinline gc "mps" {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  %box = call ptr addrspace(1) @make(i64 %i)
  %next = add i64 %i, 1
  %done = icmp eq i64 %next, %count
  br i1 %done, label %end, label %loop
end:
  ret void
}

define i32 @main(i32 %argc, ptr %argv) gc "mps" {
  %argument = getelementptr ptr, ptr %argv, i64 1
  %text = load ptr, ptr %argument
  %count = call i64 @atol(ptr %text)
  %first = call ptr addrspace(1) @make(i64 41)
  call void @put(ptr addrspace(1) @static, i64 2048, ptr addrspace(1) %first)
  call void @make_garbage(i64 %count)
  %second = call ptr addrspace(1) @make(i64 42)
  call void @put(ptr addrspace(1) @static, i64 2048, ptr addrspace(1) %second)
  call void @make_garbage(i64 %count)
  %slot = getelementptr i8, ptr addrspace(1) @static, i64 16384
  %box = load ptr addrspace(1), ptr addrspace(1) %slot
  %number.slot = getelementptr i8, ptr addrspace(1) %box, i64 8
  %number = load i64, ptr addrspace(1) %number.slot
  %n = call i32 (ptr, ...) @printf(ptr @format, i64 %number)
  ret i32 0
}
