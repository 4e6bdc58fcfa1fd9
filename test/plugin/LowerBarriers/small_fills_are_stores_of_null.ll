; RUN: %opt -load-pass-plugin %plugin -passes=mps-early,mps-late,verify -S %s \
; RUN:   | %FileCheck %s
;
; A few words that are cleared are stores of null, which share a test. Other
; bytes, other sizes, and what is not aligned, are the runtime's.

declare void @llvm.memset.p1.i64(ptr addrspace(1), i8, i64, i1)

; CHECK-LABEL: @few.mps(
; CHECK: br i1 %is.page.armed
; CHECK-COUNT-3: call preserve_mostcc void @mps.log
; CHECK-COUNT-3: store ptr addrspace(1) null
; CHECK-NOT: @mps_rt_fill
; CHECK: ret
define void @few(ptr addrspace(1) %object) gc "mps" {
  %start = getelementptr i8, ptr addrspace(1) %object, i64 16
  call void @llvm.memset.p1.i64(ptr addrspace(1) align 8 %start, i8 0, i64 24, i1 false)
  ret void
}

; CHECK-LABEL: @others.mps(
; CHECK-COUNT-5: call void @mps_rt_fill
; CHECK: ret
define void @others(ptr addrspace(1) %object, i64 %size) gc "mps" {
  call void @llvm.memset.p1.i64(ptr addrspace(1) align 8 %object, i8 1, i64 24, i1 false)
  call void @llvm.memset.p1.i64(ptr addrspace(1) align 8 %object, i8 0, i64 72, i1 false)
  call void @llvm.memset.p1.i64(ptr addrspace(1) align 8 %object, i8 0, i64 20, i1 false)
  call void @llvm.memset.p1.i64(ptr addrspace(1) align 4 %object, i8 0, i64 24, i1 false)
  call void @llvm.memset.p1.i64(ptr addrspace(1) align 8 %object, i8 0, i64 %size, i1 false)
  ret void
}
