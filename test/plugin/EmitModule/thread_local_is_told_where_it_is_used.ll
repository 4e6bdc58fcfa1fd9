; RUN: %opt -load-pass-plugin %plugin -passes=mps-early,mps-late,verify -S %s \
; RUN:   > %t
; RUN: %FileCheck %s < %t
; RUN: %FileCheck %s --check-prefix=TELL < %t
;
; A function that uses a thread-local variable with references sees to it that the
; runtime knows where the calling thread has those of this module; no other does.
@mine = thread_local global { i64, ptr addrspace(1) } zeroinitializer
@elsewhere = external thread_local global ptr addrspace(1)
@plain = thread_local global i64 0
; CHECK: @mps.thread.locals.ready = internal thread_local global i8 0

declare ptr @llvm.threadlocal.address.p0(ptr)

; CHECK-LABEL: define ptr addrspace(1) @uses.mps()
; CHECK: %[[FLAG:.*]] = call {{.*}}ptr @llvm.threadlocal.address.p0(ptr {{.*}}@mps.thread.locals.ready)
; CHECK: load i8, ptr %[[FLAG]]
; CHECK: call void @mps.thread.locals.register()
define ptr addrspace(1) @uses() gc "mps" {
  %mine = call ptr @llvm.threadlocal.address.p0(ptr @mine)
  %field = getelementptr i8, ptr %mine, i64 8
  %other = call ptr @llvm.threadlocal.address.p0(ptr @elsewhere)
  %value = load ptr addrspace(1), ptr %other
  store ptr addrspace(1) %value, ptr %field
  ret ptr addrspace(1) %value
}

; CHECK-LABEL: define i64 @does_not.mps()
; CHECK-NOT: @mps.thread.locals
; CHECK: ret i64
define i64 @does_not() gc "mps" {
  %plain = call ptr @llvm.threadlocal.address.p0(ptr @plain)
  %value = load i64, ptr %plain
  ret i64 %value
}

; TELL: define internal void @mps.thread.locals.register()
; TELL: call void @mps_rt_add_thread_local(ptr @mps.module, ptr {{.*}}, ptr {{.*}}, i64 2)
; TELL: call void @mps_rt_add_thread_local(ptr @mps.module, ptr {{.*}}, ptr {{.*}}, i64 1)
; TELL-NOT: @mps_rt_add_thread_local
; TELL: ret void
