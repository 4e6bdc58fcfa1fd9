; RUN: %opt -load-pass-plugin %plugin -passes=mps-early,mps-late,verify -S %s \
; RUN:   | %FileCheck %s
;
; Two references whose lives do not meet take one slot.
declare void @g() gc "mps"
declare ptr addrspace(1) @make() gc "mps"
declare void @use(ptr addrspace(1)) gc "mps"

; CHECK-LABEL: @f.mps(
; CHECK: alloca ptr addrspace(1)
; CHECK-NOT: alloca ptr addrspace(1)
; CHECK: ret void
define void @f() gc "mps" {
  %first = call ptr addrspace(1) @make()
  call void @g()
  call void @use(ptr addrspace(1) %first)
  %second = call ptr addrspace(1) @make()
  call void @g()
  call void @use(ptr addrspace(1) %second)
  ret void
}
