; RUN: %opt -load-pass-plugin %plugin -passes=mps-early,mps-late,verify -S %s \
; RUN:   | %FileCheck %s
;
; The optimiser freezes what a call returned before it branches on a part of it:
; each part is still known to be a base.
declare { ptr addrspace(1), ptr addrspace(1) } @pair() gc "mps"
declare void @g() gc "mps"

; CHECK-LABEL: define ptr addrspace(1) @f.mps(
; CHECK: freeze ptr addrspace(1)
; CHECK-NOT: freeze {
; CHECK: ret ptr addrspace(1)
define ptr addrspace(1) @f() gc "mps" {
  %pair = call { ptr addrspace(1), ptr addrspace(1) } @pair()
  %frozen = freeze { ptr addrspace(1), ptr addrspace(1) } %pair
  %first = extractvalue { ptr addrspace(1), ptr addrspace(1) } %frozen, 0
  call void @g()
  ret ptr addrspace(1) %first
}
