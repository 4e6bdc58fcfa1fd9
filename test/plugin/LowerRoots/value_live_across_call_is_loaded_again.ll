; RUN: %opt -load-pass-plugin %plugin -passes=mps-early,mps-late,verify -S %s \
; RUN:   | %FileCheck %s
;
; A reference that is used after a call is stored in a slot before it, which the
; statepoint names, and loaded from it afterwards.
declare void @g() gc "mps"

; CHECK-LABEL: @f.mps(
; CHECK: %[[SLOT:root.[0-9]+]] = alloca ptr addrspace(1)
; CHECK: store ptr addrspace(1) %object, ptr %[[SLOT]]
; CHECK: gc.statepoint{{.*}}@g.mps{{.*}}[ "gc-live"(ptr %[[SLOT]]) ]
; CHECK: %[[AGAIN:.*]] = load ptr addrspace(1), ptr %[[SLOT]]
; CHECK: ret ptr addrspace(1)
define ptr addrspace(1) @f(ptr addrspace(1) %object) gc "mps" {
  call void @g()
  ret ptr addrspace(1) %object
}
