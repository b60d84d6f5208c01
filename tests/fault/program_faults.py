#!/usr/bin/env python3
"""Makes calls fail under `cutline sim PROGRAM` and `cutline compare`.

    program_faults.py CUTLINE INJECT COINS

As command_faults.py, but of the commands that start a program: COINS, under
which nothing fails but what it is asked to. Where a call fails, the command
says so in one line, its last, and exits with 2; or it does all as always, to the byte.
TAP on standard output.
"""

import os
import pathlib
import shutil
import sys
import tempfile

from command_faults import ERRORS, MEMORY, Runner, Tap, line_problem

COINS = "--seed 1 --until 14 --snapshot-at 2:0 ./coins 20"
COMPARE = "--runs 2 --algorithms chandy-lamport,naive " + COINS
# Each with its exit status.
CASES = [
    ("sim", f"sim {COINS}", 0),
    ("judge", f"sim --judge --quiet --algorithm naive {COINS}", 1),
    ("log", f"sim --log {COINS}", 0),
    (
        "diagram",
        f"sim --diagram --judge --duplicate 30% --crash 5:2 --join 1:1 {COINS}",
        1,
    ),
    ("json", f"sim --json --log {COINS}", 0),
    ("it dies", f"sim {COINS} crash", 2),
    ("compare", f"compare {COMPARE} plain", 0),
    ("compare, it fails", f"compare --json {COMPARE} fail", 1),
    ("compare, it dies", f"compare {COMPARE} crash", 1),
]
CALLS_MAX = 100000


def check(
    runner: Runner, arguments: list[str], status: int, function: str, mode: str
) -> str | None:
    clean = runner.run(arguments)
    if clean.status != status:
        return f"{clean}"
    k = 1
    while k < CALLS_MAX:
        fail = f"{function}:{k}{mode}:{ERRORS[function]}"
        result = runner.run(arguments, fail)
        if result.failures == 0:
            return None if k > 1 else f"{function} is never called"
        same = result._replace(failures=0) == clean
        # What was found wrong before is said all the same.
        last = b"".join(result.errors.splitlines(keepends=True)[-1:])
        found = None if same else line_problem(last)
        if not same and result.status != 2:
            found = f"exit status {result.status}: {result}"
        if found:
            return f"CUT_FAIL={fail}: {found}"
        # The first calls are the ones that differ.
        k += 1 + k // 30
    return f"{function} is called without end"


def main() -> int:
    if len(sys.argv) != 4:
        sys.exit("usage: program_faults.py CUTLINE INJECT COINS")
    cutline, inject = (os.path.abspath(argument) for argument in sys.argv[1:3])
    tap = Tap()
    with tempfile.TemporaryDirectory() as name:
        work = pathlib.Path(name)
        shutil.copy(sys.argv[3], work / "coins")
        runner = Runner(cutline, inject, work)
        for case, arguments, status in CASES:
            for function in MEMORY:
                for mode in ("", "+"):
                    found = check(runner, arguments.split(), status, function, mode)
                    what = f"{function} fails{' for good' if mode else ''}"
                    tap.result(found, f"{case}: {what}")
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
