; RUN: %opt -load-pass-plugin %plugin -passes=mps-early,mps-late,verify -S %s \
; RUN:   | %FileCheck %s
; RUN: %opt -load-pass-plugin %plugin -mps-read-barrier \
; RUN:   -passes=mps-early,mps-late,verify -S %s \
; RUN:   | %FileCheck %s --check-prefix=OPTION
;
; A module has no read barrier unless its flag or the option says so; its
; descriptor tells which it has, and is another then.

; CHECK-NOT: @mps.evacuating
; CHECK-DAG: @mps.module = linkonce_odr hidden constant {{.*}} { i32 {{[0-9]+}}, i32 0, {{.*}}, ptr null, ptr @mps.source }
; CHECK-NOT: @mps.heal
; OPTION: @mps.module.1 = linkonce_odr hidden constant {{.*}} { i32 {{[0-9]+}}, i32 1, {{.*}}, ptr @mps.evacuating, ptr @mps.source }
; OPTION: call preserve_mostcc void @mps.heal
; OPTION: define linkonce_odr hidden void @mps.module.register.1()
define ptr addrspace(1) @f(ptr addrspace(1) %object) gc "mps" {
  %value = load ptr addrspace(1), ptr addrspace(1) %object
  ret ptr addrspace(1) %value
}
