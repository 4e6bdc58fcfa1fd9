#!/usr/bin/env python3
"""Runs a compiled example with 2.5 times its live size as its limit.

    limited.py PROGRAM LIVE_KIB [ARGUMENT ...]

1. A run with full collections every LIVE_KIB / 4 bytes confirms the live size: no
   full collection leaves more, and one leaves at least three quarters of it.
2. A run with the limit, and a nursery of an eighth of what lives, must print what
   a run without prints, whatever number of threads helps to collect; stay within
   the limit; and have taken at least ten times the live size through collections:
   moved, left in place, or settled.
"""
import json
import re
import sys

from program import run


def main(program, live_kib, *arguments):
    live_kib = int(live_kib)
    command = [program, *arguments]
    free = run(command, MPS_HEAP_LIMIT="4g")
    logged = run(command, MPS_HEAP_LIMIT="4g", MPS_LOG="1",
                 MPS_COLLECTOR_THREADS="0",  # One half-filled segment, not two.
                 MPS_STRESS=f"bytes={live_kib // 4}k").stderr
    left = [float(mib) * 1024
            for mib in re.findall(r"\(full.*-> ([0-9.]+) MiB", logged)]
    if not 0.75 * live_kib <= max(left) <= 1.02 * live_kib:
        sys.exit(f"full collections left {max(left):.0f} KiB at most, and not "
                 f"{live_kib}")
    out = f"{program}.json"
    limit_kib = live_kib * 5 // 2
    for threads in ("0", "1", "3"):
        limited = run(command, MPS_HEAP_LIMIT=f"{limit_kib}k",
                      MPS_COLLECTOR_THREADS=threads,
                      MPS_NURSERY=f"{live_kib // 8}k",
                      MPS_STATISTICS=f"json:{out}")
        if limited.stdout != free.stdout:
            sys.exit(f"with a limit it printed\n{limited.stdout}instead of\n"
                     f"{free.stdout}")
        with open(out) as file:
            counts = json.load(file)
        if counts["peak_bytes"] > limit_kib * 1024:
            sys.exit(f"it took {counts['peak_bytes']} bytes")
        survived = (counts["moved_bytes"] + counts["kept_bytes"] +
                    counts["settled_bytes"])
        if survived < 10 * live_kib * 1024:
            sys.exit(f"{survived} bytes survived, less than ten times the live "
                     "size")
        print(f"limit {limit_kib} KiB, survived {survived >> 10} KiB, "
              f"{counts['collections']} collections")


if __name__ == "__main__":
    main(*sys.argv[1:])
