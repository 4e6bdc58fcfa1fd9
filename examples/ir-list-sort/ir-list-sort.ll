; A front end's IR, written by hand: a list is built of pseudo-random numbers,
; its cells are gathered in an array object, sorted there by insertion, through
; pointers into the array that move along in phis, and linked again.
;
; In use: allocation, derived pointers across safepoints, a struct with a
; reference as a result.

target triple = "x86_64-pc-linux-gnu"

%type = type { i32, i32, i32, i32, i64, i64, ptr, ptr }
%cell = type { i64, ptr addrspace(1), i64 }    ; header, next, value
%array = type { i64, i64, [0 x ptr addrspace(1)] } ; header, length, cells

@cell_type = internal constant %type { i32 0, i32 24, i32 0, i32 0, i64 2, i64 0, ptr null, ptr @cell_name }, align 16
@array_type = internal constant %type { i32 1, i32 16, i32 8, i32 8, i64 0, i64 1, ptr null, ptr @array_name }, align 16
@cell_name = private constant [5 x i8] c"cell\00"
@array_name = private constant [6 x i8] c"array\00"
@format = private constant [48 x i8] c"%ld cells, first %ld, last %ld, sorted: %s, %ld\00"
@newline = private constant [2 x i8] c"\0A\00"
@yes = private constant [4 x i8] c"yes\00"
@no = private constant [3 x i8] c"no\00"

declare ptr addrspace(1) @mps.allocate(ptr, i64)
declare ptr addrspace(1) @mps.allocate.array(ptr, i64)
declare i32 @printf(ptr, ...)
declare void @mps_collect()

define internal ptr addrspace(1) @cons(i64 %value, ptr addrspace(1) %next) gc "mps" {
  %cell = call ptr addrspace(1) @mps.allocate(ptr @cell_type, i64 24)
  %next.slot = getelementptr %cell, ptr addrspace(1) %cell, i64 0, i32 1
  store ptr addrspace(1) %next, ptr addrspace(1) %next.slot
  %value.slot = getelementptr %cell, ptr addrspace(1) %cell, i64 0, i32 2
  store i64 %value, ptr addrspace(1) %value.slot
  ret ptr addrspace(1) %cell
}

; A list of %count numbers, and their sum.
define internal { ptr addrspace(1), i64 } @make_list(i64 %count) gc "mps" {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %i.next, %loop ]
  %state = phi i64 [ 42, %entry ], [ %state.next, %loop ]
  %sum = phi i64 [ 0, %entry ], [ %sum.next, %loop ]
  %list = phi ptr addrspace(1) [ null, %entry ], [ %list.next, %loop ]
  %product = mul i64 %state, 6364136223846793005
  %state.next = add i64 %product, 1442695040888963407
  %value = lshr i64 %state.next, 44
  %sum.next = add i64 %sum, %value
  %list.next = call ptr addrspace(1) @cons(i64 %value, ptr addrspace(1) %list)
  %i.next = add i64 %i, 1
  %more = icmp ult i64 %i.next, %count
  br i1 %more, label %loop, label %exit
exit:
  %half = insertvalue { ptr addrspace(1), i64 } poison, ptr addrspace(1) %list.next, 0
  %both = insertvalue { ptr addrspace(1), i64 } %half, i64 %sum.next, 1
  ret { ptr addrspace(1), i64 } %both
}

define internal i64 @value(ptr addrspace(1) %cell) gc "mps" {
  %slot = getelementptr %cell, ptr addrspace(1) %cell, i64 0, i32 2
  %value = load i64, ptr addrspace(1) %slot
  ret i64 %value
}

; An array of the list's cells. %place moves along the array, and every 64 cells
; there is a collection.
define internal ptr addrspace(1) @gather(ptr addrspace(1) %list, i64 %count) gc "mps" {
entry:
  %array = call ptr addrspace(1) @mps.allocate.array(ptr @array_type, i64 %count)
  %first = getelementptr %array, ptr addrspace(1) %array, i64 0, i32 2, i64 0
  br label %loop
loop:
  %place = phi ptr addrspace(1) [ %first, %entry ], [ %place.next, %next ]
  %cell = phi ptr addrspace(1) [ %list, %entry ], [ %cell.next, %next ]
  %i = phi i64 [ 0, %entry ], [ %i.next, %next ]
  store ptr addrspace(1) %cell, ptr addrspace(1) %place
  %low = and i64 %i, 63
  %collects = icmp eq i64 %low, 63
  br i1 %collects, label %collect, label %next
collect:
  call void @mps_collect()
  br label %next
next:
  %place.next = getelementptr ptr addrspace(1), ptr addrspace(1) %place, i64 1
  %link = getelementptr %cell, ptr addrspace(1) %cell, i64 0, i32 1
  %cell.next = load ptr addrspace(1), ptr addrspace(1) %link
  %i.next = add i64 %i, 1
  %more = icmp ne ptr addrspace(1) %cell.next, null
  br i1 %more, label %loop, label %exit
exit:
  ret ptr addrspace(1) %array
}

