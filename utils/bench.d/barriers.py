"""What the inline tests of compiled code cost: write barriers, read barriers, polls.

Each program is compiled twice by the same passes, once with the barriers of one
kind left out at the last step. Both run without any collection, in rounds, each
time in another order. The cost is the median of the rounds' ratios of their times; the
quartiles tell how much is noise. Time is the process's, of all its threads, from when
`main` begins until it ends (c/time_main.c): before, all memory is faulted in.
Instructions are those that callgrind counts in `main`, and in what a thread begins with,
with a smaller input. A third program, which counts the barriers that it
executes, tells how many a second they are.

The bars are for programs that execute at least 10 million of a kind a second.
"""
import json
import os
import pathlib
import random
import re
import shutil
import statistics
import subprocess
import sys

import systems
from systems import BUILD, Execution, Missing, PEERS, Program, ROOT

RUNS = 15
OFTEN = 10e6  # A second.
SHARE = ROOT / "build" / "share"
PLUGIN = ROOT / "build" / "lib" / "mps-llvm-22.so"
TIMER = PEERS / "c" / "time_main.c"


class Kind:
    def __init__(self, index, bar, configuration=()):
        self.index, self.bar = index, bar
        self.configuration = [f"--config={SHARE / file}" for file in configuration]


# The index is the plugin's, of mps_executed. The bar is a mean, in per cent.
SYSTEMS = {
    "write": Kind(0, 2.0),
    "read": Kind(1, 5.0, ["mps-read-barrier.cfg"]),
    "poll": Kind(2, 1.0),
}


def sized(name, arguments, small, quick=None):
    program = Program(name, arguments, quick or small, 0)
    program.small = small
    return program


# Without collections, all that they allocate has to fit in memory: each runs for 0.1
# to 1 s. string-churn, which takes 20 KB an operation, would need 30 GB for more.
PROGRAMS = [
    sized("binary-trees", ["19"], ["12"]),
    sized("gcbench", ["6"], ["1", "12"]),
    sized("list-sort", ["400000", "12"], ["5000", "2"]),
    sized("map-churn", ["200000", "10000000"], ["2000", "50000"]),
    sized("string-churn", ["500", "400000"], ["100", "2000"]),
    sized("graph", ["100000", "8000000"], ["2000", "20000"]),
    sized("deep-recursion", ["1000000", "60"], ["10000"]),
    sized("numeric", ["4000"], ["100"]),
    sized("latency", ["1000000", "15000000"], ["2000", "20000"]),
]


def build(program, kind, name, options, more=()):
    """The program, compiled with options of the plugin."""
    source = ROOT / "examples" / program.name / f"{program.name}.c"
    target = BUILD / "barriers" / f"{program.name}-{name}"
    plugin = ["-Xclang", "-load", "-Xclang", PLUGIN]
    for option in options:
        plugin += ["-mllvm", option]
    systems.build(["clang-22", f"--config={SHARE / 'mps.cfg'}",
                   *kind.configuration, *plugin, "-O2", source, *more, TIMER,
                   "-Wl,--wrap=main", "-lm", "-o", target], target,
                  [source, *more, TIMER, PLUGIN, ROOT / "build/lib/libmps.a"])
    return target


class Builds:
    def __init__(self, program, name):
        kind = SYSTEMS[name]
        self.whole = build(program, kind, f"with-{name}", [])
        self.lacking = build(program, kind, f"without-{name}",
                             [f"-mps-leave-out={name}"])
        self.counting = build(program, kind, f"counting-{name}",
                              ["-mps-count-barriers"],
                              [PEERS / "c" / "count_barriers.c"])


def allocated_mib(program, arguments):
    """What the program allocates in all, and a little more."""
    target = build(program, SYSTEMS["write"], "with-write", [])
    file = BUILD / "allocated.json"
    subprocess.run([target, *arguments], stdout=subprocess.DEVNULL, check=True,
                   env={**os.environ, "MPS_STATISTICS": f"json:{file}"})
    wanted = json.loads(file.read_text())["allocated_bytes"] * 9 // 8 + (64 << 20)
    if wanted > systems.available_memory() * 3 // 4:
        raise Missing("memory for all that it allocates")
    return wanted >> 20


def executed(target, arguments, kind, environment):
    """How many barriers of the kind a run executes."""
    file = BUILD / "executed"
    subprocess.run([target, *arguments], check=True, stdout=subprocess.DEVNULL,
                   env={**os.environ, **environment, "MPS_EXECUTED": str(file)})
    return int(file.read_text().split()[kind.index])


