; RUN: %opt -load-pass-plugin %plugin -passes=mps-early,mps-late,verify -S %s \
; RUN:   | %FileCheck %s
;
; A pointer that moves along an array in a phi is kept as a base and a distance.
declare void @g() gc "mps"

; CHECK-LABEL: @f.mps(
; CHECK: %{{.*}}.distance = sub i64
; CHECK: gc.statepoint{{.*}}"gc-live"(ptr %[[SLOT:root.[0-9]+]])
; CHECK: load ptr addrspace(1), ptr %[[SLOT]]
; CHECK: getelementptr{{.*}}i8, ptr addrspace(1) {{.*}}.distance
define void @f(ptr addrspace(1) %a, ptr addrspace(1) %b, i1 %choice, i64 %n) gc "mps" {
entry:
  %left = getelementptr i64, ptr addrspace(1) %a, i64 2
  %right = getelementptr i64, ptr addrspace(1) %b, i64 3
  br i1 %choice, label %one, label %two
one:
  br label %loop
two:
  br label %loop
loop:
  %place = phi ptr addrspace(1) [ %left, %one ], [ %right, %two ], [ %next, %loop ]
  %i = phi i64 [ 0, %one ], [ 0, %two ], [ %i.next, %loop ]
  call void @g()
  store i64 %i, ptr addrspace(1) %place
  %next = getelementptr i64, ptr addrspace(1) %place, i64 1
  %i.next = add i64 %i, 1
  %more = icmp ult i64 %i.next, %n
  br i1 %more, label %loop, label %exit
exit:
  ret void
}
