"""How the tests run a program."""
import os
import subprocess
import sys


def run(command, **variables):
    """The completed run, with its output as text. Ends the test if it fails."""
    done = subprocess.run(command, capture_output=True, text=True,
                          env={**os.environ, **variables})
    if done.returncode != 0:
        sys.exit(f"{variables} {command}: exit code {done.returncode}\n"
                 f"{done.stderr[-2000:]}")
    return done
