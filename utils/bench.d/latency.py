"""How long a program is held up: gaps between its looks at the clock, and what our
runtime measures itself."""
import random
import statistics
import subprocess
import sys

import gaps
import pauses
import systems
from systems import BUILD, Execution, HISTOGRAM_JAR, Missing, PEERS, Program

MILLION = 1000000
RUNS = 1


def table(millions, budget_mib):
    return Program("latency", [str(millions * MILLION), str(5 * millions * MILLION)],
                   ["2000", "20000"], budget_mib, f"latency-{millions}m")


def living(gibibytes):
    """So many GiB live, and half as much again may be used; as many replacements
    for each."""
    objects = gibibytes * 5 * MILLION
    return Program("latency", [str(objects), str(25 * MILLION)],
                   ["2000", "20000"], gibibytes * 1536, f"latency-{gibibytes}g")


PROGRAMS = [table(1, 1024), table(8, 8192), table(24, 16384), living(1), living(4),
            living(10)]

SYSTEMS = {
    "mps-llvm": lambda program: systems.mps(program, "1ms"),
    "mps-llvm-alone": lambda program: systems.mps_alone(program, "1ms"),
    "mps-llvm-infinity": systems.mps,
    "mps-client": systems.c_mps,
    "idle": systems.c_idle,
    "idle-busy": lambda program: systems.c_idle(program, "idle-busy", ["-DBUSY"]),
    "c-malloc": systems.c_malloc,
    "c-mimalloc": systems.c_mimalloc,
    "c-boehm": systems.c_boehm,
    "ocaml": systems.ocaml,
    "java-parallel": lambda program: systems.java(program, "Parallel"),
    "java-g1": lambda program: systems.java(program, "G1"),
    "java-shenandoah": lambda program: systems.java(program, "Shenandoah"),
    "java-zgc": lambda program: systems.java(program, "Z"),
    "go": systems.go,
}
OURS = ("mps-llvm", "mps-llvm-alone", "mps-llvm-infinity", "mps-client")
IDLE = ("idle", "idle-busy")


def pauses_of(path, first):
    """Of our runtime's own log. Utilisation from `first` on is that of all pauses,
    however short; where some are not one by one in the log, that of what is."""
    log = pauses.Log(path)
    faults = log.of_kind("fault")
    times = sorted((pause.start, pause.start + pause.length)
                   for pause in log.pauses if pause.start >= first)
    return {**gaps.utilisations(gaps.merged(times), first),
            "pauses": log.count,
            "longest_pause_ms": log.percentile(1) / 1e6,
            "longest_pause_cpu_ms":
                max(pause.processor for pause in log.pauses) / 1e6,
            "pauses_above_1ms_cpu": sum(pause.processor > pauses.MILLISECOND
                                        for pause in log.pauses),
            "p9999_pause_ms": log.percentile(0.9999) / 1e6,
            "p99_pause_ms": log.percentile(0.99) / 1e6,
            "faults": len(faults),
            "faults_s": sum(pause.length for pause in faults) / 1e9,
            "longest_fault_ms":
                max((pause.length for pause in faults), default=0) / 1e6,
            "protections": log.protections}


def write_histogram(pause_log, log, problems):
    if not HISTOGRAM_JAR.exists():
        problems.append(f"{log.name}: libhdrhistogram-java is missing")
        return
    folder = BUILD / "java" / "PauseHistogram"
    source = PEERS / "java" / "PauseHistogram.java"
    systems.build(["javac", "-cp", HISTOGRAM_JAR, "-d", folder, source],
                  folder / "PauseHistogram.class", [source])
    subprocess.run(["java", "-cp", f"{HISTOGRAM_JAR}:{folder}", "PauseHistogram",
                    str(pause_log), str(log)], check=True)


