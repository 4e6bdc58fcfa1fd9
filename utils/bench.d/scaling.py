"""How two threads of one program scale: the time of a process with two threads, and
that of two processes with one thread each, which share nothing but the machine.

Both do the same work at the same time on the same processors and caches, so their
ratio is what threads of one heap cost each other: stops, locks, a collector that
serves both."""
import concurrent.futures
import statistics
import sys
import time

import systems
from systems import BUILD, Execution, Missing, Program

RUNS = 5
SYSTEMS = {
    "mps-llvm": systems.mps,
    "mps-llvm-1ms": lambda program: systems.mps(program, "1ms"),
    "c-malloc": systems.c_malloc,
    "c-mimalloc": systems.c_mimalloc,
    "c-boehm": systems.c_boehm,
    "java-parallel": lambda program: systems.java(program, "Parallel"),
    "go": systems.go,
}


class Pair:
    """The same work by two threads, and by one; each thread has as much memory."""

    def __init__(self, name, work, quick, budget_mib):
        self.title, self.work, self.quick = name, work, quick
        self.budget_mib = budget_mib

    @property
    def arguments(self):
        return self.work

    @arguments.setter
    def arguments(self, work):
        self.work = work

    def of(self, threads):
        return Program(self.title, [str(threads), *self.work], None,
                       threads * self.budget_mib)


PROGRAMS = [Pair("threads", ["18", "60"], ["12", "5"], 69)]


def checked(program, command, environment):
    done = Execution(command + program.arguments, environment)
    if done.failure:
        sys.exit(f"{program.name}: {command[0]}: {done.failure}")
    return done


def time_together(pair, prepare):
    program = pair.of(2)
    return checked(program, *prepare(program)).seconds


def time_copies(pair, prepare):
    program = pair.of(1)
    command, environment = prepare(program)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        start = time.monotonic()
        for each in [pool.submit(checked, program, command, environment)
                     for _ in range(2)]:
            each.result()
        return time.monotonic() - start


def measure(pair, system, runs):
    prepare = SYSTEMS[system]
    together, copies = [], []
    for _ in range(runs):
        systems.touch_memory(2 * pair.budget_mib)
        copies.append(time_copies(pair, prepare))
        together.append(time_together(pair, prepare))
    row = {"benchmark": f"{pair.title}-2", "system": system,
           "together_s": statistics.median(together),
           "copies_s": statistics.median(copies)}
    row["scaling"] = row["copies_s"] / row["together_s"]
    print(f"  {system:14} two threads {row['together_s']:7.3f} s, two copies "
          f"{row['copies_s']:7.3f} s: {row['scaling']:.2f} of their scaling")
    return row


def run(programs, names, runs, problems):
    """The rows for JSON; what is missing is added to `problems`."""
    rows = []
    for pair in programs:
        print(f"\n{pair.title} {' '.join(pair.arguments)}")
        for system in names:
            try:
                rows.append(measure(pair, system, runs))
            except Missing as missing:
                problems.append(f"{pair.title}: {system} is missing: {missing}")
    return rows
