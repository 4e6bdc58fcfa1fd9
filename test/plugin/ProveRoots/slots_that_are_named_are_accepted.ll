; RUN: %opt -load-pass-plugin %plugin -passes=mps-prove -disable-output %s
;
; What LowerRoots writes: stored before, named, loaded after.
declare token @llvm.experimental.gc.statepoint.p0(i64, i32, ptr, i32, i32, ...)
declare void @g() gc "mps"
define ptr addrspace(1) @f(ptr addrspace(1) %x) gc "mps" {
  %slot = alloca ptr addrspace(1)
  store ptr addrspace(1) %x, ptr %slot
  %token = call token (i64, i32, ptr, i32, i32, ...) @llvm.experimental.gc.statepoint.p0(i64 0, i32 0, ptr elementtype(void ()) @g, i32 0, i32 0, i32 0, i32 0) [ "gc-live"(ptr %slot) ]
  %again = load ptr addrspace(1), ptr %slot
  ret ptr addrspace(1) %again
}
