; RUN: %split-file %s %t.dir
; RUN: %not %opt -load-pass-plugin %plugin -passes=mps-early,mps-late -disable-output \
; RUN:   %t.dir/bundle.ll 2>&1 | %FileCheck %t.dir/bundle.ll
; RUN: %not %opt -load-pass-plugin %plugin -passes=mps-early,mps-late -disable-output \
; RUN:   %t.dir/no-gc.ll 2>&1 | %FileCheck %t.dir/no-gc.ll
; RUN: %not %opt -load-pass-plugin %plugin -passes=mps-early,mps-late -disable-output \
; RUN:   %t.dir/store-elsewhere.ll 2>&1 | %FileCheck %t.dir/store-elsewhere.ll
; RUN: %not %opt -load-pass-plugin %plugin -passes=mps-early,mps-late -disable-output \
; RUN:   %t.dir/store-in-bytes.ll 2>&1 | %FileCheck %t.dir/store-in-bytes.ll
; RUN: %not %opt -load-pass-plugin %plugin -passes=mps-early,mps-late -disable-output \
; RUN:   %t.dir/cast.ll 2>&1 | %FileCheck %t.dir/cast.ll
; RUN: %not %opt -load-pass-plugin %plugin -passes=mps-early,mps-late -disable-output \
; RUN:   %t.dir/inttoptr.ll 2>&1 | %FileCheck %t.dir/inttoptr.ll
; RUN: %not %opt -load-pass-plugin %plugin -passes=mps-early,mps-late -disable-output \
; RUN:   %t.dir/varargs.ll 2>&1 | %FileCheck %t.dir/varargs.ll
; RUN: %not %opt -load-pass-plugin %plugin -passes=mps-early,mps-late -disable-output \
; RUN:   %t.dir/signature.ll 2>&1 | %FileCheck %t.dir/signature.ll
; RUN: %not %opt -load-pass-plugin %plugin -passes=mps-early,mps-late -disable-output \
; RUN:   %t.dir/derived-stored.ll 2>&1 | %FileCheck %t.dir/derived-stored.ll
; RUN: %not %opt -load-pass-plugin %plugin -passes=mps-early,mps-late -disable-output \
; RUN:   %t.dir/derived-returned.ll 2>&1 | %FileCheck %t.dir/derived-returned.ll
; RUN: %not %opt -load-pass-plugin %plugin -passes=mps-early,mps-late -disable-output \
; RUN:   %t.dir/derived-passed.ll 2>&1 | %FileCheck %t.dir/derived-passed.ll
; RUN: %not %opt -load-pass-plugin %plugin -passes=mps-early,mps-late -disable-output \
; RUN:   %t.dir/asm.ll 2>&1 | %FileCheck %t.dir/asm.ll
; RUN: %not %opt -load-pass-plugin %plugin -passes=mps-early,mps-late -disable-output \
; RUN:   %t.dir/masked.ll 2>&1 | %FileCheck %t.dir/masked.ll
; RUN: %not %opt -load-pass-plugin %plugin -passes=mps-early,mps-late -disable-output \
; RUN:   %t.dir/store-in-chosen-bytes.ll 2>&1 | %FileCheck %t.dir/store-in-chosen-bytes.ll
; RUN: %not %opt -load-pass-plugin %plugin -passes=mps-early,mps-late -disable-output \
; RUN:   %t.dir/store-in-other-field.ll 2>&1 | %FileCheck %t.dir/store-in-other-field.ll
; RUN: %not %opt -load-pass-plugin %plugin -passes=mps-early,mps-late -disable-output \
; RUN:   %t.dir/store-over-reference.ll 2>&1 | %FileCheck %t.dir/store-over-reference.ll
; RUN: %not %opt -load-pass-plugin %plugin -passes=mps-early,mps-late -disable-output \
; RUN:   %t.dir/copy-elsewhere.ll 2>&1 | %FileCheck %t.dir/copy-elsewhere.ll
; RUN: %not %opt -load-pass-plugin %plugin -passes=mps-early,mps-late -disable-output \
; RUN:   %t.dir/musttail.ll 2>&1 | %FileCheck %t.dir/musttail.ll
; RUN: %not %opt -load-pass-plugin %plugin -passes=mps-early,mps-late -disable-output \
; RUN:   %t.dir/derived-in-struct.ll 2>&1 | %FileCheck %t.dir/derived-in-struct.ll
; RUN: %not %opt -load-pass-plugin %plugin -passes=mps-early,mps-late -disable-output \
; RUN:   %t.dir/derived-in-vector.ll 2>&1 | %FileCheck %t.dir/derived-in-vector.ll
;
; Each breach of the contract is one error, with the reason and the way out.

