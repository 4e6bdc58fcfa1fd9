; RUN: %not %opt -load-pass-plugin %plugin -passes=mps-early,mps-late -disable-output %s 2>&1 \
; RUN:   | %FileCheck %s
;
; CHECK: error: mps: global variable mine: a static object cannot be thread-local; hold a reference to an object in a thread-local variable
@type = constant { i32, i32 } zeroinitializer
@mine = thread_local addrspace(1) global { ptr, i64 } { ptr @type, i64 0 }
define void @f() gc "mps" {
  ret void
}
