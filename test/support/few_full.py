#!/usr/bin/env python3
"""Runs a compiled example in a small heap, with a short pause time.

    few_full.py PROGRAM LIMIT MOST [ARGUMENT ...]

With a thread of the collector's and without, and with verify, it must print what it
prints without a limit, and at most MOST of its collections may be full ones with the
program stopped.
"""
import json
import sys

from program import run


def main(program, limit, most, *arguments):
    command = [program, *arguments]
    expected = run(command, MPS_HEAP_LIMIT="4g").stdout
    out = f"{program}.json"
    for threads, verify in (("0", "0"), ("1", "0"), ("1", "1")):
        printed = run(command, MPS_HEAP_LIMIT=limit, MPS_PAUSE_TIME="1ms",
                      MPS_COLLECTOR_THREADS=threads, MPS_VERIFY=verify,
                      MPS_STATISTICS=f"json:{out}").stdout
        with open(out) as file:
            counts = json.load(file)
        full = counts["full_collections"] - counts["old_collections"]
        what = f"{threads} threads, verify {verify}"
        if printed != expected:
            sys.exit(f"{what}: it printed\n{printed}instead of\n{expected}")
        if full > int(most):
            sys.exit(f"{what}: {full} full collections, at most {most} expected")
        print(f"{what}: {full} full, {counts['old_collections']} old collections")


if __name__ == "__main__":
    main(*sys.argv[1:])