;--- no-gc.ll
; CHECK: error: {{.*}}in function {{.*}}: it touches references but is no managed function; give it gc
; CHECK-NOT: error:
define void @f(ptr addrspace(1) %x) {
  ret void
}

;--- store-elsewhere.ll
; CHECK: error: {{.*}}in function {{.*}}: a reference is stored in memory that the collector does not know
; CHECK-NOT: error:
define void @f(ptr addrspace(1) %x, ptr %p) gc "mps" {
  store ptr addrspace(1) %x, ptr %p
  ret void
}

;--- store-in-bytes.ll
; CHECK: error: {{.*}}in function {{.*}}: a reference is stored in memory that the collector does not know
; CHECK-NOT: error:
define void @f(ptr addrspace(1) %x) gc "mps" {
  %a = alloca [16 x i8]
  store ptr addrspace(1) %x, ptr %a
  ret void
}

;--- cast.ll
; CHECK: error: {{.*}}in function {{.*}}: a reference is cast to or from another address space; use mps.pin
; CHECK-NOT: error:
define ptr @f(ptr addrspace(1) %x) gc "mps" {
  %p = addrspacecast ptr addrspace(1) %x to ptr
  ret ptr %p
}

;--- inttoptr.ll
; CHECK: error: {{.*}}in function {{.*}}: a reference is made of an integer; use mps.immediate
; CHECK-NOT: error:
define ptr addrspace(1) @f(i64 %x) gc "mps" {
  %p = inttoptr i64 %x to ptr addrspace(1)
  ret ptr addrspace(1) %p
}

;--- varargs.ll
; CHECK: error: {{.*}}in function {{.*}}: a managed function takes variable arguments
; CHECK-NOT: error:
define void @f(ptr addrspace(1) %x, ...) gc "mps" {
  ret void
}

;--- signature.ll
; CHECK: error: {{.*}}in function {{.*}}: the reserved function mps.allocate is declared with another signature
; CHECK-NOT: error:
declare ptr addrspace(1) @mps.allocate(ptr)
define ptr addrspace(1) @f() gc "mps" {
  %p = call ptr addrspace(1) @mps.allocate(ptr null)
  ret ptr addrspace(1) %p
}

;--- derived-stored.ll
; CHECK: error: {{.*}}in function {{.*}}: a pointer into an object is stored; store the reference and the offset
; CHECK-NOT: error:
define void @f(ptr addrspace(1) %x) gc "mps" {
  %p = getelementptr i8, ptr addrspace(1) %x, i64 8
  store ptr addrspace(1) %p, ptr addrspace(1) %x
  ret void
}

;--- derived-returned.ll
; CHECK: error: {{.*}}in function {{.*}}: a pointer into an object is returned
; CHECK-NOT: error:
define ptr addrspace(1) @f(ptr addrspace(1) %x) gc "mps" {
  %p = getelementptr i8, ptr addrspace(1) %x, i64 8
  ret ptr addrspace(1) %p
}

;--- derived-passed.ll
; CHECK: error: {{.*}}in function {{.*}}: a pointer into an object is passed to a managed function
; CHECK-NOT: error:
declare void @g(ptr addrspace(1)) gc "mps"
define void @f(ptr addrspace(1) %x) gc "mps" {
  %p = getelementptr i8, ptr addrspace(1) %x, i64 8
  call void @g(ptr addrspace(1) %p)
  ret void
}

;--- asm.ll
; CHECK: error: {{.*}}in function {{.*}}: inline assembly gets a reference
; CHECK-NOT: error:
define void @f(ptr addrspace(1) %x) gc "mps" {
  call void asm sideeffect "", "r"(ptr addrspace(1) %x)
  ret void
}

