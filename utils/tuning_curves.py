#!/usr/bin/python3
"""The curves of docs/tuning.md: measures them, and draws them.

    utils/tuning_curves.py measure FILE [--runs N]     some minutes, alone on a machine
    utils/tuning_curves.py draw FILE [FOLDER]          SVG, to docs/images if not given

FILE is JSON: for each curve its points. Drawing wants Debian's python3-matplotlib.
"""
import argparse
import json
import pathlib
import statistics
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "utils" / "bench.d"))
import pauses  # noqa: E402
import systems  # noqa: E402
from gaps import percentile  # noqa: E402
from systems import BUILD, Execution, Program  # noqa: E402

# Arguments, and MiB that live.
PROGRAMS = {
    "gcbench": (["4"], 16),
    "graph": (["200000", "5000000"], 36),
    "latency": (["1000000", "5000000"], 220),
    "binary-trees": (["19"], 47),
    "string-churn": (["2000", "400000"], 52),
}
FACTORS = [1.25, 1.5, 2, 3, 4, 6]
PAUSE_TIMES = ["300us", "1ms", "3ms", "10ms", "30ms", "100ms", "infinity"]
NURSERIES = ["256k", "1m", "4m", "16m", "64m", "128m"]


class Point:
    """Runs of a program with some settings: medians. The longest pause is that of
    processor time: by the clock, it would be the machine's that is measured."""

    def __init__(self, name, runs, **settings):
        arguments, _ = PROGRAMS[name]
        command, _ = systems.managed(Program(name, arguments, None, 0), {})
        log = BUILD / "curve-pauses"
        seconds, longest, typical = [], [], []
        self.failure = None
        for _ in range(runs):
            done = Execution(command + arguments,
                             {**settings, "MPS_PAUSES": str(log)})
            self.failure = self.failure or done.failure
            if done.failure:
                return
            all_pauses = pauses.Log(log)
            seconds.append(done.seconds)
            longest.append(max((pause.processor for pause in all_pauses.pauses),
                               default=0) / 1e6)
            typical.append(all_pauses.percentile(0.9999) / 1e6)
        self.seconds = statistics.median(seconds)
        self.longest_ms = statistics.median(longest)
        self.p9999_ms = statistics.median(typical)

    def row(self, **what):
        if self.failure:
            print(what, self.failure.splitlines()[0][:80])
            return {**what, "seconds": None}
        print(what, f"{self.seconds:.2f} s, longest pause {self.longest_ms:.2f} ms")
        return {**what, "seconds": self.seconds, "longest_ms": self.longest_ms,
                "p9999_ms": self.p9999_ms}


def measure_limits(runs):
    for name in ("gcbench", "graph", "latency"):
        live = PROGRAMS[name][1]
        for pause_time in ("infinity", "1ms"):
            for factor in FACTORS:
                point = Point(name, runs, MPS_PAUSE_TIME=pause_time,
                              MPS_HEAP_LIMIT=f"{int(live * 1024 * factor)}k")
                yield point.row(program=name, pause_time=pause_time, factor=factor)


def measure_pause_times(runs):
    for pause_time in PAUSE_TIMES:
        point = Point("latency", runs, MPS_PAUSE_TIME=pause_time,
                      MPS_HEAP_LIMIT="960m")
        yield point.row(program="latency", pause_time=pause_time)


def measure_nurseries(runs):
    for name in ("gcbench", "binary-trees", "string-churn"):
        limit = f"{6 * PROGRAMS[name][1] + 192}m"
        for nursery in (*NURSERIES, None):
            settings = {"MPS_NURSERY": nursery} if nursery else {}
            point = Point(name, runs, MPS_PAUSE_TIME="infinity",
                          MPS_HEAP_LIMIT=limit, **settings)
            yield point.row(program=name, nursery=nursery)


CURVES = {"limit": measure_limits, "pause-time": measure_pause_times,
          "nursery": measure_nurseries}


def measure(path, runs):
    BUILD.mkdir(parents=True, exist_ok=True)
    data = {name: list(curve(runs)) for name, curve in CURVES.items()}
    pathlib.Path(path).write_text(json.dumps(data, indent=1) + "\n")