class Result:
    def __init__(self, program, system):
        self.program, self.system = program, system
        self.runs = []
        self.failure = None

    def add(self, done, samples, pause_log, problems):
        run = {**gaps.summary(samples), "total_s": done.seconds,
               "peak_rss_mib": done.rss_mib}
        if self.system == "idle-busy":
            longest, above = done.out.split()
            run["longest_gap_cpu_ms"] = float(longest)
            run["gaps_above_1ms_cpu"] = int(above)
        if self.system in OURS:
            run |= pauses_of(pause_log, gaps.read(samples)[0])
            write_histogram(pause_log, pause_log.with_suffix(".hlog"), problems)
        self.runs.append(run)

    def row(self):
        """Medians of all runs; of what is longest or least, the worst."""
        row = {"benchmark": self.program.title, "system": self.system,
               "budget_mib": self.program.budget_mib,
               "median_s": statistics.median(run["total_s"] for run in self.runs)}
        for key in self.runs[0]:
            values = [run[key] for run in self.runs]
            if key.startswith("longest") or key == "peak_rss_mib":
                row[key] = max(values)
            elif key.startswith("mmu"):
                row[key] = min(values)
            elif key != "total_s":
                row[key] = statistics.median(values)
        return row


def measure(program, names, runs, problems):
    ready = []
    for system in names:
        result = Result(program, system)
        try:
            ready.append((result, *SYSTEMS[system](program)))
        except Missing as missing:
            problems.append(f"{program.title}: {system} is missing: {missing}")
    samples = BUILD / "samples"
    answer = None
    for round_number in range(runs):
        for result, command, environment in random.Random(round_number).sample(
                ready, len(ready)):
            if result.failure:
                continue
            pause_log = BUILD / f"{program.title}-{result.system}.pauses"
            if result.system in OURS:
                environment = {**environment, "MPS_PAUSES": str(pause_log)}
            systems.touch_memory(program.budget_mib)
            done = Execution(command + program.arguments + [str(samples)],
                             environment)
            result.failure = done.failure
            if result.failure:
                continue
            if result.system not in IDLE:
                answer = answer or done.out
                if done.out != answer:
                    sys.exit(f"{program.title}: {result.system} printed\n"
                             f"{done.out}instead of\n{answer}")
            result.add(done, samples, pause_log, problems)
    for result, _, _ in ready:
        if result.failure:
            print(f"{program.title}: {result.system}: {result.failure}")
    return [result.row() for result, _, _ in ready if result.runs]


def print_table(rows):
    print(f"\n{rows[0]['benchmark']} (budget {rows[0]['budget_mib']} MiB)")
    print(f"  {'system':18} {'seconds':>8} {'longest':>9} {'99.99 %':>9} "
          f"{'99 %':>8} {'MMU 1':>6} {'10':>6} {'100 ms':>6} {'peak MiB':>9}")
    for row in sorted(rows, key=lambda row: row["median_s"]):
        print(f"  {row['system']:18} {row['median_s']:8.2f} "
              f"{row['longest_gap_ms']:6.2f} ms {row['p9999_gap_us'] / 1e3:6.2f} ms "
              f"{row['p99_gap_us']:5.0f} us {row['mmu_1ms']:6.3f} "
              f"{row['mmu_10ms']:6.3f} {row['mmu_100ms']:6.3f} "
              f"{row['peak_rss_mib']:9.0f}")
    for row in rows:
        if row["system"] in OURS:
            print(f"  {row['system']}: {row['pauses']:.0f} pauses, longest "
                  f"{row['longest_pause_ms']:.2f} ms (processor time "
                  f"{row['longest_pause_cpu_ms']:.2f} ms, more than 1 ms in "
                  f"{row['pauses_above_1ms_cpu']:.0f}), 99.99 % "
                  f"{row['p9999_pause_ms']:.2f} ms, 99 % "
                  f"{row['p99_pause_ms']:.3f} ms")
        if row["system"] == "idle-busy":
            print(f"  {row['system']}: longest gap by processor time "
                  f"{row['longest_gap_cpu_ms']:.2f} ms, more than 1 ms in "
                  f"{row['gaps_above_1ms_cpu']:.0f}")
        if row.get("protections"):
            print(f"  {row['system']}: {row['faults']:.0f} stores into protected "
                  f"memory, {row['faults_s']:.2f} s, the longest "
                  f"{row['longest_fault_ms']:.2f} ms; protections changed "
                  f"{row['protections']:.0f} times")


def run(programs, names, runs, problems):
    """The rows for JSON; what is missing is added to `problems`."""
    rows = []
    for program in programs:
        measured = measure(program, names, runs, problems)
        if measured:
            print_table(measured)
        rows += measured
    return rows
