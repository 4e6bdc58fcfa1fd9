; RUN: %not %llc -load %plugin %s -o /dev/null 2>&1 | %FileCheck %s
;
; llc runs no passes on IR: what was not lowered is one error.
; CHECK: error: mps: in function f: the plugin's passes did not see this call
; CHECK-NOT: error:
target triple = "x86_64-pc-linux-gnu"
declare void @g() gc "mps"
define void @f(ptr addrspace(1) %x) gc "mps" {
  call void @g()
  call void @g()
  ret void
}
