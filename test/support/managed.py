#!/usr/bin/env python3
"""Compiles a managed C program and runs it in several ways.

    managed.py --clang CLANG --cfg CFG [--read-cfg CFG] SOURCE
               [--foreign FILE ...] [--levels 0,2] [--stress poll,alloc]
               [--args ...] -o PROGRAM

At each optimisation level the program runs as it is, and once for each kind of
stress, with verify and poison; at the last level also as compiled with a read
barrier. Every run must exit with 0 and print the same;
that is printed. Foreign files are plain C, built in an ordinary way: -O2,
without frame pointers and unwind tables.
"""
import argparse
import os
import pathlib
import subprocess
import sys

FOREIGN = ["-O2", "-fomit-frame-pointer", "-fno-asynchronous-unwind-tables",
           "-fno-unwind-tables"]


def run(command, environment=None):
    done = subprocess.run(command, capture_output=True, text=True,
                          env={**os.environ, **(environment or {})})
    if done.returncode != 0:
        settings = " ".join(f"{k}={v}" for k, v in (environment or {}).items())
        sys.exit(f"{settings} {' '.join(command)}: exit code "
                 f"{done.returncode}\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
    return done.stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source")
    parser.add_argument("--clang", required=True)
    parser.add_argument("--cfg", required=True)
    parser.add_argument("--read-cfg")
    parser.add_argument("--foreign", nargs="*", default=[])
    parser.add_argument("--levels", default="0,2")
    parser.add_argument("--stress", default="poll,alloc")
    parser.add_argument("--flags", default="")
    parser.add_argument("--args", nargs="*", default=[])
    parser.add_argument("-o", dest="output", required=True)
    options = parser.parse_args()
    objects = []
    for number, source in enumerate(options.foreign):
        objects.append(f"{options.output}.foreign{number}.o")
        run([options.clang, *FOREIGN, "-c", source, "-o", objects[-1]])
    printed = {}
    kinds = [(f"-O{level}", []) for level in options.levels.split(",")]
    if options.read_cfg:
        kinds.append((kinds[-1][0], [f"--config={options.read_cfg}"]))
    for level, more in kinds:
        how = level + (" read barrier" if more else "")
        program = options.output + level.replace("-", ".") + (".r" if more else "")
        pathlib.Path(program).unlink(missing_ok=True)
        run([options.clang, f"--config={options.cfg}", *more, level, "-Wall",
             "-Werror", *options.flags.split(), options.source, *objects, "-o",
             program])
        printed[how] = run([program, *options.args])
        for stress in filter(None, options.stress.split(",")):
            printed[f"{how} {stress}"] = run(
                [program, *options.args],
                {"MPS_STRESS": stress, "MPS_VERIFY": "1", "MPS_POISON": "1",
                 # With no thread of the collector's, it is the program that
                 # copies what it loads.
                 "MPS_COLLECTOR_THREADS": "0" if more else "1"})
    first = next(iter(printed.values()))
    for how, text in printed.items():
        if text != first:
            sys.exit(f"{how} printed:\n{text}instead of:\n{first}")
    print(first, end="")


if __name__ == "__main__":
    main()
