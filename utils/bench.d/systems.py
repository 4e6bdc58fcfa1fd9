"""The systems that the benchmarks compare: how a program is built for each, and
how each is told its memory budget.

A function of SYSTEMS takes a Program, and returns the command, without the
program's arguments, and the environment that it wants; it raises Missing if the
system is not installed.
"""
import json
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = ROOT / "build" / "bench"
PEERS = ROOT / "utils" / "bench.d"
PACKAGES = ["libgc-dev", "libmimalloc-dev", "ocaml-nox", "golang-go",
            "openjdk-17-jdk-headless", "libhdrhistogram-java"]
HISTOGRAM_JAR = pathlib.Path("/usr/share/java/hdrhistogram.jar")


class Program:
    """A benchmark: its arguments, and the memory that it may use, in MiB."""

    def __init__(self, name, arguments, quick, budget_mib, title=None):
        self.name, self.arguments, self.quick = name, arguments, quick
        self.budget_mib, self.title = budget_mib, title or name

    @property
    def camel(self):
        return "".join(part.capitalize() for part in self.name.split("-"))

    @property
    def snake(self):
        return self.name.replace("-", "_")


class Missing(Exception):
    pass


def build(command, target, sources):
    """Runs the command if the target is older than a source."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists() and all(
            target.stat().st_mtime > source.stat().st_mtime
            for source in sources):
        return
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    except FileNotFoundError:
        raise Missing(command[0])
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")


def need_header(name):
    if not any(pathlib.Path(folder, name).exists()
               for folder in ("/usr/include", "/usr/local/include")):
        raise Missing(name)


def managed(program, environment, root=ROOT, folder="mps"):
    source = root / "examples" / program.name / f"{program.name}.c"
    target = BUILD / folder / program.name
    build(["clang-22", f"--config={root}/build/share/mps.cfg", "-O2", source,
           "-lm", "-o", target], target,
          [source, root / "build/lib/libmps.a", root / "build/lib/mps-llvm-22.so"])
    return [str(target)], environment


def mps(program, pause_time="infinity", root=ROOT, folder="mps"):
    # The limit is the heap's; the process needs a little more.
    limit_kib = program.budget_mib * 1024 * 15 // 16
    return managed(program, {"MPS_HEAP_LIMIT": f"{limit_kib}k",
                             "MPS_PAUSE_TIME": pause_time}, root, folder)


def mps_alone(program, pause_time):
    """Ours without collector threads: the program's own do all."""
    command, environment = mps(program, pause_time)
    return command, {**environment, "MPS_COLLECTOR_THREADS": "0"}


def mps_at(commit):
    """Ours as it was at a commit: built once, in a tree of its own."""
    name = subprocess.run(["git", "rev-parse", "--short=12", f"{commit}^{{commit}}"],
                          cwd=ROOT, capture_output=True, text=True)
    if name.returncode != 0:
        sys.exit(f"--against {commit}: no such commit; give one of `git log`")
    folder = f"mps-{name.stdout.strip()}"
    root = BUILD / folder / "tree"
    plugin = root / "build" / "lib" / "mps-llvm-22.so"
    if not plugin.exists():
        root.mkdir(parents=True, exist_ok=True)
        archive = subprocess.run(["git", "archive", commit], cwd=ROOT, check=True,
                                 capture_output=True).stdout
        subprocess.run(["tar", "-x"], cwd=root, check=True, input=archive)
        for command in (["cmake", "--preset", "release", "-DMPS_TESTS=OFF",
                         "-DMPS_LLVM_VERSIONS=22"],
                        ["cmake", "--build", "build", "-j", str(os.cpu_count())]):
            subprocess.run(command, cwd=root, check=True, stdout=subprocess.DEVNULL)
    return lambda program: mps(program, root=root, folder=folder)


def epsilon(program):
    return managed(program, {"MPS_EPSILON": "1",
                             "MPS_HEAP_LIMIT": f"{epsilon_mib(program)}m"})


def epsilon_mib(program):
    """What the program allocates in all, as our statistics tell it."""
    command, environment = mps(program)
    statistics_file = BUILD / "allocated.json"
    subprocess.run(command + program.arguments, stdout=subprocess.DEVNULL,
                   env={**os.environ, **environment,
                        "MPS_STATISTICS": f"json:{statistics_file}"}, check=True)
    allocated = json.loads(statistics_file.read_text())["allocated_bytes"]
    available = available_memory()
    wanted = allocated * 9 // 8 + (64 << 20)
    if wanted > available * 3 // 4:
        raise Missing("memory for all that it allocates")
    return wanted >> 20


