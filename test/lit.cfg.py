"""The tests' configuration: which tools a RUN line names.

  %opt %llc %clang %clangxx %lld %FileCheck %not %split-file  of this suite's LLVM
  %llvm-major                           its major version
  %plugin                               build/lib/mps-llvm-NN.so
  %managed                              test/support/managed.py for this suite
  %mps-cfg %mps-shared-cfg              clang's configuration files for managed C
  %mps-read-barrier-cfg                 what is given beside them
  %mps-lib %mps-include                 libmps.a; include/
  %source %build                        the two roots
"""
import os

import lit.formats

config.name = "mps-" + config.mps_suite
if config.mps_sanitize:
    config.name += "-" + config.mps_sanitize.replace(",", "-")

if config.mps_suite == "unit":
    config.test_format = lit.formats.GoogleTest(".", "mps-unit")
    config.test_source_root = os.path.join(config.mps_build, "test", "unit")
    config.test_exec_root = config.test_source_root
    config.suffixes = []
else:
    config.test_format = lit.formats.ShTest(execute_external=False)
    config.test_source_root = os.path.join(config.mps_source, "test")
    config.test_exec_root = os.path.join(config.mps_build, "test",
                                         config.mps_suite, "out")
    config.suffixes = [".ll", ".c", ".cpp", ".test"]
    config.excludes = ["unit", "Inputs", "CMakeLists.txt"]

for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "HOME"):
    if name in os.environ:
        config.environment[name] = os.environ[name]

llvm = config.mps_llvm
if llvm:
    tools = f"/usr/lib/llvm-{llvm}/bin/"
    cfg = "mps.cfg" if llvm == "22" else f"mps-{llvm}.cfg"
    config.available_features.add(f"llvm-{llvm}")
    # Longest names first: lit substitutes in this order.
    config.substitutions += [
        ("%managed", f"python3 {config.mps_source}/test/support/managed.py "
                     f"--clang {tools}clang --cfg {config.mps_build}/share/{cfg}"
                     f" --read-cfg {config.mps_build}/share/"
                     + cfg.replace("mps", "mps-read-barrier", 1) +
                     " -o %t"),
        ("%llvm-major", llvm),
        ("%mps-shared-cfg", f"{config.mps_build}/share/"
                            + cfg.replace("mps", "mps-shared", 1)),
        ("%mps-read-barrier-cfg", f"{config.mps_build}/share/"
                                  + cfg.replace("mps", "mps-read-barrier", 1)),
        ("%mps-cfg", f"{config.mps_build}/share/{cfg}"),
        ("%mps-lib", f"{config.mps_build}/lib/libmps.a"),
        ("%mps-include", f"{config.mps_source}/include"),
        ("%plugin", f"{config.mps_build}/lib/mps-llvm-{llvm}.so"),
        ("%split-file", f"{tools}split-file"),
        ("%FileCheck", f"{tools}FileCheck"),
        ("%clangxx", f"{tools}clang++"),
        ("%clang", f"{tools}clang"),
        ("%readobj", f"{tools}llvm-readobj"),
        ("%objdump", f"{tools}llvm-objdump"),
        ("%source", config.mps_source),
        ("%build", config.mps_build),
        ("%opt", f"{tools}opt"),
        ("%llc", f"{tools}llc"),
        ("%lld", f"{tools}ld.lld"),
        ("%not", f"{tools}not"),
    ]
