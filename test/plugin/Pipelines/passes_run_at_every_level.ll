; RUN: %opt -load-pass-plugin %plugin -passes="default<O0>" -S %s | %FileCheck %s
; RUN: %opt -load-pass-plugin %plugin -passes="default<O1>" -S %s | %FileCheck %s
; RUN: %opt -load-pass-plugin %plugin -passes="default<O2>" -S %s | %FileCheck %s
; RUN: %opt -load-pass-plugin %plugin -passes="default<O3>" -S %s | %FileCheck %s
; RUN: %opt -load-pass-plugin %plugin -passes="default<Os>" -S %s | %FileCheck %s
;
; CHECK: gc.statepoint
declare void @g() gc "mps"
define ptr addrspace(1) @f(ptr addrspace(1) %x) gc "mps" {
  call void @g()
  ret ptr addrspace(1) %x
}
