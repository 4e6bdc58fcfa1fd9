; RUN: %opt -load-pass-plugin %plugin -passes=mps-early,mps-late,verify -S %s \
; RUN:   | %FileCheck %s
;
; Back edges poll unless the loop certainly stops or is short; functions that make
; calls poll before they return.
%type = type { i32, i32, i32, i32, i64, i64, ptr, ptr }
@pair = internal constant %type { i32 0, i32 24, i32 0, i32 0, i64 6, i64 0, ptr null, ptr null }, align 16
declare ptr addrspace(1) @mps.allocate(ptr, i64)
declare void @leaf() "mps-leaf"
declare void @managed() gc "mps"

; CHECK-LABEL: @endless.mps(
; CHECK: @mps_rt_poll.exit
define void @endless() gc "mps" {
entry:
  br label %loop
loop:
  call void @leaf()
  br label %loop
}

; CHECK-LABEL: @short.mps(
; CHECK-NOT: mps_rt_poll
; CHECK: ret
define void @short() gc "mps" {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  call void @leaf()
  %next = add nuw i64 %i, 1
  %more = icmp ult i64 %next, 10
  br i1 %more, label %loop, label %exit
exit:
  ret void
}

; CHECK-LABEL: @allocating.mps(
; CHECK-NOT: mps_rt_poll
; CHECK: ret
define void @allocating(i64 %n) gc "mps" {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  %object = call ptr addrspace(1) @mps.allocate(ptr @pair, i64 24)
  %next = add nuw i64 %i, 1
  %more = icmp ult i64 %next, %n
  br i1 %more, label %loop, label %exit
exit:
  ret void
}

; CHECK-LABEL: @caller.mps(
; CHECK: icmp uge i64 %{{.*}}, %poll.limit
; CHECK: @mps_rt_poll.exit
; CHECK: ret
define void @caller() gc "mps" {
  call void @managed()
  ret void
}

; CHECK-LABEL: @no_calls.mps(
; CHECK-NOT: mps_rt_poll
; CHECK: ret
define i64 @no_calls(i64 %x) gc "mps" {
  ret i64 %x
}

; A cycle with two entries.
; CHECK-LABEL: @irreducible.mps(
; CHECK: @mps_rt_poll.exit
define void @irreducible(i1 %choice) gc "mps" {
entry:
  br i1 %choice, label %a, label %b
a:
  call void @leaf()
  br label %b
b:
  call void @leaf()
  br label %a
}
