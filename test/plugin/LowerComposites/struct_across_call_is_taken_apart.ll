; RUN: %opt -load-pass-plugin %plugin -passes=mps-early,mps-late,verify -S %s \
; RUN:   | %FileCheck %s
;
; A struct with a reference that is live across a call is kept as its fields.
declare void @g() gc "mps"
declare { ptr addrspace(1), i64 } @pair() gc "mps"

; CHECK-LABEL: @f.mps(
; CHECK: extractvalue { ptr addrspace(1), i64 } %{{.*}}, 0
; CHECK: gc.statepoint{{.*}}@g.mps{{.*}}"gc-live"(ptr %{{root.[0-9]+}})
; CHECK: load ptr addrspace(1), ptr %{{root.[0-9]+}}
; CHECK: insertvalue
define { ptr addrspace(1), i64 } @f() gc "mps" {
  %pair = call { ptr addrspace(1), i64 } @pair()
  call void @g()
  ret { ptr addrspace(1), i64 } %pair
}
