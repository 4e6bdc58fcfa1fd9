#!/usr/bin/env python3
"""Runs every test suite with lit and ends in a line of totals.

Suites: the release build with each LLVM version, and the unit tests of the
sanitizer builds. lit runs GoogleTest programs too, so there is one runner and
one count. Exits 0 only if at least one test ran and none failed.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
LIT = "/usr/lib/llvm-22/bin/lit"
SUITES = ["build/test/llvm-22", "build/test/llvm-19", "build/test/unit",
          "build-dev/test/unit", "build-tsan/test/unit"]
PASSED = {"PASS", "XFAIL"}
SKIPPED = {"UNSUPPORTED", "SKIPPED", "EXCLUDED"}


def print_slowest(tests, count=20):
    """Says where the time went: the tests that took longest, in seconds."""
    slowest = sorted(tests, key=lambda test: -test["elapsed"])[:count]
    total = sum(test["elapsed"] for test in tests)
    print(f"\n{total:.0f} s of tests, the longest:")
    for test in slowest:
        print(f"{test['elapsed']:8.1f}  {test['name']}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", default="2")
    parser.add_argument("--filter", default="")
    parser.add_argument("suites", nargs="*", default=SUITES)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        results = pathlib.Path(folder) / "results.json"
        command = [LIT, "-j", options.jobs, "--order=smart", "-v",
                   "--timeout=1200", "-o", str(results)]
        if options.filter:
            command += ["--filter", options.filter]
        subprocess.run(command + ["-q"] + options.suites, cwd=ROOT)
        if not results.exists():
            sys.exit("lit wrote no results")
        tests = json.loads(results.read_text())["tests"]
    codes = [test["code"] for test in tests]
    for test in tests:
        if test["code"] not in PASSED | SKIPPED:
            print(f"\n==== {test['code']}: {test['name']}\n{test['output']}")
    print_slowest(tests)
    passed = sum(code in PASSED for code in codes)
    skipped = sum(code in SKIPPED for code in codes)
    failed = len(codes) - passed - skipped
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
