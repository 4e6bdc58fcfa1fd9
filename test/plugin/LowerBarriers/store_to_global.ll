; RUN: %opt -load-pass-plugin %plugin -passes=mps-early,mps-late,verify -S %s \
; RUN:   | %FileCheck %s
;
; A store of a reference to a global variable has a barrier, also by way of a
; phi, and a fill is the runtime's; one to a local or thread-local variable has
; none, nor has one of what is no reference.
@one = internal global ptr addrspace(1) null
@table = internal global [1000 x { i64, ptr addrspace(1) }] zeroinitializer
@own = internal thread_local global ptr addrspace(1) null
@number = internal global i64 0
declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)
declare ptr @llvm.threadlocal.address.p0(ptr)

; CHECK-LABEL: @single.mps(
; CHECK: call preserve_mostcc void @mps.log
; CHECK-NOT: @mps.log
; CHECK: ret
define void @single(ptr addrspace(1) %value) gc "mps" {
  store ptr addrspace(1) %value, ptr @one
  ret void
}

; CHECK-LABEL: @element.mps(
; CHECK: call preserve_mostcc void @mps.log
; CHECK-NOT: @mps.log
; CHECK: ret
define void @element(ptr addrspace(1) %value, i64 %index) gc "mps" {
  %slot = getelementptr [1000 x { i64, ptr addrspace(1) }], ptr @table, i64 0, i64 %index, i32 1
  store ptr addrspace(1) %value, ptr %slot
  ret void
}

; CHECK-LABEL: @exchange.mps(
; CHECK: call preserve_mostcc void @mps.log
; CHECK: ret
define ptr addrspace(1) @exchange(ptr addrspace(1) %value) gc "mps" {
  %old = atomicrmw xchg ptr @one, ptr addrspace(1) %value acq_rel
  ret ptr addrspace(1) %old
}

; CHECK-LABEL: @either.mps(
; CHECK: call preserve_mostcc void @mps.log
; CHECK: ret
define void @either(ptr addrspace(1) %value, i1 %first) gc "mps" {
  %slot = getelementptr { i64, ptr addrspace(1) }, ptr @table, i64 7, i32 1
  %chosen = select i1 %first, ptr @one, ptr %slot
  store ptr addrspace(1) %value, ptr %chosen
  ret void
}

; CHECK-LABEL: @fill.mps(
; CHECK: call void @mps_rt_fill(ptr @table
; CHECK: ret
define void @fill() gc "mps" {
  call void @llvm.memset.p0.i64(ptr @table, i8 0, i64 16000, i1 false)
  ret void
}

; CHECK-LABEL: @not_global.mps(
; CHECK-NOT: @mps.log
; CHECK: ret
define ptr addrspace(1) @not_global(ptr addrspace(1) %value) gc "mps" {
  %own = call ptr @llvm.threadlocal.address.p0(ptr @own)
  store ptr addrspace(1) %value, ptr %own
  store i64 0, ptr @number
  ret ptr addrspace(1) %value
}