def instructions(target, arguments, environment):
    """That are executed from main on, also by a thread of the program's."""
    done = subprocess.run(
        ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
         "--toggle-collect=main", "--toggle-collect=thread_main", target,
         *arguments],
        capture_output=True, text=True, env={**os.environ, **environment})
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or not found:
        sys.exit(f"valgrind {target}: {done.stderr[-500:]}")
    return int(found.group(1))


def seconds(target, arguments, environment, answers):
    """Of processor time, of all threads, while main runs."""
    file = BUILD / "seconds"
    done = Execution([str(target), *arguments],
                     {**environment, "MPS_SECONDS": str(file)})
    if done.failure:
        sys.exit(f"{target}: {done.failure}")
    answers.add(done.out)
    if len(answers) > 1:
        sys.exit(f"{target} printed {done.out}, which is another answer")
    return float(file.read_text())


def quartiles(values):
    if len(values) < 2:
        return [values[0], values[0]]
    first, _, third = statistics.quantiles(values, n=4, method="inclusive")
    return [first, third]


def measure(program, name, runs):
    kind, builds = SYSTEMS[name], Builds(program, name)
    arguments = program.arguments
    environment = {"MPS_EPSILON": "1",
                   "MPS_HEAP_LIMIT": f"{allocated_mib(program, arguments)}m"}
    times = {builds.whole: [], builds.lacking: []}
    answers = set()
    is_latency = program.name == "latency"
    more = [str(BUILD / "samples")] if is_latency else []
    for round_number in range(runs):
        for target in random.Random(round_number).sample([*times], 2):
            times[target].append(
                seconds(target, arguments + more, environment, answers))
    whole, lacking = (statistics.median(each) for each in times.values())
    costs = [100 * (one / other - 1) for one, other in zip(*times.values())]
    row = {"benchmark": program.title, "system": name, "median_s": whole,
           "without_s": lacking, "min_s": min(times[builds.whole]),
           "without_min_s": min(times[builds.lacking]),
           "executed": executed(builds.counting, arguments + more, kind,
                                environment),
           "time_percent": statistics.median(costs),
           "time_quartiles": quartiles(costs)}
    row["executed_per_s"] = row["executed"] / whole
    if shutil.which("valgrind"):
        environment["MPS_HEAP_LIMIT"] = "512m"
        one, other = (instructions(target, program.small + more, environment)
                      for target in (builds.whole, builds.lacking))
        row["instructions_percent"] = 100 * (one / other - 1)
    return row


def print_row(row):
    counted = (f"{row['instructions_percent']:9.1f} %"
               if "instructions_percent" in row else "          -")
    often = "" if row["executed_per_s"] >= OFTEN else "  (seldom)"
    print(f"  {row['system']:6} {row['benchmark']:16} "
          f"{row['executed_per_s'] / 1e6:9.1f} {row['without_s']:9.3f} "
          f"{row['median_s']:8.3f} {row['time_percent']:7.1f} % "
          f"{'(%.1f to %.1f)' % tuple(row['time_quartiles']):>15} {counted}{often}",
          flush=True)


def print_summary(rows, names):
    for name in names:
        often = [row for row in rows if row["system"] == name
                 and row["executed_per_s"] >= OFTEN]
        if not often:
            continue
        bar = SYSTEMS[name].bar
        costs = [row["time_percent"] for row in often]
        counted = [row["instructions_percent"] for row in often
                   if "instructions_percent" in row]
        print(f"{name}: {len(often)} programs that execute 10 million a second: "
              f"mean {statistics.fmean(costs):.1f} % (bar {bar:.0f} %), highest "
              f"{max(costs):.1f} % (bar {3 * bar:.0f} %)"
              + (f"; instructions: mean {statistics.fmean(counted):.1f} %"
                 if counted else ""))


def run(programs, names, runs, problems):
    """The rows for JSON; what is missing is added to `problems`."""
    (BUILD / "barriers").mkdir(parents=True, exist_ok=True)
    print(f"  {'kind':6} {'program':16} {'million/s':>9} {'without s':>9} "
          f"{'with s':>8} {'time':>9} {'(quartiles)':>15} {'instructions':>11}")
    rows = []
    for name in names:
        for program in programs:
            try:
                rows.append(measure(program, name, runs))
                print_row(rows[-1])
            except Missing as missing:
                problems.append(f"{program.title}: {name}: {missing}")
    print_summary(rows, names)
    return rows
