; RUN: %opt -load-pass-plugin %plugin -passes=mps-early,mps-late,verify -S %s \
; RUN:   | %FileCheck %s
;
; A few words that are cleared are stores where the object is young. What is
; armed is the runtime's, as only it knows which of the words are slots; and so
; are other bytes, other sizes, and what is not aligned.

declare void @llvm.memset.p1.i64(ptr addrspace(1), i8, i64, i1)

; CHECK-LABEL: @few.mps(
; CHECK: %[[OBJECT:.*]] = ptrtoint ptr addrspace(1) %object to i64
; CHECK: lshr i64 %[[OBJECT]], 12
; CHECK: br i1 %is.page.armed
; CHECK: call void @mps_rt_fill(ptr %{{.*}}, i8 zeroext 0, i64 24, ptr %{{.*}})
; CHECK-COUNT-3: store ptr addrspace(1) null
; CHECK-NOT: @mps.log
; CHECK: ret
define void @few(ptr addrspace(1) %object) gc "mps" {
  %start = getelementptr i8, ptr addrspace(1) %object, i64 16
  call void @llvm.memset.p1.i64(ptr addrspace(1) align 8 %start, i8 0, i64 24, i1 false)
  ret void
}

; CHECK-LABEL: @others.mps(
; CHECK-NOT: page.armed
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

@static = addrspace(1) global [8 x i64] zeroinitializer

; Its constants may lie outside of it.
; CHECK-LABEL: @constant.mps(
; CHECK-NOT: page.armed
; CHECK: call void @mps_rt_fill
; CHECK: ret
define void @constant(i64 %i) gc "mps" {
  %start = getelementptr i64, ptr addrspace(1) getelementptr (i8, ptr addrspace(1) @static, i64 -4784), i64 %i
  call void @llvm.memset.p1.i64(ptr addrspace(1) align 8 %start, i8 0, i64 24, i1 false)
  ret void
}
