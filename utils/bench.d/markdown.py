#!/usr/bin/env python3
"""Writes what `utils/bench --json FILE` measured as the tables of
docs/performance.md.

    utils/bench.d/markdown.py FILE...

Several files are taken together; of a program and system that is in more than
one, the last counts.
"""
import json
import pathlib
import sys

OURS = ("mps-llvm", "epsilon")


def row(cells):
    print("| " + " | ".join(cells) + " |")


def head(cells):
    row(cells)
    print("|" + "---|" * len(cells))


def best_peer(of):
    return min((system for system in of if system not in OURS),
               key=lambda system: of[system]["median_s"], default=None)


def seconds(of, system):
    if system not in of:
        return "-"
    text = f"{of[system]['median_s']:.2f}"
    if of[system]["peak_rss_mib"] > of[system]["budget_mib"] and system not in OURS:
        text += "*"
    return f"**{text}**" if system == best_peer(of) else text


def ratio(of, system):
    if system not in of:
        return "-"
    return f"{of['mps-llvm']['median_s'] / of[system]['median_s']:.2f}"


def throughput(programs, systems):
    head(["program", "budget", *systems])
    for program, of in programs.items():
        row([program, str(next(iter(of.values()))["budget_mib"]),
             *(seconds(of, system) for system in systems)])
    print()
    head(["program", "to the best peer", "to Boehm", "to epsilon", "peak MiB",
          "of the budget", "collections", "longest pause ms"])
    for program, of in programs.items():
        if "mps-llvm" not in of:
            continue
        ours = of["mps-llvm"]
        row([program, ratio(of, best_peer(of)), ratio(of, "c-boehm"),
             ratio(of, "epsilon"), f"{ours['peak_rss_mib']:.0f}",
             f"{ours['peak_rss_mib'] / ours['budget_mib']:.0%}",
             str(ours["collections"]), f"{ours['longest_pause_ms']:.1f}"])


def latency(of):
    head(["system", "seconds", "longest pause, ms (of processor time)",
          "99.99 % of pauses, ms", "longest gap, ms", "99.99 % of gaps, ms",
          "utilisation in 1, 10, 100 ms", "peak MiB"])
    for each in sorted(of.values(), key=lambda each: each["median_s"]):
        pauses = ["", ""]
        if "longest_pause_ms" in each:
            pauses = [f"{each['longest_pause_ms']:.1f} "
                      f"({each['longest_pause_cpu_ms']:.1f})",
                      f"{each['p9999_pause_ms']:.2f}"]
        row([each["system"], f"{each['median_s']:.1f}", *pauses,
             f"{each['longest_gap_ms']:.1f}", f"{each['p9999_gap_us'] / 1e3:.2f}",
             ", ".join(f"{each[f'mmu_{window}ms']:.2f}"
                       for window in (1, 10, 100)),
             f"{each['peak_rss_mib']:.0f}"])


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    programs, systems, latencies = {}, {}, {}
    for name in sys.argv[1:]:
        for each in json.loads(pathlib.Path(name).read_text()):
            program, system = each["benchmark"], each["system"]
            if "longest_gap_ms" in each:
                latencies.setdefault(program, {})[system] = each
            else:
                programs.setdefault(program, {})[system] = each
                systems[system] = True
    if programs:
        throughput(programs, systems)
    for program, of in latencies.items():
        print(f"\n{program}:\n")
        latency(of)


if __name__ == "__main__":
    main()
