; RUN: %opt -load-pass-plugin %plugin -passes='mps-early,default<O2>,verify' -S %s \
; RUN:   | %FileCheck %s
;
; The runtime is asked, by a call that is no safepoint, once for two uses.

declare i64 @mps.identity.hash(ptr addrspace(1))

; CHECK-LABEL: @f.mps(
; CHECK-NOT: gc.statepoint
; CHECK: call i64 @mps_rt_identity_hash(i64
; CHECK-NOT: mps_rt_identity_hash
; CHECK: ret
define i64 @f(ptr addrspace(1) %object) gc "mps" {
  %once = call i64 @mps.identity.hash(ptr addrspace(1) %object)
  %twice = call i64 @mps.identity.hash(ptr addrspace(1) %object)
  %sum = add i64 %once, %twice
  ret i64 %sum
}
