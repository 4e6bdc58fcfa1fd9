; RUN: %opt -load-pass-plugin %plugin -passes=mps-early,mps-late,verify -S %s \
; RUN:   | %FileCheck %s
;
; A vectoriser's masked access of references becomes accesses of single ones,
; under their masks, with their barriers.
declare void @llvm.masked.store.v2p1.p1(<2 x ptr addrspace(1)>, ptr addrspace(1), i32, <2 x i1>)
declare <2 x ptr addrspace(1)> @llvm.masked.gather.v2p1.v2p1(<2 x ptr addrspace(1)>, i32, <2 x i1>, <2 x ptr addrspace(1)>)

; CHECK-LABEL: define void @store.mps(
; CHECK: [[FIRST:%.*]] = extractelement <2 x i1> %m, i64 0
; CHECK: br i1 [[FIRST]]
; CHECK: %is.armed = icmp
; CHECK: store ptr addrspace(1) {{.*}}, ptr addrspace(1) %p
; CHECK: [[SECOND:%.*]] = extractelement <2 x i1> %m, i64 1
; CHECK: br i1 [[SECOND]]
; CHECK: icmp ne i64
; CHECK: store ptr addrspace(1)
; CHECK-NOT: call void @llvm.masked
define void @store(<2 x ptr addrspace(1)> %x, ptr addrspace(1) %p, <2 x i1> %m) gc "mps" {
  call void @llvm.masked.store.v2p1.p1(<2 x ptr addrspace(1)> %x, ptr addrspace(1) %p, i32 8, <2 x i1> %m)
  ret void
}

; A lane that is set has no branch; one that is not set has no load.
; CHECK-LABEL: define <2 x ptr addrspace(1)> @gather.mps(
; CHECK-NOT: br
; CHECK: load ptr addrspace(1)
; CHECK-NOT: br
; CHECK-NOT: load ptr addrspace(1)
; CHECK: ret <2 x ptr addrspace(1)>
define <2 x ptr addrspace(1)> @gather(<2 x ptr addrspace(1)> %p, <2 x ptr addrspace(1)> %other) gc "mps" {
  %x = call <2 x ptr addrspace(1)> @llvm.masked.gather.v2p1.v2p1(<2 x ptr addrspace(1)> %p, i32 8, <2 x i1> <i1 true, i1 false>, <2 x ptr addrspace(1)> %other)
  ret <2 x ptr addrspace(1)> %x
}
