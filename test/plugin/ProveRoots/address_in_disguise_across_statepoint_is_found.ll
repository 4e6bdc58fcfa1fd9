; RUN: %split-file %s %t.dir
; RUN: %not %opt -load-pass-plugin %plugin -passes=mps-early,mps-late \
; RUN:   -disable-output %t.dir/pointer.ll 2>&1 | %FileCheck %t.dir/pointer.ll
; RUN: %not %opt -load-pass-plugin %plugin -passes=mps-early,mps-late \
; RUN:   -disable-output %t.dir/phi.ll 2>&1 | %FileCheck %t.dir/phi.ll
; RUN: %not %opt -load-pass-plugin %plugin -passes=mps-early,mps-late \
; RUN:   -disable-output %t.dir/variable.ll 2>&1 | %FileCheck %t.dir/variable.ll
;
; The address of a reference is found behind casts and phis, and in a
; local variable of what is not optimised.

;--- pointer.ll
declare void @g() gc "mps"
; CHECK: error: {{.*}}in function by_pointer: the address of a reference is live across a safepoint
define i64 @by_pointer(ptr addrspace(1) %x) gc "mps" {
  %a = ptrtoint ptr addrspace(1) %x to i64
  %p = inttoptr i64 %a to ptr
  call void @g()
  %y = load i64, ptr %p
  ret i64 %y
}

;--- phi.ll
declare void @g() gc "mps"
; CHECK: error: {{.*}}in function by_phi: the address of a reference is live across a safepoint
define i64 @by_phi(ptr addrspace(1) %x, i1 %c) gc "mps" {
entry:
  %a = ptrtoint ptr addrspace(1) %x to i64
  br i1 %c, label %then, label %end
then:
  br label %end
end:
  %y = phi i64 [ %a, %then ], [ 0, %entry ]
  call void @g()
  ret i64 %y
}

;--- variable.ll
declare void @g() gc "mps"
; CHECK: error: {{.*}}in function by_variable: the address of a reference is live across a safepoint
define i64 @by_variable(ptr addrspace(1) %x) gc "mps" {
  %v = alloca i64
  %a = ptrtoint ptr addrspace(1) %x to i64
  store i64 %a, ptr %v
  call void @g()
  %y = load i64, ptr %v
  ret i64 %y
}
