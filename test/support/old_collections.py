#!/usr/bin/env python3
"""Runs a compiled example so that it collects what is old while it runs.

    old_collections.py PROGRAM LIMIT [ARGUMENT ...]

With next to no pause time, every collection of what is old that pays is done in
steps. The program must print what it prints without a limit, with verify and
without, with no thread of the collector's and with one; and have collected in
steps at least once each time.
"""
import json
import sys

from program import run


def main(program, limit, *arguments):
    command = [program, *arguments]
    expected = run(command, MPS_HEAP_LIMIT="4g").stdout
    out = f"{program}.json"
    for threads in ("0", "1"):
        for verify in ("0", "1"):
            done = run(command, MPS_HEAP_LIMIT=limit, MPS_PAUSE_TIME="1us",
                       MPS_LOG="1", MPS_COLLECTOR_THREADS=threads,
                       MPS_VERIFY=verify, MPS_STATISTICS=f"json:{out}")
            if done.stdout != expected:
                sys.exit(f"with {threads} threads it printed\n{done.stdout}instead "
                         f"of\n{expected}")
            evacuations = done.stderr.count("sparse segments evacuated")
            with open(out) as file:
                counts = json.load(file)
            if counts["old_collections"] == 0:
                sys.exit(f"with {threads} threads, no collection in steps")
            print(f"{threads} threads, verify {verify}: "
                  f"{counts['old_collections']} old collections, "
                  f"{evacuations} evacuations")


if __name__ == "__main__":
    main(*sys.argv[1:])
