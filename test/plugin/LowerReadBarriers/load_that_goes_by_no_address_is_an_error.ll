; RUN: %not %opt -load-pass-plugin %plugin -passes=mps-early,mps-late -S %s 2>&1 \
; RUN:   | %FileCheck %s
;
; CHECK: this load of references has no read barrier; load them one by one

declare <2 x ptr addrspace(1)> @llvm.vp.load.v2p1.p1(ptr addrspace(1), <2 x i1>, i32)

define <2 x ptr addrspace(1)> @f(ptr addrspace(1) %object, <2 x i1> %mask) gc "mps" {
  %value = call <2 x ptr addrspace(1)> @llvm.vp.load.v2p1.p1(ptr addrspace(1) %object, <2 x i1> %mask, i32 2)
  ret <2 x ptr addrspace(1)> %value
}

!llvm.module.flags = !{!0}
!0 = !{i32 1, !"mps.read.barrier", i32 1}
