; Stores of several references at once, as a front end or LLVM's vectoriser
; spells them: old objects get references to a young one, a young collection
; follows, and the references must lead to it.
;
; RUN: %managed %s --stress=poll | %FileCheck %s
; CHECK: vector 7 7, aggregate 7 7
;
; Without its barrier, verify finds each form at -O0 and at -O2.
; RUN: sed 's/"vector"/"mps-sabotage-barriers"/' %s >%t.vector.ll
; RUN: sed 's/"aggregate"/"mps-sabotage-barriers"/' %s >%t.aggregate.ll
; RUN: bash -c 'for form in vector aggregate; do for o in 0 2; do \
; RUN:   %clang --config=%mps-cfg -O$o %t.$form.ll -o %t.$form$o && \
; RUN:   { MPS_VERIFY=1 %t.$form$o && exit 1; }; done; done; exit 0' 2>%t.err
; RUN: bash -c "test \$(grep -c V4 %t.err) = 4"

target triple = "x86_64-pc-linux-gnu"

%type = type { i32, i32, i32, i32, i64, i64, ptr, ptr }
@pair_type = internal constant %type { i32 0, i32 32, i32 0, i32 0, i64 6, i64 0, ptr null, ptr null }, align 16
@for_vector = internal global ptr addrspace(1) null
@for_aggregate = internal global ptr addrspace(1) null
@format = private constant [34 x i8] c"vector %ld %ld, aggregate %ld %ld\00"

declare ptr addrspace(1) @mps.allocate(ptr, i64)
declare void @mps_collect()
declare void @mps_collect_young()
declare i32 @printf(ptr, ...)

; Header, two references, a number.
define internal ptr addrspace(1) @make(i64 %number) noinline gc "mps" {
  %pair = call ptr addrspace(1) @mps.allocate(ptr @pair_type, i64 32)
  %slot = getelementptr i8, ptr addrspace(1) %pair, i64 24
  store i64 %number, ptr addrspace(1) %slot
  ret ptr addrspace(1) %pair
}

define internal void @store_vector(ptr addrspace(1) %old, ptr addrspace(1) %young) noinline "vector" gc "mps" {
  %half = insertelement <2 x ptr addrspace(1)> poison, ptr addrspace(1) %young, i32 0
  %both = insertelement <2 x ptr addrspace(1)> %half, ptr addrspace(1) %young, i32 1
  %slots = getelementptr i8, ptr addrspace(1) %old, i64 8
  store <2 x ptr addrspace(1)> %both, ptr addrspace(1) %slots, align 8
  ret void
}

define internal void @store_aggregate(ptr addrspace(1) %old, ptr addrspace(1) %young) noinline "aggregate" gc "mps" {
  %half = insertvalue { ptr addrspace(1), ptr addrspace(1) } poison, ptr addrspace(1) %young, 0
  %both = insertvalue { ptr addrspace(1), ptr addrspace(1) } %half, ptr addrspace(1) %young, 1
  %slots = getelementptr i8, ptr addrspace(1) %old, i64 8
  store { ptr addrspace(1), ptr addrspace(1) } %both, ptr addrspace(1) %slots
  ret void
}

; The number of what a slot of the object leads to.
define internal i64 @number_at(ptr addrspace(1) %pair, i64 %offset) noinline gc "mps" {
  %slot = getelementptr i8, ptr addrspace(1) %pair, i64 %offset
  %target = load ptr addrspace(1), ptr addrspace(1) %slot
  %number.slot = getelementptr i8, ptr addrspace(1) %target, i64 24
  %number = load i64, ptr addrspace(1) %number.slot
  ret i64 %number
}

define i32 @main() gc "mps" {
  %first = call ptr addrspace(1) @make(i64 0)
  store ptr addrspace(1) %first, ptr @for_vector
  %second = call ptr addrspace(1) @make(i64 0)
  store ptr addrspace(1) %second, ptr @for_aggregate
  call void @mps_collect()
  call void @mps_collect()
  call void @mps_collect()
  %a = load ptr addrspace(1), ptr @for_vector
  %young.a = call ptr addrspace(1) @make(i64 7)
  call void @store_vector(ptr addrspace(1) %a, ptr addrspace(1) %young.a)
  %b = load ptr addrspace(1), ptr @for_aggregate
  %young.b = call ptr addrspace(1) @make(i64 7)
  call void @store_aggregate(ptr addrspace(1) %b, ptr addrspace(1) %young.b)
  call void @mps_collect_young()
  %a.now = load ptr addrspace(1), ptr @for_vector
  %a.1 = call i64 @number_at(ptr addrspace(1) %a.now, i64 8)
  %a.2 = call i64 @number_at(ptr addrspace(1) %a.now, i64 16)
  %b.now = load ptr addrspace(1), ptr @for_aggregate
  %b.1 = call i64 @number_at(ptr addrspace(1) %b.now, i64 8)
  %b.2 = call i64 @number_at(ptr addrspace(1) %b.now, i64 16)
  %n = call i32 (ptr, ...) @printf(ptr @format, i64 %a.1, i64 %a.2, i64 %b.1, i64 %b.2)
  ret i32 0
}
