; RUN: %opt -load-pass-plugin %plugin -passes=mps-early,mps-late,verify -S %s \
; RUN:   | %FileCheck %s
;
; Atomic loads are healed before. So are exchanges, which give what the slot held,
; and compares and swaps, which compare it: they would fail though both sides
; are the same object.

; CHECK-LABEL: @atomic_load.mps(
; CHECK: call preserve_mostcc void @mps.heal
; CHECK: load atomic ptr addrspace(1)
define ptr addrspace(1) @atomic_load(ptr addrspace(1) %object) gc "mps" {
  %value = load atomic ptr addrspace(1), ptr addrspace(1) %object acquire, align 8
  ret ptr addrspace(1) %value
}
; CHECK-LABEL: @exchange.mps(
; CHECK: call preserve_mostcc void @mps.heal
; CHECK: atomicrmw xchg
define ptr addrspace(1) @exchange(ptr addrspace(1) %object, ptr addrspace(1) %new) gc "mps" {
  %value = atomicrmw xchg ptr addrspace(1) %object, ptr addrspace(1) %new acq_rel
  ret ptr addrspace(1) %value
}
; CHECK-LABEL: @compare_and_swap.mps(
; CHECK: call preserve_mostcc void @mps.heal
; CHECK: cmpxchg
define i1 @compare_and_swap(ptr addrspace(1) %object, ptr addrspace(1) %old, ptr addrspace(1) %new) gc "mps" {
  %pair = cmpxchg ptr addrspace(1) %object, ptr addrspace(1) %old, ptr addrspace(1) %new acq_rel acquire
  %done = extractvalue { ptr addrspace(1), i1 } %pair, 1
  ret i1 %done
}
; CHECK-LABEL: @volatile_load.mps(
; CHECK: call preserve_mostcc void @mps.heal
; CHECK: load volatile
define ptr addrspace(1) @volatile_load(ptr addrspace(1) %object) gc "mps" {
  %value = load volatile ptr addrspace(1), ptr addrspace(1) %object
  ret ptr addrspace(1) %value
}

!llvm.module.flags = !{!0}
!0 = !{i32 1, !"mps.read.barrier", i32 1}
