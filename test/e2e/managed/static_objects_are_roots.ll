; RUN: %managed %s | %FileCheck %s
;
; A global in address space 1 is a static object: it stays where it is, what it
; refers to lives, and heap objects may refer to it.
; CHECK: 7 and 42
target triple = "x86_64-pc-linux-gnu"
%type = type { i32, i32, i32, i32, i64, i64, ptr, ptr }
@cell_type = internal constant %type { i32 0, i32 24, i32 0, i32 0, i64 2, i64 0, ptr null, ptr null }, align 16
@static = internal addrspace(1) global { ptr, ptr addrspace(1), i64 } { ptr @cell_type, ptr addrspace(1) null, i64 7 }, align 8
@format = private constant [12 x i8] c"%ld and %ld\00"

declare ptr addrspace(1) @mps.allocate(ptr, i64)
declare void @mps_collect()
declare i32 @printf(ptr, ...)

define i32 @main() gc "mps" {
  %cell = call ptr addrspace(1) @mps.allocate(ptr @cell_type, i64 24)
  %number = getelementptr i8, ptr addrspace(1) %cell, i64 16
  store i64 42, ptr addrspace(1) %number
  %next = getelementptr i8, ptr addrspace(1) %cell, i64 8
  store ptr addrspace(1) @static, ptr addrspace(1) %next
  %slot = getelementptr i8, ptr addrspace(1) @static, i64 8
  store ptr addrspace(1) %cell, ptr addrspace(1) %slot
  call void @mps_collect()
  call void @mps_collect()
  call void @mps_collect()
  %again = load ptr addrspace(1), ptr addrspace(1) %slot
  %back = getelementptr i8, ptr addrspace(1) %again, i64 8
  %static = load ptr addrspace(1), ptr addrspace(1) %back
  %a.slot = getelementptr i8, ptr addrspace(1) %static, i64 16
  %a = load i64, ptr addrspace(1) %a.slot
  %b.slot = getelementptr i8, ptr addrspace(1) %again, i64 16
  %b = load i64, ptr addrspace(1) %b.slot
  %n = call i32 (ptr, ...) @printf(ptr @format, i64 %a, i64 %b)
  ret i32 0
}
