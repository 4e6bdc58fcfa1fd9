; RUN: %split-file %s %t.dir
; RUN: %not %opt -load-pass-plugin %plugin -passes=mps-early,mps-late -disable-output \
; RUN:   %t.dir/wrong-size.ll 2>&1 | %FileCheck %t.dir/wrong-size.ll
; RUN: %not %opt -load-pass-plugin %plugin -passes=mps-early,mps-late -disable-output \
; RUN:   %t.dir/array-type.ll 2>&1 | %FileCheck %t.dir/array-type.ll
; RUN: %not %opt -load-pass-plugin %plugin -passes=mps-early,mps-late -disable-output \
; RUN:   %t.dir/leaf.ll 2>&1 | %FileCheck %t.dir/leaf.ll
;
; An allocation that does not fit its type descriptor is an error.

;--- wrong-size.ll
; CHECK: error: {{.*}}in function {{.*}}: the size is not that of the type descriptor; pass the
; CHECK-NOT: error:
%type = type { i32, i32, i32, i32, i64, i64, ptr, ptr }
@pair = internal constant %type { i32 0, i32 24, i32 0, i32 0, i64 6, i64 0, ptr null, ptr null }, align 16
declare ptr addrspace(1) @mps.allocate(ptr, i64)
define ptr addrspace(1) @f() gc "mps" {
  %o = call ptr addrspace(1) @mps.allocate(ptr @pair, i64 32)
  ret ptr addrspace(1) %o
}

;--- array-type.ll
; CHECK: error: {{.*}}in function {{.*}}: the type descriptor is for the other kind of object
; CHECK-NOT: error:
%type = type { i32, i32, i32, i32, i64, i64, ptr, ptr }
@row = internal constant %type { i32 1, i32 16, i32 8, i32 8, i64 0, i64 1, ptr null, ptr null }, align 16
declare ptr addrspace(1) @mps.allocate(ptr, i64)
define ptr addrspace(1) @f() gc "mps" {
  %o = call ptr addrspace(1) @mps.allocate(ptr @row, i64 16)
  ret ptr addrspace(1) %o
}

;--- leaf.ll
; CHECK: error: {{.*}}in function {{.*}}: the type has references, and a leaf object is never scanned
; CHECK-NOT: error:
%type = type { i32, i32, i32, i32, i64, i64, ptr, ptr }
@pair = internal constant %type { i32 0, i32 24, i32 0, i32 0, i64 6, i64 0, ptr null, ptr null }, align 16
declare ptr addrspace(1) @mps.allocate.leaf(ptr, i64)
define ptr addrspace(1) @f() gc "mps" {
  %o = call ptr addrspace(1) @mps.allocate.leaf(ptr @pair, i64 24)
  ret ptr addrspace(1) %o
}
