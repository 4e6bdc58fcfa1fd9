// The only place that asks for LLVM's version.
#ifndef MPS_LLVM_PLUGIN_COMPAT_H
#define MPS_LLVM_PLUGIN_COMPAT_H

#include "llvm/Config/llvm-config.h"

#if LLVM_VERSION_MAJOR >= 22
#include "llvm/Plugins/PassPlugin.h"
#else
#include "llvm/Passes/PassPlugin.h"
#endif

#endif
