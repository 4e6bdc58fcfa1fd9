; RUN: %opt -load-pass-plugin %plugin -passes=mps-early,mps-late,verify -S %s \
; RUN:   | %FileCheck %s
;
; A landing pad first goes back to managed code, and then loads what its handler
; uses.
declare void @g() gc "mps"
declare i32 @__gxx_personality_v0(...)
declare void @use(ptr addrspace(1)) gc "mps"

; CHECK-LABEL: @f.mps(
; CHECK: invoke token{{.*}}gc.statepoint{{.*}}@g.mps{{.*}}"gc-live"(ptr %[[SLOT:root.[0-9]+]])
; CHECK: landingpad { ptr, i32 }
; CHECK: call void @mps_rt_land(
; CHECK: load ptr addrspace(1), ptr %[[SLOT]]
define void @f(ptr addrspace(1) %object) gc "mps" personality ptr @__gxx_personality_v0 {
  invoke void @g() to label %done unwind label %caught
done:
  ret void
caught:
  %pad = landingpad { ptr, i32 } catch ptr null
  call void @use(ptr addrspace(1) %object)
  ret void
}
