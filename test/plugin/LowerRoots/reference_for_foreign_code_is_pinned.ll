; RUN: %opt -load-pass-plugin %plugin -passes=mps-early,mps-late,verify -S %s \
; RUN:   | %FileCheck %s
;
; A reference that foreign code gets is in a pinned slot: the statepoint's ID is the
; number of those, which come first.
declare void @foreign(ptr addrspace(1))

; CHECK-LABEL: @f.mps(
; CHECK: gc.statepoint.p0(i64 1, {{.*}}@foreign.exit{{.*}}"gc-live"(ptr %{{root.[0-9]+}}, ptr %{{root.[0-9]+}})
define ptr addrspace(1) @f(ptr addrspace(1) %mine, ptr addrspace(1) %theirs) gc "mps" {
  call void @foreign(ptr addrspace(1) %theirs)
  ret ptr addrspace(1) %mine
}
