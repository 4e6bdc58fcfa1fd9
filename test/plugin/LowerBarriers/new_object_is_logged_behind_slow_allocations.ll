; RUN: %opt -load-pass-plugin %plugin -passes=mps-early,mps-late,verify -S %s \
; RUN:   | %FileCheck %s
;
; A store into an object that was new until others were allocated has no
; barrier; where one of those has gone out of line, the slot is logged behind it.
%type = type { i32, i32, i32, i32, i64, i64, ptr, ptr }
@pair = internal constant %type { i32 0, i32 24, i32 0, i32 0, i64 6, i64 0, ptr null, ptr null }, align 16
@one = internal constant %type { i32 0, i32 24, i32 0, i32 0, i64 2, i64 0, ptr null, ptr null }, align 16
@array = internal constant %type { i32 1, i32 16, i32 8, i32 8, i64 0, i64 1, ptr null, ptr null }, align 16
declare ptr addrspace(1) @mps.allocate(ptr, i64)
declare ptr addrspace(1) @mps.allocate.array(ptr, i64)
declare void @foreign()
declare i32 @personality(...)

; CHECK-LABEL: @child.mps(
; CHECK-NOT: @mps.log
; CHECK: ret ptr
; CHECK: allocate.slow{{.*}}:
; CHECK-NOT: @mps.log
; CHECK: allocate.slow{{.*}}:
; CHECK: @mps_rt_allocate.exit
; CHECK: %[[OBJECT:.*]] = load ptr addrspace(1), ptr %root.0
; CHECK: %is.page.armed = icmp
; CHECK: %[[SLOT:.*]] = ptrtoint ptr addrspace(1) %[[OBJECT]] to i64
; CHECK: %[[FIELD:.*]] = add i64 %[[SLOT]], 8
; CHECK: call {{.*}}@mps.log(i64 %[[FIELD]])
; CHECK-NOT: @mps.log
; CHECK: {{^}}}
define ptr addrspace(1) @child() gc "mps" {
  %object = call ptr addrspace(1) @mps.allocate(ptr @pair, i64 24)
  %child = call ptr addrspace(1) @mps.allocate(ptr @pair, i64 24)
  %first = getelementptr i8, ptr addrspace(1) %object, i64 8
  store ptr addrspace(1) %child, ptr addrspace(1) %first
  store ptr addrspace(1) %object, ptr addrspace(1) %first
  ret ptr addrspace(1) %object
}

; Behind each of two, and whether the store follows or not.
; CHECK-LABEL: @on_one_path.mps(
; CHECK-NOT: @mps.log
; CHECK: ret ptr
; CHECK-COUNT-2: @mps.log
; CHECK-NOT: @mps.log
; CHECK: {{^}}}
define ptr addrspace(1) @on_one_path(i1 %choice) gc "mps" {
  %object = call ptr addrspace(1) @mps.allocate(ptr @pair, i64 24)
  %first = getelementptr i8, ptr addrspace(1) %object, i64 8
  br i1 %choice, label %more, label %store
more:
  %child = call ptr addrspace(1) @mps.allocate(ptr @pair, i64 24)
  br label %store
store:
  %value = phi ptr addrspace(1) [ null, %0 ], [ %child, %more ]
  %other = call ptr addrspace(1) @mps.allocate(ptr @pair, i64 24)
  store ptr addrspace(1) %other, ptr addrspace(1) %first
  ret ptr addrspace(1) %object
}

; One that is always out of line.
; CHECK-LABEL: @out_of_line.mps(
; CHECK: @mps_rt_allocate.exit{{.*}}i64 24, i64 64
; CHECK: @mps.log
; CHECK: store ptr addrspace(1) %{{.*}}, ptr addrspace(1) %first
; CHECK: {{^}}}
define ptr addrspace(1) @out_of_line() gc "mps" {
  %object = call ptr addrspace(1) @mps.allocate(ptr @pair, i64 24)
  %child = call align 64 ptr addrspace(1) @mps.allocate(ptr @pair, i64 24)
  %first = getelementptr i8, ptr addrspace(1) %object, i64 8
  store ptr addrspace(1) %child, ptr addrspace(1) %first
  ret ptr addrspace(1) %object
}

