#!/usr/bin/env python3
"""Runs programs that do what they should not with `cutline run`.

    run_odd.py CUTLINE ODD LOAD

ODD is odd_program.c, LOAD an example that runs for ever. What is checked is
that each run ends, in good order and in time, whatever its processes do. TAP.
"""

import json
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
from typing import Callable, NamedTuple

from tap import Tap

TIMEOUT_SECONDS = 60
ALGORITHMS = "chandy-lamport lai-yang mattern tree flush clock naive".split()


class Ended(NamedTuple):
    status: int
    seconds: float
    output: str
    errors: str


class Bench:
    def __init__(self, cutline: str, odd: str, load: str, work: str) -> None:
        self.cutline = cutline
        self.odd = odd
        self.load = load
        self.work = pathlib.Path(work)

    def run(self, arguments: list[str], interrupt_after: float = 0) -> Ended:
        """Files, not pipes: what a run leaves behind may hold them open."""
        began = time.monotonic()
        with open(self.work / "out", "wb") as out, open(self.work / "err", "wb") as err:
            process = subprocess.Popen(
                [self.cutline, "run", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            )
            try:
                if interrupt_after > 0:
                    time.sleep(interrupt_after)
                    process.send_signal(signal.SIGINT)
                status = process.wait(TIMEOUT_SECONDS)
            finally:
                process.kill()
        seconds = time.monotonic() - began
        output = (self.work / "out").read_text(errors="replace")
        errors = (self.work / "err").read_text(errors="replace")
        return Ended(status, seconds, output, errors)


def expect(condition: bool, ended: Ended) -> None:
    if not condition:
        raise AssertionError(
            f"status {ended.status}, {ended.seconds:.1f} s, "
            f"{ended.output[-300:]!r}, {ended.errors[-300:]!r}"
        )


def check_output_is_held_open(bench: Bench) -> None:
    ended = bench.run(["-n", "2", bench.odd, "daemon"])
    expect(ended.status == 0 and ended.seconds < 20, ended)
    expect("nothing more can happen" in ended.output, ended)


def check_output_without_end(bench: Bench) -> None:
    ended = bench.run(["-n", "2", "--until", "500ms", bench.odd, "flood"])
    expect(ended.status == 0 and ended.seconds < 15, ended)
    expect("the time is over" in ended.output, ended)
    expect(re.search(r"^p1 *\| y$", ended.output, re.MULTILINE) is not None, ended)
    expect("is killed" not in ended.errors, ended)


def check_interrupt(bench: Bench) -> None:
    ended = bench.run(["-n", "2", bench.odd, "flood"], interrupt_after=1)
    expect(ended.status == 130 and ended.seconds < 15, ended)
    expect("interrupted" in ended.output, ended)


def check_bad_end(bench: Bench) -> None:
    """Who fails when it is to end has failed."""
    ended = bench.run(["-n", "2", bench.odd, "abort"])
    expect(ended.status == 134, ended)
    expect("nothing more can happen" in ended.output, ended)
    for name in ("p0", "p1"):
        what = f"{name}: at its end it was killed by signal 6 (Aborted)"
        expect(what in ended.errors, ended)


def check_refusal(bench: Bench) -> None:
    """Those that are being told what to do when one ends are not forgotten."""
    for _ in range(3):
        ended = bench.run(["-n", "40", bench.odd, "refuse"])
        expect(ended.status == 1, ended)
        expect("p0: does not want to" in ended.output, ended)
        expect("is killed" not in ended.errors, ended)


def check_descriptors(bench: Bench) -> None:
    """What a process executes has the standard streams and nothing else."""
    ended = bench.run(["-n", "3", bench.odd, "inherits"])
    found = re.findall(r"descriptor (\d+)", ended.output)
    expect(ended.status == 0 and sorted(found) == sorted("012" * 3), ended)


def check_timeouts(bench: Bench) -> None:
    """One snapshot is given up, the next one begins: no process hears of the
    second before it has heard that."""
    for algorithm in ALGORITHMS:
        ended = bench.run(
            [
                *("-n", "4", "--algorithm", algorithm, "--until", "1500ms"),
                *("--every", "2ms", "--pause", "1ms", "--timeout", "1ms"),
                *("--clock-lead", "800us", "--clock-bound", "200us", bench.load),
            ]
        )
        expect(ended.status == 0 and "the time is over" in ended.output, ended)
        expect(ended.errors == "", ended)


def check_directory(bench: Bench) -> None:
    """Two runs in one directory would replace each other's snapshots."""
    out = bench.work / "snapshots"
    first = subprocess.Popen(
        [bench.cutline, "run", "--out", str(out), "--every", "20ms", bench.load],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        end = time.monotonic() + TIMEOUT_SECONDS
        while not (out / "3.json").exists() and time.monotonic() < end:
            time.sleep(0.02)
        ended = bench.run(["--out", str(out), bench.odd, "inherits"])
        expect(ended.status == 2 and "another run does" in ended.errors, ended)
    finally:
        first.send_signal(signal.SIGTERM)
        first.wait(TIMEOUT_SECONDS)
    count = len(list(out.glob("*.json")))
    expect(not list(out.glob(".*")), ended)
    ended = bench.run(
        ["--out", str(out), "--every", "10ms", "--until", "300ms", bench.load]
    )
    expect(ended.status == 0, ended)
    expect((out / f"{count + 1}.json").exists(), ended)
    for path in out.glob("*.json"):
        if json.loads(path.read_text())["id"] != int(path.stem):
            raise AssertionError(path)


def check_options(bench: Bench) -> None:
    for arguments, what in (
        (["--silence", "199ms"], "too short (expected at least 200ms)"),
        (["--in-progress", "0"], "--in-progress 0 (expected 1 to 1024)"),
        (["--in-progress", "4294967297"], "(expected 1 to 1024)"),
        (["--capacity", "0"], "--capacity 0 (expected at least 1)"),
    ):
        ended = bench.run([*arguments, bench.odd, "inherits"])
        expect(ended.status == 2 and what in ended.errors, ended)
    ended = bench.run(["-n", "2", "--silence", "4000000000s", bench.odd, "inherits"])
    expect(ended.status == 0, ended)


def main() -> int:
    tap = Tap()
    checks: list[tuple[str, Callable[[Bench], None]]] = [
        ("an output that is held open", check_output_is_held_open),
        ("an output without end", check_output_without_end),
        ("an interrupt", check_interrupt),
        ("an end that is none", check_bad_end),
        ("one does not want to be made", check_refusal),
        ("descriptors", check_descriptors),
        ("snapshots that are given up", check_timeouts),
        ("a directory of snapshots", check_directory),
        ("options", check_options),
    ]
    with tempfile.TemporaryDirectory() as work:
        bench = Bench(*sys.argv[1:4], work)
        for name, check in checks:
            problem = None
            try:
                check(bench)
            except (AssertionError, subprocess.TimeoutExpired) as error:
                problem = f"{type(error).__name__} {error}"
            tap.result(problem, name)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
