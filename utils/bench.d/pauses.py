#!/usr/bin/env python3
"""What pauses are made of.

    pauses.py FILE [--longest N]

FILE is what MPS_PAUSES writes: for each pause when it began, how long it was, and
how much processor time it had, in nanoseconds; how many pages it was the first to touch;
then what was done in it. Prints, by the part that took most of a pause, how many there
were and how long; and the longest with all their parts.
"""
import argparse
import collections
import pathlib

from gaps import percentile

MILLISECOND = 1_000_000


class Pause:
    def __init__(self, line):
        start, length, processor, *parts = line.split()
        self.start, self.length = int(start), int(length)
        self.processor = int(processor)
        self.parts = {name: int(time) for name, time in
                      (part.split("=") for part in parts)}
        self.faults = self.parts.pop("faults", 0)

    @property
    def kind(self):
        return max(self.parts, key=self.parts.get) if self.parts else "other"


def read(path):
    return [Pause(line) for line in pathlib.Path(path).read_text().splitlines()]


def print_kinds(pauses):
    by_kind = collections.defaultdict(list)
    for pause in pauses:
        by_kind[pause.kind].append(pause)
    print(f"{'mostly':12} {'pauses':>8} {'total s':>8} {'99 % ms':>8} "
          f"{'99.99 %':>8} {'longest':>8} {'of CPU':>8} {'> 1 ms':>7} {'of CPU':>7}")
    for kind, group in sorted(by_kind.items(),
                              key=lambda item: -sum(p.length for p in item[1])):
        ascending = sorted(pause.length for pause in group)
        print(f"{kind:12} {len(group):8} {sum(ascending) / 1e9:8.2f} "
              f"{percentile(ascending, 0.99) / 1e6:8.3f} "
              f"{percentile(ascending, 0.9999) / 1e6:8.3f} "
              f"{ascending[-1] / 1e6:8.3f} "
              f"{max(p.processor for p in group) / 1e6:8.3f} "
              f"{sum(p.length > MILLISECOND for p in group):7} "
              f"{sum(p.processor > MILLISECOND for p in group):7}")


def print_longest(pauses, count):
    first = min(pause.start for pause in pauses)
    for pause in sorted(pauses, key=lambda pause: -pause.length)[:count]:
        parts = ", ".join(f"{name} {time / 1e6:.3f}" for name, time in
                          sorted(pause.parts.items(), key=lambda item: -item[1])
                          if time > pause.length / 100)
        print(f"at {(pause.start - first) / 1e9:7.3f} s: {pause.length / 1e6:.3f} ms"
              f" ({pause.processor / 1e6:.3f} of CPU, {pause.faults} page faults): "
              f"{parts}")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--longest", type=int, default=20, metavar="N")
    options = parser.parse_args()
    pauses = read(options.file)
    if not pauses:
        return print("no pauses")
    print_kinds(pauses)
    print_longest(pauses, options.longest)


if __name__ == "__main__":
    main()
