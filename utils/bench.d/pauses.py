#!/usr/bin/env python3
"""What pauses are made of.

    pauses.py FILE [--longest N]

FILE is what MPS_PAUSES writes: for each pause when it began, how long it was, and
how much processor time it had, in nanoseconds; how many pages it was the first to touch,
how often it waited and how often another thread got its processor, where that is not 0;
then what was done in it; and at the end, how many were too short to be told one by one,
and how often the system was told to change a protection. Prints, by the part that took
most of a pause, how many there were and how long; and the longest with all their parts.
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
        self.usage = {name: self.parts.pop(name, 0)
                      for name in ("faults", "waits", "preemptions")}

    @property
    def kind(self):
        return max(self.parts, key=self.parts.get) if self.parts else "other"


class Log:
    def __init__(self, path):
        self.pauses = []
        self.brief, self.brief_time, self.protections = 0, 0, 0
        for line in pathlib.Path(path).read_text().splitlines():
            if line.startswith("brief"):
                self.brief, self.brief_time = map(int, line.split()[1:])
            elif line.startswith("protections"):
                self.protections = int(line.split()[1])
            else:
                self.pauses.append(Pause(line))

    @property
    def count(self):
        return self.brief + len(self.pauses)

    def percentile(self, part):
        """Of the lengths, in nanoseconds; of a brief one, 0."""
        lengths = sorted(pause.length for pause in self.pauses)
        index = min(int(part * self.count), self.count - 1) - self.brief
        return lengths[index] if index >= 0 else 0

    def of_kind(self, kind):
        return [pause for pause in self.pauses if pause.kind == kind]


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
        usage = ", ".join(f"{number} {name}" for name, number in pause.usage.items())
        print(f"at {(pause.start - first) / 1e9:7.3f} s: {pause.length / 1e6:.3f} ms"
              f" ({pause.processor / 1e6:.3f} of CPU, {usage}): {parts}")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--longest", type=int, default=20, metavar="N")
    options = parser.parse_args()
    log = Log(options.file)
    if log.pauses:
        print_kinds(log.pauses)
        print_longest(log.pauses, options.longest)
    print(f"{log.brief} brief ones, {log.brief_time / 1e9:.2f} s; protections changed "
          f"{log.protections} times")


if __name__ == "__main__":
    main()