# ---- Drawing ----

def mebibytes(text):
    return float(text[:-1]) / (1024 if text.endswith("k") else 1)


def milliseconds(text):
    return float(text[:-2]) / (1000 if text.endswith("us") else 1)


def draw_limits(rows, axes):
    """Each program's time, by its best."""
    for name in dict.fromkeys(row["program"] for row in rows):
        own = [row for row in rows if row["program"] == name and row["seconds"]]
        best = min(row["seconds"] for row in own)
        for pause_time, line in (("infinity", "-"), ("1ms", "--")):
            points = [row for row in own if row["pause_time"] == pause_time]
            label = name if pause_time == "infinity" else f"{name}, 1 ms"
            axes.plot([row["factor"] for row in points],
                      [row["seconds"] / best for row in points], line, marker="o",
                      label=label)
    axes.set_xlabel("heap limit, in times of what lives")
    axes.set_ylabel("time, in times of the best")
    axes.set_yscale("log")
    axes.set_yticks([1, 2, 5, 10, 20, 50], ["1", "2", "5", "10", "20", "50"])


def draw_pause_times(rows, axes):
    finite = [row for row in rows if row["pause_time"] != "infinity"]
    times = [milliseconds(row["pause_time"]) for row in finite]
    axes.loglog(times, [row["longest_ms"] for row in finite], marker="o",
                color="tab:red", label="longest pause, of processor time")
    axes.loglog(times, [row["p9999_ms"] for row in finite], marker="o",
                color="tab:orange", label="99.99 % of pauses")
    axes.loglog(times, times, ":", color="grey", label="the target")
    axes.set_xlabel("pause time, ms")
    axes.set_ylabel("ms")
    seconds = axes.twinx()
    seconds.plot(times, [row["seconds"] for row in finite], "--", marker="s",
                 color="tab:blue", label="time of the program")
    for row in rows:
        if row["pause_time"] == "infinity":
            seconds.axhline(row["seconds"], linestyle="-.", color="tab:blue",
                            linewidth=0.8, label="time with no target")
    seconds.set_ylabel("seconds")
    seconds.set_ylim(0, 1.7 * max(row["seconds"] for row in rows))
    handles = [each for axis in (axes, seconds)
               for each in zip(*axis.get_legend_handles_labels())]
    axes.legend(*zip(*handles), fontsize=8, loc="upper left")


def draw_nurseries(rows, axes):
    for name in dict.fromkeys(row["program"] for row in rows):
        own = [row for row in rows if row["program"] == name]
        measured = [row["seconds"] for row in own if row["nursery"] is None][0]
        points = [row for row in own if row["nursery"] and row["seconds"]]
        axes.semilogx([mebibytes(row["nursery"]) for row in points],
                      [row["seconds"] / measured for row in points], marker="o",
                      label=name)
    axes.axhline(1, linestyle=":", color="grey", label="sized by measurement")
    axes.set_xlabel("MPS_NURSERY, MiB")
    axes.set_ylabel("time, in times of that without it")


DRAWINGS = {"limit": draw_limits, "pause-time": draw_pause_times,
            "nursery": draw_nurseries}


def draw(path, folder):
    import matplotlib
    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "mps"  # The same file each time.
    from matplotlib import pyplot
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in json.loads(pathlib.Path(path).read_text()).items():
        figure, axes = pyplot.subplots(figsize=(6.4, 4))
        DRAWINGS[name](rows, axes)
        if axes.get_legend() is None:
            axes.legend(fontsize=8)
        axes.grid(alpha=0.3)
        figure.tight_layout()
        figure.savefig(folder / f"tuning-{name}.svg", metadata={"Date": None})


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("measure", "draw"))
    parser.add_argument("file")
    parser.add_argument("folder", nargs="?", type=pathlib.Path,
                        default=ROOT / "docs" / "images")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    if options.what == "measure":
        measure(options.file, options.runs)
    else:
        draw(options.file, options.folder)


if __name__ == "__main__":
    main()
