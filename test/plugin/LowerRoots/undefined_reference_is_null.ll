; RUN: %opt -load-pass-plugin %plugin -passes=mps-lower-roots,mps-prove,verify \
; RUN:   -S %s | %FileCheck %s
;
; A reference that is undefined on one path is null there: the collector must
; not find in a slot what a register holds by chance.
declare void @g() gc "mps"

; CHECK-LABEL: define ptr addrspace(1) @merged(
; CHECK: phi ptr addrspace(1) [ %x, %then ], [ null, %entry ]
define ptr addrspace(1) @merged(ptr addrspace(1) %x, i1 %c) gc "mps" {
entry:
  br i1 %c, label %then, label %end
then:
  br label %end
end:
  %y = phi ptr addrspace(1) [ %x, %then ], [ undef, %entry ]
  call void @g()
  ret ptr addrspace(1) %y
}

; CHECK-LABEL: define { ptr addrspace(1), ptr addrspace(1) } @half(
; CHECK: insertvalue { ptr addrspace(1), ptr addrspace(1) } zeroinitializer
define { ptr addrspace(1), ptr addrspace(1) } @half(ptr addrspace(1) %x) gc "mps" {
  %s = insertvalue { ptr addrspace(1), ptr addrspace(1) } poison, ptr addrspace(1) %x, 0
  ret { ptr addrspace(1), ptr addrspace(1) } %s
}