def available_memory():
    for line in pathlib.Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) << 10
    return 0


TOUCH = """
import ctypes, mmap, sys
memory = mmap.mmap(-1, int(sys.argv[1]) << 20)
memory.madvise(mmap.MADV_HUGEPAGE)
ctypes.memset(ctypes.addressof(ctypes.c_char.from_buffer(memory)), 1, len(memory))
"""


def touch_memory(mib):
    """Writes to so much memory once, and gives it back. A virtual machine's host may
    have put nothing behind it yet, and whoever runs next would pay for that: a second
    for each GiB, say."""
    most = available_memory() * 3 // 4 >> 20
    subprocess.run([sys.executable, "-c", TOUCH, str(min(mib, most))], check=True)


def c(program, kind, flags, libraries):
    source = PEERS / "c" / f"{program.name}.c"
    target = BUILD / f"c-{kind}" / program.name
    build(["clang-22", "-O2", *flags, source, "-o", target, *libraries, "-lm",
           "-pthread"], target, [source])
    return [str(target)], {}


def c_malloc(program):
    return c(program, "malloc", [], [])


def c_mimalloc(program):
    need_header("mimalloc.h")
    return c(program, "mimalloc", [], ["-lmimalloc"])


def c_boehm(program):
    need_header("gc.h")
    command, _ = c(program, "boehm", ["-DBOEHM"], ["-lgc"])
    return command, {"GC_MAXIMUM_HEAP_SIZE": f"{program.budget_mib}M"}


def c_mps(program):
    """A client of the C interface, without barrier code."""
    source = PEERS / "c" / f"{program.name}-mps.c"
    target = BUILD / "c-mps" / program.name
    library = ROOT / "build" / "lib" / "libmps.a"
    build(["clang-22", "-O2", f"-I{ROOT}/include", source, library, "-lpthread",
           "-o", target], target, [source, library])
    return [str(target)], {"BENCH_BUDGET_MIB": str(program.budget_mib * 15 // 16)}


def c_idle(program, kind="idle", flags=()):
    """Not the program: one that allocates nothing."""
    source = PEERS / "c" / f"{program.name}-idle.c"
    target = BUILD / f"c-{kind}" / program.name
    build(["clang-22", "-O2", *flags, source, "-o", target, "-pthread"], target,
          [source])
    return [str(target)], {}


def ocaml(program):
    source = PEERS / "ocaml" / f"{program.snake}.ml"
    folder = BUILD / "ocaml"
    folder.mkdir(parents=True, exist_ok=True)
    copy = folder / source.name
    if not copy.exists() or copy.read_bytes() != source.read_bytes():
        copy.write_bytes(source.read_bytes())
    target = folder / program.name
    build(["ocamlopt", "-O3", "-unsafe", "-inline",
           "100", "-I", "+threads", "unix.cmxa", "threads.cmxa", copy, "-o",
           target], target, [copy])
    return [str(target)], {}


def ocaml_32m(program):
    command, _ = ocaml(program)
    return command, {"OCAMLRUNPARAM": "s=4M"}


def java(program, collector):
    source = PEERS / "java" / f"{program.camel}.java"
    folder = BUILD / "java" / program.camel
    target = folder / f"{program.camel}.class"
    build(["javac", "-d", folder, source], target, [source])
    return ["java", f"-XX:+Use{collector}GC", f"-Xmx{program.budget_mib}m",
            "-cp", str(folder), program.camel], {}


def go(program):
    source = PEERS / "go" / f"{program.name}.go"
    target = BUILD / "go" / program.name
    build(["go", "build", "-o", target, source], target, [source])
    return [str(target)], {"GOGC": "off",
                           "GOMEMLIMIT": f"{program.budget_mib}MiB"}


class Execution:
    """A run of a command to its end."""

    def __init__(self, command, environment):
        start = time.monotonic()
        process = subprocess.Popen(command, env={**os.environ, **environment},
                                   stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        self.out, self.err = process.stdout.read(), process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        self.seconds = time.monotonic() - start
        self.code = process.returncode = os.waitstatus_to_exitcode(status)
        self.rss_mib = usage.ru_maxrss / 1024

    @property
    def failure(self):
        if self.code == 0:
            return None
        return f"exit code {self.code}: {self.err[-300:].strip()}"
