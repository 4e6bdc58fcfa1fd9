; RUN: %opt -load-pass-plugin %plugin -passes=mps-lower-roots,verify -S %s \
; RUN:   | %FileCheck %s
;
; What a function calls does not write into the frame of that function's caller: a
; result in memory goes into a local variable first.
%three = type { ptr addrspace(1), i64, ptr addrspace(1) }

declare void @callee(ptr sret(%three)) gc "mps"

; CHECK-LABEL: define void @result_is_passed_on(
; CHECK: %result = alloca %three
; CHECK: gc.statepoint{{.*}}@callee{{.*}}ptr sret(%three) %result
; CHECK-DAG: load ptr addrspace(1), ptr %{{.*}}
; CHECK-DAG: load i64, ptr %{{.*}}
; CHECK: store ptr addrspace(1) %{{.*}}, ptr %{{.*}}
; CHECK: ret void
define void @result_is_passed_on(ptr sret(%three) %out) gc "mps" {
  call void @callee(ptr sret(%three) %out)
  ret void
}

; CHECK-LABEL: define void @result_is_of_a_local_variable(
; CHECK-NOT: %result = alloca
; CHECK: gc.statepoint{{.*}}@callee{{.*}}ptr sret(%three) %local
define void @result_is_of_a_local_variable() gc "mps" {
  %local = alloca %three
  call void @callee(ptr sret(%three) %local)
  ret void
}

; CHECK-LABEL: define void @frame_is_gone(
; CHECK-NOT: %result = alloca
; CHECK: musttail call void @callee(ptr sret(%three) %out)
define void @frame_is_gone(ptr sret(%three) %out) gc "mps" {
  musttail call void @callee(ptr sret(%three) %out)
  ret void
}
