; RUN: %opt -load-pass-plugin %plugin -passes=mps-early,mps-late,verify -S %s \
; RUN:   | %FileCheck %s
;
; A visible managed function is an entry thunk and a body; foreign calls go through
; exit thunks that keep a record; managed calls go straight to bodies.
declare i32 @printf(ptr, ...)
declare void @foreign(ptr addrspace(1))
declare void @other() gc "mps"

; CHECK-LABEL: define void @f.mps(ptr addrspace(1) %x, ptr %pointer){{.*}}gc "mps"
; CHECK: gc.statepoint{{.*}}@foreign.exit
; CHECK: gc.statepoint{{.*}}@printf.exit
; CHECK: gc.statepoint{{.*}}@mps.exit.indirect
; CHECK: gc.statepoint{{.*}}@other.mps
; CHECK: gc.statepoint{{.*}}@local
define void @f(ptr addrspace(1) %x, ptr %pointer) gc "mps" {
  call void @foreign(ptr addrspace(1) %x)
  %n = call i32 (ptr, ...) @printf(ptr null, i64 3, double 1.0)
  call void %pointer(i32 1)
  call void @other()
  call void @local()
  ret void
}

; CHECK-LABEL: define internal void @local(){{.*}}gc "mps"
define internal void @local() gc "mps" {
  ret void
}

; CHECK-LABEL: define void @f(ptr addrspace(1) %0, ptr %1)
; CHECK-NOT: gc "mps"
; CHECK: call void asm sideeffect "", "~{rbx},~{rbp},~{r12},~{r13},~{r14},~{r15}"
; CHECK: cmpxchg ptr
; CHECK: call i32 @mps_rt_enter_slow()
; CHECK: call void @mps_rt_drop_dead_records(
; CHECK: invoke void @f.mps(

; CHECK-LABEL: define internal void @foreign.exit(
; CHECK: %record = alloca
; CHECK: store atomic i32 1, {{.*}} release
; CHECK: call void @foreign(
; CHECK: cmpxchg ptr
; CHECK: call void @mps_rt_return_slow()
