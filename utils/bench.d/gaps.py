#!/usr/bin/env python3
"""How long a program was held up, from when it looked at the clock.

    gaps.py FILE

FILE holds 64-bit integers: nanoseconds, ascending. Prints JSON. The minimum
mutator utilisation of a window (Cheng, Blelloch, "A Parallel, Real-Time Garbage
Collector", 2001) is the least part of any such window that was not in gaps of
LONG_NS and more: what is shorter is taken for the program's own work, of which
systems need up to 30 us between two looks.
"""
import array
import json
import pathlib
import sys

LONG_NS = 100_000
WINDOWS = {"mmu_1ms": 1_000_000, "mmu_10ms": 10_000_000,
           "mmu_100ms": 100_000_000}


def percentile(ascending, part):
    return ascending[min(int(part * len(ascending)), len(ascending) - 1)]


def least_utilisation(gaps, window, first):
    """Of windows that begin where a gap does, or end where one does: one of
    those is the worst."""
    most_lost = 0
    # Of gaps before the one at each index: their length together.
    before = [0]
    for begin, end in gaps:
        before.append(before[-1] + end - begin)
    last = 0
    for i, (begin, _) in enumerate(gaps):
        limit = begin + window
        last = max(last, i)
        while last + 1 < len(gaps) and gaps[last + 1][0] < limit:
            last += 1
        lost = before[last] - before[i] + min(gaps[last][1], limit) - gaps[last][0]
        most_lost = max(most_lost, lost)
    start_index = 0
    for i, (_, end) in enumerate(gaps):
        start = max(end - window, first)
        while gaps[start_index][1] <= start:
            start_index += 1
        begin, limit = gaps[start_index]
        lost = before[i + 1] - before[start_index + 1] + limit - max(begin, start)
        most_lost = max(most_lost, lost)
    return max(0.0, 1 - most_lost / window)


def merged(ascending):
    """Of (begin, end), those that overlap together."""
    result = []
    for begin, end in ascending:
        if result and begin <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((begin, end))
    return result


def utilisations(gaps, first):
    """Of (begin, end) that ascend; for each window."""
    return {name: round(least_utilisation(gaps, window, first), 4) if gaps else 1.0
            for name, window in WINDOWS.items()}


def read(path):
    times = array.array("q")
    times.frombytes(pathlib.Path(path).read_bytes())
    if len(times) < 2:
        sys.exit(f"{path}: fewer than two samples")
    return times


def summary(path):
    times = read(path)
    lengths = [after - before for before, after in zip(times, times[1:])]
    long_gaps = [(before, after) for before, after in zip(times, times[1:])
                 if after - before >= LONG_NS]
    lengths.sort()
    result = {"samples": len(lengths), "seconds": (times[-1] - times[0]) / 1e9,
              "longest_gap_ms": lengths[-1] / 1e6,
              "p50_gap_us": percentile(lengths, 0.5) / 1e3,
              "p99_gap_us": percentile(lengths, 0.99) / 1e3,
              "p9999_gap_us": percentile(lengths, 0.9999) / 1e3}
    result.update(utilisations(long_gaps, times[0]))
    return result


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    print(json.dumps(summary(sys.argv[1])))
