; RUN: %opt -load-pass-plugin %plugin -passes=mps-early,mps-late,verify -S %s \
; RUN:   | %FileCheck %s
;
; A global with references has an entry that goes with it; a module has one
; descriptor, which its constructor registers.
@reference = global ptr addrspace(1) null
@mixed = global { i64, ptr addrspace(1), i64 } zeroinitializer
@plain = global i64 0
; CHECK-DAG: @mps.global = private constant { i32, i32, i64 } { {{.*}}@reference{{.*}}, i32 1, i64 1 }, section "mps_globals", align 8, !associated
; CHECK-DAG: @mps.global.{{[0-9]+}} = private constant { i32, i32, i64 } { {{.*}}@mixed{{.*}}, i32 3, i64 2 }, section "mps_globals"
; CHECK-NOT: @plain{{.*}}mps_globals
; CHECK-DAG: @mps.module = linkonce_odr hidden constant {{.*}}@__start_mps_roots, ptr @__stop_mps_roots, ptr @__start_mps_globals, ptr @__stop_mps_globals
; CHECK-DAG: @llvm.global_ctors = {{.*}}i32 101, ptr @mps.module.register, ptr @mps.module

; CHECK: define linkonce_odr hidden void @mps.module.register()
; CHECK: call void @mps_rt_register_module(ptr @mps.module)
define ptr addrspace(1) @f() gc "mps" {
  %x = load ptr addrspace(1), ptr @reference
  ret ptr addrspace(1) %x
}