;--- masked.ll
; CHECK: error: {{.*}}in function {{.*}}: this store of references has no barrier
; CHECK-NOT: error:
declare void @llvm.vp.store.v2p1.p1(<2 x ptr addrspace(1)>, ptr addrspace(1), <2 x i1>, i32)
define void @f(<2 x ptr addrspace(1)> %x, ptr addrspace(1) %p, <2 x i1> %m) gc "mps" {
  call void @llvm.vp.store.v2p1.p1(<2 x ptr addrspace(1)> %x, ptr addrspace(1) %p, <2 x i1> %m, i32 2)
  ret void
}

;--- store-in-chosen-bytes.ll
; CHECK: error: {{.*}}in function {{.*}}: a reference is stored in memory that the collector does not know
; CHECK-NOT: error:
define void @f(ptr addrspace(1) %x, i1 %c) gc "mps" {
entry:
  %a = alloca [16 x i8]
  %b = alloca [16 x i8]
  br i1 %c, label %then, label %end
then:
  br label %end
end:
  %p = phi ptr [ %a, %entry ], [ %b, %then ]
  store ptr addrspace(1) %x, ptr %p
  ret void
}

;--- store-in-other-field.ll
; CHECK: error: {{.*}}in function {{.*}}: a reference is stored in memory that the collector does not know
; CHECK-NOT: error:
define void @f(ptr addrspace(1) %x) gc "mps" {
  %a = alloca { ptr addrspace(1), i64 }
  %p = getelementptr i8, ptr %a, i64 8
  store ptr addrspace(1) %x, ptr %p
  ret void
}

;--- store-over-reference.ll
; CHECK: error: {{.*}}in function {{.*}}: a value that is no reference is stored where a reference belongs
; CHECK-NOT: error:
define void @f(double %x) gc "mps" {
  %a = alloca { ptr addrspace(1), i64 }
  store double %x, ptr %a
  ret void
}

;--- copy-elsewhere.ll
; CHECK: error: {{.*}}in function {{.*}}: references are copied to memory that the collector does not know
; CHECK-NOT: error:
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
define void @f(ptr %to) gc "mps" {
  %a = alloca { ptr addrspace(1), i64 }
  call void @llvm.memcpy.p0.p0.i64(ptr %to, ptr %a, i64 16, i1 false)
  ret void
}

;--- musttail.ll
; CHECK: error: {{.*}}in function {{.*}}: a musttail call leaves managed code
; CHECK-NOT: error:
declare void @foreign(ptr addrspace(1))
define void @f(ptr addrspace(1) %x) gc "mps" {
  musttail call void @foreign(ptr addrspace(1) %x)
  ret void
}

;--- derived-in-struct.ll
; CHECK: error: {{.*}}in function {{.*}}: a pointer into an object is returned
; CHECK-NOT: error:
define { ptr addrspace(1), i64 } @f(ptr addrspace(1) %x) gc "mps" {
  %p = getelementptr i8, ptr addrspace(1) %x, i64 8
  %s = insertvalue { ptr addrspace(1), i64 } poison, ptr addrspace(1) %p, 0
  ret { ptr addrspace(1), i64 } %s
}

;--- derived-in-vector.ll
; CHECK: error: {{.*}}in function {{.*}}: a pointer into an object is stored
; CHECK-NOT: error:
define void @f(ptr addrspace(1) %x) gc "mps" {
  %p = getelementptr i8, ptr addrspace(1) %x, i64 8
  %v = insertelement <2 x ptr addrspace(1)> poison, ptr addrspace(1) %x, i64 0
  %w = insertelement <2 x ptr addrspace(1)> %v, ptr addrspace(1) %p, i64 1
  store <2 x ptr addrspace(1)> %w, ptr addrspace(1) %x
  ret void
}

;--- bundle.ll
; CHECK: error: mps: {{.*}}a call of a reserved function has an operand bundle
; CHECK-SAME: call it without
declare ptr addrspace(1) @mps.allocate(ptr, i64)
define void @f(ptr %type, ptr addrspace(1) %object) gc "mps" {
  %new = call ptr addrspace(1) @mps.allocate(ptr %type, i64 24) [ "mps-log"(ptr addrspace(1) %object, i64 8) ]
  ret void
}
