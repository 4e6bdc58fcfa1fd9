; RUN: %not %opt -load-pass-plugin %plugin -passes=mps-late -disable-output %s 2>&1 | %FileCheck %s
;
; The optimiser may have hidden references in integers already.
; CHECK: error: mps: in function f: the plugin's early pass did not see this module before the optimiser did; compile it from the front end's IR with the plugin loaded
define void @f(ptr addrspace(1) %x) gc "mps" {
  ret void
}