; CHECK-LABEL: @invoked.mps(
; CHECK: allocate.done:
; CHECK: @mps.log
; CHECK: store:
; CHECK-NOT: is.page.armed
; CHECK: ret ptr
define ptr addrspace(1) @invoked() gc "mps" personality ptr @personality {
  %object = call ptr addrspace(1) @mps.allocate(ptr @pair, i64 24)
  %first = getelementptr i8, ptr addrspace(1) %object, i64 8
  %child = invoke ptr addrspace(1) @mps.allocate(ptr @pair, i64 24)
           to label %store unwind label %caught
store:
  store ptr addrspace(1) %child, ptr addrspace(1) %first
  ret ptr addrspace(1) %object
caught:
  %exception = landingpad { ptr, i32 } catch ptr null
  ret ptr addrspace(1) null
}

; Where its allocation was unwound from, it is like any other object.
; CHECK-LABEL: @unwound.mps(
; CHECK: caught:
; CHECK: %is.page.armed = icmp
; CHECK: store ptr addrspace(1)
; CHECK: {{^}}}
define ptr addrspace(1) @unwound() gc "mps" personality ptr @personality {
  %object = call ptr addrspace(1) @mps.allocate(ptr @pair, i64 24)
  %first = getelementptr i8, ptr addrspace(1) %object, i64 8
  %child = invoke ptr addrspace(1) @mps.allocate(ptr @pair, i64 24)
           to label %made unwind label %caught
made:
  ret ptr addrspace(1) %child
caught:
  %exception = landingpad { ptr, i32 } catch ptr null
  store ptr addrspace(1) %object, ptr addrspace(1) %first
  ret ptr addrspace(1) %object
}

; Another call, an address that is not known before, an array that may be old,
; and too many stores: each has its barrier.
; CHECK-LABEL: @call_too.mps(
; CHECK: %is.page.armed = icmp
; CHECK: store ptr addrspace(1) %{{.*}}, ptr addrspace(1) %first
; CHECK: {{^}}}
define ptr addrspace(1) @call_too() gc "mps" {
  %object = call ptr addrspace(1) @mps.allocate(ptr @pair, i64 24)
  %child = call ptr addrspace(1) @mps.allocate(ptr @pair, i64 24)
  call void @foreign()
  %first = getelementptr i8, ptr addrspace(1) %object, i64 8
  store ptr addrspace(1) %child, ptr addrspace(1) %first
  ret ptr addrspace(1) %object
}

; CHECK-LABEL: @at_an_index.mps(
; CHECK: %is.page.armed = icmp
; CHECK: store ptr addrspace(1) %{{.*}}, ptr addrspace(1) %place
; CHECK: {{^}}}
define ptr addrspace(1) @at_an_index(i64 %index) gc "mps" {
  %object = call ptr addrspace(1) @mps.allocate.array(ptr @array, i64 4)
  %child = call ptr addrspace(1) @mps.allocate(ptr @pair, i64 24)
  %elements = getelementptr i8, ptr addrspace(1) %object, i64 16
  %place = getelementptr ptr addrspace(1), ptr addrspace(1) %elements, i64 %index
  store ptr addrspace(1) %child, ptr addrspace(1) %place
  ret ptr addrspace(1) %object
}

; CHECK-LABEL: @may_be_old.mps(
; CHECK: %is.page.armed = icmp
; CHECK: store ptr addrspace(1) %{{.*}}, ptr addrspace(1) %place
; CHECK: {{^}}}
define ptr addrspace(1) @may_be_old(i64 %count) gc "mps" {
  %object = call ptr addrspace(1) @mps.allocate.array(ptr @array, i64 %count)
  %child = call ptr addrspace(1) @mps.allocate(ptr @pair, i64 24)
  %place = getelementptr i8, ptr addrspace(1) %object, i64 16
  store ptr addrspace(1) %child, ptr addrspace(1) %place
  ret ptr addrspace(1) %object
}

; CHECK-LABEL: @in_pieces.mps(
; CHECK: %is.page.armed{{.*}} = icmp
; CHECK: store ptr addrspace(1) %{{.*}}, ptr addrspace(1) %place
; CHECK: {{^}}}
define ptr addrspace(1) @in_pieces([9 x ptr addrspace(1)] %values, ptr addrspace(1) %value) gc "mps" {
  %object = call ptr addrspace(1) @mps.allocate.array(ptr @array, i64 16)
  %child = call ptr addrspace(1) @mps.allocate(ptr @pair, i64 24)
  %elements = getelementptr i8, ptr addrspace(1) %object, i64 16
  store [9 x ptr addrspace(1)] %values, ptr addrspace(1) %elements
  %place = getelementptr i8, ptr addrspace(1) %object, i64 96
  store ptr addrspace(1) %child, ptr addrspace(1) %place
  ret ptr addrspace(1) %object
}

; What both ends of an invoke lead to, whichever is found first.
; CHECK-LABEL: @either_end.mps(
; CHECK: store:
; CHECK: %is.page.armed{{.*}} = icmp
; CHECK: store ptr addrspace(1) %value, ptr addrspace(1) %first
; CHECK: {{^}}}
define ptr addrspace(1) @either_end(ptr addrspace(1) %spare) gc "mps" personality ptr @personality {
  %object = call ptr addrspace(1) @mps.allocate(ptr @pair, i64 24)
  %first = getelementptr i8, ptr addrspace(1) %object, i64 8
  %child = invoke ptr addrspace(1) @mps.allocate(ptr @pair, i64 24)
           to label %made unwind label %caught
made:
  br label %store
caught:
  %exception = landingpad { ptr, i32 } catch ptr null
  br label %store
store:
  %value = phi ptr addrspace(1) [ %child, %made ], [ %spare, %caught ]
  store ptr addrspace(1) %value, ptr addrspace(1) %first
  ret ptr addrspace(1) %object
}

; What may be a number, if the store does not follow: a word of an unknown type,
; one that the type does not call a reference, one behind the object.
; CHECK-LABEL: @unknown_type.mps(
; CHECK: %is.page.armed = icmp
; CHECK: store ptr addrspace(1) %{{.*}}, ptr addrspace(1) %first
; CHECK: {{^}}}
define ptr addrspace(1) @unknown_type(ptr %type) gc "mps" {
  %object = call ptr addrspace(1) @mps.allocate(ptr %type, i64 24)
  %child = call ptr addrspace(1) @mps.allocate(ptr @pair, i64 24)
  %first = getelementptr i8, ptr addrspace(1) %object, i64 8
  store ptr addrspace(1) %child, ptr addrspace(1) %first
  ret ptr addrspace(1) %object
}

; CHECK-LABEL: @no_reference.mps(
; CHECK: %is.page.armed = icmp
; CHECK: store ptr addrspace(1) %{{.*}}, ptr addrspace(1) %second
; CHECK: {{^}}}
define ptr addrspace(1) @no_reference() gc "mps" {
  %object = call ptr addrspace(1) @mps.allocate(ptr @one, i64 24)
  %child = call ptr addrspace(1) @mps.allocate(ptr @pair, i64 24)
  %second = getelementptr i8, ptr addrspace(1) %object, i64 16
  store ptr addrspace(1) %child, ptr addrspace(1) %second
  ret ptr addrspace(1) %object
}

; CHECK-LABEL: @behind_its_end.mps(
; CHECK: %is.page.armed = icmp
; CHECK: store ptr addrspace(1) %{{.*}}, ptr addrspace(1) %place
; CHECK: {{^}}}
define ptr addrspace(1) @behind_its_end(i1 %never) gc "mps" {
  %object = call ptr addrspace(1) @mps.allocate.array(ptr @array, i64 4)
  %child = call ptr addrspace(1) @mps.allocate(ptr @pair, i64 24)
  %place = getelementptr i8, ptr addrspace(1) %object, i64 48
  br i1 %never, label %store, label %exit
store:
  store ptr addrspace(1) %child, ptr addrspace(1) %place
  br label %exit
exit:
  ret ptr addrspace(1) %object
}

; CHECK-LABEL: @element.mps(
; CHECK-NOT: is.page.armed
; CHECK: ret ptr
; CHECK: @mps.log
define ptr addrspace(1) @element() gc "mps" {
  %object = call ptr addrspace(1) @mps.allocate.array(ptr @array, i64 4)
  %child = call ptr addrspace(1) @mps.allocate(ptr @pair, i64 24)
  %place = getelementptr i8, ptr addrspace(1) %object, i64 40
  store ptr addrspace(1) %child, ptr addrspace(1) %place
  ret ptr addrspace(1) %object
}
