#!/usr/bin/env python3
"""Checks the ladder of the runtime: a step includes only the steps below it.

Also: include/mps/abi includes only itself, <cstddef> and <cstdint>; the plugin
sees include/mps/abi and LLVM, never the runtime; no file is over 600 lines; no
F-I-X-M-E is left. Prints each breach and exits 1 if there is any.
"""
import pathlib
import re
import subprocess
import sys

STEPS = ["base", "platform", "arena", "pool", "stack", "mutator", "trace",
         "verify", "collector", "api"]
ROOT = pathlib.Path(__file__).resolve().parent.parent
INCLUDE = re.compile(r'^\s*#\s*include\s+["<]([^">]+)[">]', re.MULTILINE)


def breaches(path, text):
    parts = path.parts
    for name in INCLUDE.findall(text):
        step = name.split("/")[0]
        if parts[0] == "runtime" and step in STEPS and len(parts) > 2:
            if STEPS.index(step) > STEPS.index(parts[1]):
                yield f"includes {name}, which is above {parts[1]}/"
        if parts[:3] == ("include", "mps", "abi"):
            if not name.startswith("mps/abi/") and name not in ("cstddef",
                                                                "cstdint"):
                yield f"includes {name}; abi/ stands alone"
        if parts[0] == "llvm-plugin" and step in STEPS:
            yield f"includes {name} of the runtime"
    lines = text.count("\n")
    if lines > 600:
        yield f"has {lines} lines; does it still tell one story?"
    if "FIX" + "ME" in text:
        yield "has a FIX" + "ME"


def main():
    listed = subprocess.run(["git", "ls-files", "*.h", "*.cpp", "*.c"],
                            cwd=ROOT, capture_output=True, text=True,
                            check=True).stdout.split()
    found = 0
    for name in listed:
        path = ROOT / name
        if not path.exists():
            continue
        for breach in breaches(pathlib.Path(name), path.read_text()):
            print(f"{name}: {breach}")
            found += 1
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
