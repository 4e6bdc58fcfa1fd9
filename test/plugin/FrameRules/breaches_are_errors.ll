; RUN: %split-file %s %t.dir
; RUN: %not %opt -load-pass-plugin %plugin -passes=mps-early,mps-late -disable-output \
; RUN:   %t.dir/dynamic-alloca.ll 2>&1 | %FileCheck %t.dir/dynamic-alloca.ll
; RUN: %not %opt -load-pass-plugin %plugin -passes=mps-early,mps-late -disable-output \
; RUN:   %t.dir/returns-twice.ll 2>&1 | %FileCheck %t.dir/returns-twice.ll
; RUN: %not %opt -load-pass-plugin %plugin -passes=mps-early,mps-late -disable-output \
; RUN:   %t.dir/byval.ll 2>&1 | %FileCheck %t.dir/byval.ll
; RUN: %not %opt -load-pass-plugin %plugin -passes=mps-early,mps-late -disable-output \
; RUN:   %t.dir/coroutine.ll 2>&1 | %FileCheck %t.dir/coroutine.ll
;
; What a managed frame cannot have is one error.

;--- dynamic-alloca.ll
; CHECK: error: {{.*}}in function f{{.*}}: an alloca of variable size, or outside the entry block
; CHECK-NOT: error:
declare void @g() gc "mps"
define i64 @f(i64 %n) gc "mps" {
  %a = alloca i64, i64 %n
  call void @g()
  %x = load i64, ptr %a
  ret i64 %x
}

;--- returns-twice.ll
; CHECK: error: {{.*}}in function f{{.*}}: a function that returns twice would return to a frame whose references
; CHECK-NOT: error:
declare void @g() gc "mps"
declare i32 @setjmp(ptr) returns_twice
define void @f(ptr addrspace(1) %x, ptr %b) gc "mps" {
  %r = call i32 @setjmp(ptr %b)
  ret void
}

;--- byval.ll
; CHECK: error: {{.*}}in function f{{.*}}: references in an argument passed in memory are in no root table
; CHECK-NOT: error:
declare void @g() gc "mps"
declare void @h(ptr byval({ ptr addrspace(1), i64 }))
define void @f(ptr addrspace(1) %x) gc "mps" {
  %a = alloca { ptr addrspace(1), i64 }
  call void @h(ptr byval({ ptr addrspace(1), i64 }) %a)
  ret void
}

;--- coroutine.ll
; CHECK: error: {{.*}}in function f{{.*}}: attribute presplitcoroutine changes frames
; CHECK-NOT: error:
declare void @g() gc "mps"
define void @f(ptr addrspace(1) %x) presplitcoroutine gc "mps" {
  call void @g()
  ret void
}