; Insertion sort of the first %count cells.
define internal void @sort(ptr addrspace(1) %array, i64 %count) gc "mps" {
entry:
  %first = getelementptr %array, ptr addrspace(1) %array, i64 0, i32 2, i64 0
  %end = getelementptr ptr addrspace(1), ptr addrspace(1) %first, i64 %count
  %second = getelementptr ptr addrspace(1), ptr addrspace(1) %first, i64 1
  br label %outer
outer:
  %place = phi ptr addrspace(1) [ %second, %entry ], [ %place.next, %put ]
  %is.end = icmp uge ptr addrspace(1) %place, %end
  br i1 %is.end, label %exit, label %take
take:
  %moving = load ptr addrspace(1), ptr addrspace(1) %place
  %moving.value = call i64 @value(ptr addrspace(1) %moving)
  br label %inner
inner:
  %hole = phi ptr addrspace(1) [ %place, %take ], [ %before, %shift ]
  %at.start = icmp eq ptr addrspace(1) %hole, %first
  br i1 %at.start, label %put, label %compare
compare:
  %before = getelementptr ptr addrspace(1), ptr addrspace(1) %hole, i64 -1
  %other = load ptr addrspace(1), ptr addrspace(1) %before
  %other.value = call i64 @value(ptr addrspace(1) %other)
  %greater = icmp ugt i64 %other.value, %moving.value
  br i1 %greater, label %shift, label %put
shift:
  store ptr addrspace(1) %other, ptr addrspace(1) %hole
  br label %inner
put:
  store ptr addrspace(1) %moving, ptr addrspace(1) %hole
  %place.next = getelementptr ptr addrspace(1), ptr addrspace(1) %place, i64 1
  br label %outer
exit:
  ret void
}

; Whether the cells are in order, and the sum of their values.
define internal { i1, i64 } @check(ptr addrspace(1) %array, i64 %count) gc "mps" {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %i.next, %loop ]
  %previous = phi i64 [ 0, %entry ], [ %value, %loop ]
  %sorted = phi i1 [ true, %entry ], [ %sorted.next, %loop ]
  %sum = phi i64 [ 0, %entry ], [ %sum.next, %loop ]
  %slot = getelementptr %array, ptr addrspace(1) %array, i64 0, i32 2, i64 %i
  %cell = load ptr addrspace(1), ptr addrspace(1) %slot
  %value = call i64 @value(ptr addrspace(1) %cell)
  %in.order = icmp ule i64 %previous, %value
  %sorted.next = and i1 %sorted, %in.order
  %sum.next = add i64 %sum, %value
  %i.next = add i64 %i, 1
  %more = icmp ult i64 %i.next, %count
  br i1 %more, label %loop, label %exit
exit:
  %half = insertvalue { i1, i64 } poison, i1 %sorted.next, 0
  %both = insertvalue { i1, i64 } %half, i64 %sum.next, 1
  ret { i1, i64 } %both
}

define i32 @main() gc "mps" {
  %made = call { ptr addrspace(1), i64 } @make_list(i64 500)
  %list = extractvalue { ptr addrspace(1), i64 } %made, 0
  %array = call ptr addrspace(1) @gather(ptr addrspace(1) %list, i64 500)
  call void @sort(ptr addrspace(1) %array, i64 500)
  call void @mps_collect()
  %checked = call { i1, i64 } @check(ptr addrspace(1) %array, i64 500)
  %sorted = extractvalue { i1, i64 } %checked, 0
  %sum = extractvalue { i1, i64 } %checked, 1
  %expected = extractvalue { ptr addrspace(1), i64 } %made, 1
  %difference = sub i64 %sum, %expected
  %first.slot = getelementptr %array, ptr addrspace(1) %array, i64 0, i32 2, i64 0
  %first.cell = load ptr addrspace(1), ptr addrspace(1) %first.slot
  %first = call i64 @value(ptr addrspace(1) %first.cell)
  %last.slot = getelementptr %array, ptr addrspace(1) %array, i64 0, i32 2, i64 499
  %last.cell = load ptr addrspace(1), ptr addrspace(1) %last.slot
  %last = call i64 @value(ptr addrspace(1) %last.cell)
  %word = select i1 %sorted, ptr @yes, ptr @no
  %n = call i32 (ptr, ...) @printf(ptr @format, i64 500, i64 %first, i64 %last, ptr %word, i64 %difference)
  %m = call i32 (ptr, ...) @printf(ptr @newline)
  ret i32 0
}
