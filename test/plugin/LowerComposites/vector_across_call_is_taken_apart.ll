; RUN: %opt -load-pass-plugin %plugin -passes=mps-early,mps-late,verify -S %s \
; RUN:   | %FileCheck %s
;
; So is a vector of references.
declare void @g() gc "mps"

; CHECK-LABEL: @f.mps(
; CHECK-DAG: extractelement <2 x ptr addrspace(1)> %vector, i64 0
; CHECK-DAG: extractelement <2 x ptr addrspace(1)> %vector, i64 1
; CHECK: gc.statepoint{{.*}}"gc-live"(ptr %{{root.[0-9]+}}, ptr %{{root.[0-9]+}})
; CHECK: ret <2 x ptr addrspace(1)>
define <2 x ptr addrspace(1)> @f(<2 x ptr addrspace(1)> %vector) gc "mps" {
  call void @g()
  ret <2 x ptr addrspace(1)> %vector
}
