; RUN: %not %opt -load-pass-plugin %plugin -passes=mps-early,mps-late -disable-output %s 2>&1 \
; RUN:   | %FileCheck %s
;
; The collector does not know where thread-local variables are.
; CHECK: error: mps: global variable mine: a thread-local variable cannot hold references; hold a handle
@mine = thread_local global ptr addrspace(1) null
