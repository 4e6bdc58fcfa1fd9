#!/usr/bin/env python3
"""Runs a compiled example with little more memory than lives.

    tight_limit.py PROGRAM LIVE_KIB [ARGUMENT ...]

With a quarter and a half more than lives (test/support/limited.py confirms that
number), with a thread of the collector's and without, and a short pause time, so
that old collections are under way when memory runs out, the program must print
what it prints without a limit.
"""
import sys

from program import run


def main(program, live_kib, *arguments):
    command = [program, *arguments]
    expected = run(command, MPS_HEAP_LIMIT="4g").stdout
    for part in (1.25, 1.5):
        for threads in ("0", "1"):
            limit = f"{int(int(live_kib) * part)}k"
            done = run(command, MPS_HEAP_LIMIT=limit, MPS_PAUSE_TIME="1ms",
                       MPS_COLLECTOR_THREADS=threads)
            if done.stdout != expected:
                sys.exit(f"with {limit} and {threads} threads it printed "
                         "something else")
    print("the same with a quarter and a half more than lives")


if __name__ == "__main__":
    main(*sys.argv[1:])
