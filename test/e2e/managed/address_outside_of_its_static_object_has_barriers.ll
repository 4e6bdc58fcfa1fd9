; RUN: %managed %s --stress= --args 5000000 | %FileCheck %s
; RUN: %managed %s --args 2000 | %FileCheck %s
;
; LLVM makes of element i - 600 of a static object element i of an address that
; lies 4800 bytes before: the page there has no slots, and its byte is no test
; of whether the store is to be logged. Only young collections happen, which
; look at no other slots of static objects than those that have been logged.
; CHECK: -42
target triple = "x86_64-pc-linux-gnu"
%type = type { i32, i32, i32, i32, i64, i64, ptr, ptr }
%table_object = type { ptr, i64, [4096 x ptr addrspace(1)] }
@table_type = internal constant %type { i32 1, i32 16, i32 8, i32 8, i64 0, i64 1, ptr null, ptr null }, align 16
@box_type = internal constant %type { i32 0, i32 16, i32 0, i32 0, i64 0, i64 0, ptr null, ptr null }, align 16
@table = internal addrspace(1) global %table_object { ptr @table_type, i64 4096, [4096 x ptr addrspace(1)] zeroinitializer }, align 4096
@format = private constant [5 x i8] c"%ld\0A\00"

declare ptr addrspace(1) @mps.allocate(ptr, i64)
declare i64 @atol(ptr)
declare i32 @printf(ptr, ...)

define void @put(i64 %index, ptr addrspace(1) %value) noinline gc "mps" {
  %j = sub nsw i64 %index, 600
  %slot = getelementptr %table_object, ptr addrspace(1) @table, i64 0, i32 2, i64 %j
  store ptr addrspace(1) %value, ptr addrspace(1) %slot
  ret void
}

define ptr addrspace(1) @get(i64 %index) noinline gc "mps" {
  %slot = getelementptr %table_object, ptr addrspace(1) @table, i64 0, i32 2, i64 %index
  %value = load ptr addrspace(1), ptr addrspace(1) %slot
  ret ptr addrspace(1) %value
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
  %box = call ptr addrspace(1) @make(i64 -42)
  call void @put(i64 1000, ptr addrspace(1) %box)
  call void @make_garbage(i64 %count)
  %again = call ptr addrspace(1) @get(i64 400)
  %slot = getelementptr i8, ptr addrspace(1) %again, i64 8
  %number = load i64, ptr addrspace(1) %slot
  %n = call i32 (ptr, ...) @printf(ptr @format, i64 %number)
  ret i32 0
}
