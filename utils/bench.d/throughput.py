"""How fast programs are, whatever holds them up: medians of the time from start to
end of a process, and ratios to the best peer."""
import json
import math
import random
import statistics
import sys

import systems
from systems import BUILD, Execution, Missing, Program

SYSTEMS = {
    "mps-llvm": systems.mps,
    "epsilon": systems.epsilon,
    "c-malloc": systems.c_malloc,
    "c-mimalloc": systems.c_mimalloc,
    "c-boehm": systems.c_boehm,
    "ocaml": systems.ocaml,
    "ocaml-32m": systems.ocaml_32m,
    "java-serial": lambda program: systems.java(program, "Serial"),
    "java-parallel": lambda program: systems.java(program, "Parallel"),
    "java-g1": lambda program: systems.java(program, "G1"),
    "java-zgc": lambda program: systems.java(program, "Z"),
    "go": systems.go,
}
OURS = ["mps-llvm", "epsilon"]
RUNS = 5


def against(commit):
    """Compares with ours as it was at a commit. Returns the systems."""
    earlier = f"mps-llvm@{commit}"
    SYSTEMS[earlier] = systems.mps_at(commit)
    OURS.append(earlier)
    return ["mps-llvm", earlier]


def kept_alive(name, arguments, quick, live_mib):
    """A program that may use three times the MiB that it keeps alive."""
    title = f"{name}-{arguments[0]}" if name == "threads" else None
    return Program(name, arguments, quick, max(16, 3 * live_mib), title)


# Live sizes are the greatest that full collections of ours left over, one every
# few megabytes; deep-recursion's has its stack beside it, and list-sort's the
# input, which a conservative frame keeps.
PROGRAMS = [
    kept_alive("binary-trees", ["21"], ["16"], 187),
    kept_alive("gcbench", ["4"], ["1", "14"], 16),
    kept_alive("list-sort", ["1000000", "5"], ["50000", "2"], 46),
    kept_alive("map-churn", ["500000", "10000000"], ["20000", "200000"], 30),
    kept_alive("string-churn", ["2000", "400000"], ["100", "5000"], 52),
    kept_alive("graph", ["200000", "5000000"], ["5000", "50000"], 36),
    kept_alive("deep-recursion", ["1000000"], ["10000"], 75),
    kept_alive("threads", ["1", "18", "60"], ["1", "12", "5"], 23),
    kept_alive("threads", ["2", "18", "60"], ["2", "12", "5"], 46),
    kept_alive("threads", ["4", "18", "60"], ["4", "12", "5"], 90),
    kept_alive("numeric", ["2000"], ["100"], 1),
]


class Result:
    def __init__(self, program, system):
        self.program, self.system = program, system
        self.seconds, self.rss_mib, self.pauses, self.collections = [], [], [], 0
        self.failure = None

    def row(self):
        row = {"benchmark": self.program.title, "system": self.system,
               "median_s": statistics.median(self.seconds),
               "min_s": min(self.seconds), "max_s": max(self.seconds),
               "peak_rss_mib": max(self.rss_mib),
               "budget_mib": self.program.budget_mib}
        if self.system in OURS:
            row["longest_pause_ms"] = max(self.pauses, default=0.0)
            row["collections"] = self.collections
        return row


def run_once(command, environment, program, result):
    """One run. Returns what it printed."""
    statistics_file = BUILD / "statistics.json"
    statistics_file.unlink(missing_ok=True)
    if result.system in OURS:
        environment = {**environment, "MPS_STATISTICS": f"json:{statistics_file}"}
    systems.touch_memory(program.budget_mib)
    done = Execution(command + program.arguments, environment)
    result.failure = done.failure
    if result.failure:
        return None
    seconds = done.seconds
    if statistics_file.exists():
        counts = json.loads(statistics_file.read_text())
        seconds -= counts["fault_in_ns"] / 1e9
        result.pauses.append(counts["longest_pause_ns"] / 1e6)
        result.collections = counts["collections"]
    result.seconds.append(seconds)
    result.rss_mib.append(done.rss_mib)
    return done.out


def measure(program, names, runs, problems):
    """The results of one program, in the order of the systems."""
    ready = []
    for system in names:
        result = Result(program, system)
        try:
            ready.append((result, *SYSTEMS[system](program)))
        except Missing as missing:
            problems.append(f"{program.title}: {system} is missing: {missing}")
    answer = None
    for round_number in range(runs):
        # What a process pays for memory depends on who had it before.
        order = random.Random(round_number).sample(ready, len(ready))
        for result, command, environment in order:
            if result.failure:
                continue
            out = run_once(command, environment, program, result)
            if out is None:
                continue
            answer = out if answer is None else answer
            if out != answer:
                sys.exit(f"{program.title}: {result.system} printed\n{out}"
                         f"instead of\n{answer}")
    for result, _, _ in ready:
        if result.failure:
            print(f"{program.title}: {result.system}: {result.failure}")
    return [result for result, _, _ in ready if not result.failure]


def best_peer(rows):
    peers = [row for row in rows if row["system"] not in OURS]
    return min(peers, key=lambda row: row["median_s"], default=None)


def print_table(rows):
    best = best_peer(rows)
    name, budget = rows[0]["benchmark"], rows[0]["budget_mib"]
    print(f"\n{name} (budget {budget} MiB)")
    print(f"  {'system':22} {'median s':>9} {'min':>8} {'max':>8} "
          f"{'peak MiB':>9} {'to best':>8}  notes")
    for row in sorted(rows, key=lambda row: row["median_s"]):
        ratio = (f"{row['median_s'] / best['median_s']:8.2f}" if best
                 else "       -")
        notes = []
        if row["peak_rss_mib"] > row["budget_mib"] and row["system"] != "epsilon":
            notes.append("over budget")
        if row["system"].startswith("mps-llvm"):
            notes.append(f"{row['collections']} collections, longest pause "
                         f"{row['longest_pause_ms']:.1f} ms")
        print(f"  {row['system']:22} {row['median_s']:9.3f} {row['min_s']:8.3f}"
              f" {row['max_s']:8.3f} {row['peak_rss_mib']:9.0f} {ratio}  "
              f"{'; '.join(notes)}", flush=True)


def geometric_mean(values):
    return math.exp(statistics.fmean(map(math.log, values)))


def print_summary(rows):
    ratios, costs, changes = {}, {}, {}
    for name in dict.fromkeys(row["benchmark"] for row in rows):
        of = {row["system"]: row["median_s"] for row in rows
              if row["benchmark"] == name}
        best = best_peer([row for row in rows if row["benchmark"] == name])
        if "mps-llvm" in of and best:
            ratios[name] = of["mps-llvm"] / best["median_s"]
        if "mps-llvm" in of and "epsilon" in of:
            costs[name] = of["mps-llvm"] / of["epsilon"]
        for system in of:
            if system.startswith("mps-llvm@"):
                changes[name] = of["mps-llvm"] / of[system]
    for title, values in (("to the best peer", ratios),
                          ("to epsilon (no collection)", costs),
                          ("to what it was", changes)):
        if values:
            print(f"\nmps-llvm {title}: geometric mean "
                  f"{geometric_mean(values.values()):.2f}")
            for name, value in values.items():
                print(f"  {name:16} {value:5.2f}")


def run(programs, names, runs, problems):
    """The rows for JSON; what is missing is added to `problems`."""
    rows = []
    for program in programs:
        results = measure(program, names, runs, problems)
        measured = [result.row() for result in results]
        if measured:
            print_table(measured)
        rows += measured
    print_summary(rows)
    return rows
