#!/usr/bin/env python3
"""Makes calls of the C library fail in runs of real processes.

    run_faults.py CUTLINE INJECT UNRULY [SAMPLES [WORD...]]

INJECT is the library of inject.c, UNRULY the program of
tests/integration/unruly_program.c. For each function and error, in the
supervisor and in a worker, the k-th call fails, or that and all later ones: for
some k ("all": for all). Whatever fails, the run ends in bounded time, without a
crash, a process or half a file that is left; and either all is as always, or
one line says what is wrong and the status is not 0. What is no more than an
inconvenience (EINTR, EAGAIN, less than was asked for) is to be survived. TAP.
"""

import concurrent.futures
import errno
import itertools
import json
import os
import pathlib
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from typing import Any, Iterator, NamedTuple

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "integration"))
from tap import Tap

TIMEOUT_SECONDS = 90
AT_ONCE = 4
ALL_MAX = 300
MARK = "CUT_FAULT_RUN"
SHORT = 0

# What can go wrong, and whether a run has to survive it, once.
ERRORS: dict[str, list[tuple[int, bool]]] = {
    "read": [(errno.EINTR, True), (errno.EAGAIN, True), (errno.ECONNRESET, False),
             (SHORT, True)],
    "write": [(errno.EINTR, True), (errno.ENOSPC, True), (errno.EIO, True),
              (SHORT, True)],
    "writev": [(errno.EINTR, True), (errno.EAGAIN, True), (errno.ECONNRESET, False),
               (errno.EPIPE, False), (SHORT, True)],
    "accept4": [(errno.EINTR, True), (errno.EMFILE, True), (errno.ECONNABORTED, True)],
    "connect": [(errno.ECONNREFUSED, True), (errno.EMFILE, True),
                (errno.EAGAIN, True)],
    "socket": [(errno.EMFILE, False), (errno.ENOMEM, False)],
    "bind": [(errno.EADDRINUSE, False)],
    "listen": [(errno.EADDRINUSE, False)],
    "epoll_ctl": [(errno.ENOMEM, False), (errno.ENOSPC, False)],
    "epoll_wait": [(errno.EINTR, True)],
    "fork": [(errno.EAGAIN, False), (errno.ENOMEM, False)],
    "pipe2": [(errno.EMFILE, False)],
    "socketpair": [(errno.EMFILE, False)],
    "open": [(errno.EMFILE, False), (errno.EACCES, False)],
    "fsync": [(errno.EIO, True)],
    "rename": [(errno.EIO, True), (errno.ENOSPC, True)],
    "close": [(errno.EINTR, True), (errno.EIO, True)],
    "getrandom": [(errno.ENOSYS, False)],
    "timerfd_create": [(errno.EMFILE, False)],
    "timerfd_settime": [(errno.ECANCELED, False)],
    "malloc": [(errno.ENOMEM, False)],
    "calloc": [(errno.ENOMEM, False)],
    "realloc": [(errno.ENOMEM, False)],
    "aligned_alloc": [(errno.ENOMEM, False)],
}  # fmt: skip
# For ever, these would be no more than a way to stand still.
ONCE_ONLY = {errno.EINTR, errno.EAGAIN, errno.ECONNABORTED, errno.ECONNREFUSED}
# Where processes never get to know each other, a minute passes.
PATIENT = {"accept4", "connect", "getrandom", "malloc", "calloc"}
NEVER_IN = {
    "supervisor": {"accept4", "connect", "bind", "listen", "socket", "timerfd_create",
                   "timerfd_settime"},
    "worker": {"fork", "fsync", "rename", "socketpair", "pipe2", "write", "open"},
}


# libuv gives up, by abort(), where it has no memory for its table of files, no
# pipe for signals, and no memory for its first thread (with --out).
LIBUV_ABORTS = {
    ("supervisor", "realloc"),
    ("worker", "realloc"),
    ("supervisor", "pipe2"),
    ("supervisor", "calloc"),
}
# A worker that ends so is explained by its supervisor. Without memory jansson
# 2.14 asserts in its reader, and OpenSSL 3.0 uses a lock that it could not make.
LIBRARY_CRASHES = {
    ("worker", "malloc"): {128 + signal.SIGABRT, 128 + signal.SIGSEGV},
}


class Broken(Exception):
    """What should be is not."""


def demand(holds: bool, what: object) -> None:
    if not holds:
        raise Broken(str(what)[:1500])


class Case(NamedTuple):
    function: str
    error: int
    survives: bool
    where: str
    k: int
    mode: str  # "" or "+"

    @property
    def name(self) -> str:
        error = "short" if self.error == SHORT else errno.errorcode[self.error]
        return f"{self.where}: {self.function} {self.k}{self.mode} {error}"


class Result(NamedTuple):
    status: int
    output: str
    errors: str
    failures: int
    folder: pathlib.Path
    left: list[str]


def left_processes(mark: str) -> list[str]:
    left = []
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            if mark.encode() in (entry / "environ").read_bytes():
                left.append(entry.name)
        except OSError:
            continue
    return left


class Runner:
    def __init__(self, cutline: str, inject: str, unruly: str, work: str) -> None:
        self.cutline = os.path.abspath(cutline)
        self.inject = os.path.abspath(inject)
        self.unruly = os.path.abspath(unruly)
        self.work = work

    def run(self, function: str, plan: str, where: str, once: bool) -> Result:
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.work))
        mark = f"{MARK}={folder}"
        environment = {
            "LC_ALL": "C",
            "PATH": os.environ.get("PATH", ""),
            "TMPDIR": str(folder),
            "LD_PRELOAD": self.inject,
            "CUT_FAIL": f"{function}:{plan}",
            "CUT_FAIL_IN": where,
            "CUT_FAIL_COUNTS": str(folder / "counts"),
            MARK: str(folder),
        }
        if once:
            environment["CUT_FAIL_ONCE"] = str(folder / "once")
        # Coverage of Unix sockets and TCP in turn, by what fails.
        tcp = ["--tcp"] if function in {"socket", "accept4"} else []
        process = subprocess.Popen(
            [self.cutline, "run", "-n", "3", "--json", *tcp,
             *"--every 15ms --out out --silence 1s --until 12s".split(),
             self.unruly, "none", "0", "0", "40", "3"],
            cwd=folder, env=environment, stdin=subprocess.DEVNULL,
            stdout=(folder / "stdout").open("wb"),
            stderr=(folder / "stderr").open("wb"),
        )  # fmt: skip
        try:
            process.wait(TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise Broken(f"hangs: {(folder / 'stdout').read_text()[-400:]}") from None
        end = time.monotonic() + 2
        left = left_processes(mark)
        while left and time.monotonic() < end:
            time.sleep(0.02)
            left = left_processes(mark)
        for pid in left:
            os.kill(int(pid), signal.SIGKILL)
        return Result(
            process.returncode,
            (folder / "stdout").read_text(errors="replace"),
            (folder / "stderr").read_text(errors="replace"),
            int((folder / "once").exists()) if once else 1,
            folder,
            left,
        )

    def calls(self, function: str, error: int, where: str) -> int:
        """How many there are that could fail so, when none does."""
        result = self.run(function, f"999999999:{error}", where, False)
        check_success(result)
        counts = (result.folder / "counts").read_text().split()
        return max(int(count) for count in counts)


def events_of(result: Result) -> list[dict[str, Any]]:
    try:
        return [json.loads(line) for line in result.output.splitlines()]
    except ValueError as error:
        raise Broken(f"no JSON: {error}: {result.output[-300:]}") from error


def check_success(result: Result, knows_all: bool = True) -> None:
    """A process that is lost in the end takes its last figures with it."""
    events = events_of(result)
    end = events[-1] if events else {}
    demand(end.get("text") == "nothing more can happen", (end, result.errors))
    demand(result.errors == "", result.errors)
    if not knows_all:
        return
    demand(end["messages_sent"] == end["messages_delivered"] == 3 * 40 * 3, end)


def check_file(path: pathlib.Path) -> None:
    """It is whole."""
    try:
        snapshot = json.loads(path.read_text())
    except ValueError as error:
        raise Broken(f"half a file: {error}") from error
    demand(snapshot["status"] == "complete", path)
    demand(len(snapshot["processes"]) == len(snapshot["names"]) == 3, snapshot)
    coins = sum(process["state"]["held"] for process in snapshot["processes"])
    coins += sum(len(channel["messages"]) for channel in snapshot["channels"])
    demand(coins == 3000, snapshot)


def check_always(result: Result, allows_abort: bool) -> None:
    """Nothing is left behind, whatever went wrong."""
    demand(not result.left, f"{len(result.left)} processes are left")
    if allows_abort and result.status == -signal.SIGABRT:
        return
    out = result.folder / "out"
    names = sorted(os.listdir(out)) if out.is_dir() else []
    for name in names:
        demand(name.partition(".")[2] == "json", f"a file is left: {name}")
        check_file(out / name)
    places = list(result.folder.glob("cutline-*"))
    demand(not places, f"left in the temporary folder: {places}")
    kept = sorted(
        os.path.basename(event["path"])
        for event in events_of(result)
        if event["event"] == "snapshot" and "path" in event
    )
    demand(names == kept or result.status != 0, f"files {names}, said: {kept}")
    for event in events_of(result):
        if event["event"] == "snapshot" and event["status"] == "complete":
            for total in event["totals"]:
                sum_of = total["in_processes"] + total["in_channels"]
                demand(sum_of == total["at_start"], event)


def check(case: Case, result: Result) -> None:
    allows_abort = (case.where, case.function) in LIBUV_ABORTS
    check_always(result, allows_abort)
    if result.status == 0:
        check_success(result, case.survives)
        return
    demand(not case.survives or case.mode, (result.status, result.errors))
    crash = result.status < 0 or result.status > 128
    if allows_abort and result.status in (-signal.SIGABRT, 128 + signal.SIGABRT):
        return
    known = LIBRARY_CRASHES.get((case.where, case.function), set())
    demand(not crash or result.status in known, (result.status, result.errors))
    lines = result.errors.splitlines()
    demand(bool(lines) and len(lines) <= 2, (result.status, result.errors))
    demand(lines[-1].startswith("cutline") and len(lines[-1]) > 20, lines)


def descriptors(runner: Runner, limit: int) -> str | None:
    """So few descriptors, in the command and its processes."""
    folder = pathlib.Path(tempfile.mkdtemp(dir=runner.work))
    done = subprocess.run(
        [runner.cutline, *"run -n 3 --every 20ms --until 200ms".split(), runner.unruly],
        cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=TIMEOUT_SECONDS, env={"TMPDIR": str(folder)},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit)),
    )  # fmt: skip
    if list(folder.iterdir()):
        return f"files are left: {list(folder.iterdir())}"
    lines = done.stderr.splitlines()
    if done.returncode == 0 and not lines:
        return None
    if done.returncode == 2 and len(lines) == 1 and "oo many open files" in lines[0]:
        return None
    return f"{done}"


def check_descriptors(runner: Runner) -> Iterator[tuple[str, str | None]]:
    found = {limit: descriptors(runner, limit) for limit in range(6, 40, 2)}
    wrong = {limit: problem for limit, problem in found.items() if problem}
    yield "few descriptors", str(wrong) if wrong else None


def sample(count: int, samples: str, seed: str) -> list[int]:
    if samples == "all":
        step = max(1, count // ALL_MAX)
        return list(range(1, count + 1, step))
    draw = random.Random(seed)
    ks = {1, 2, count, *(draw.randint(1, max(count, 1)) for _ in range(int(samples)))}
    return sorted(k for k in ks if 1 <= k <= count)


def cases(runner: Runner, samples: str, words: list[str]) -> Iterator[Case]:
    for function, errors in ERRORS.items():
        for where in ("supervisor", "worker"):
            if function in NEVER_IN[where]:
                continue
            if words and not any(word in f"{where}: {function}" for word in words):
                continue
            for error, survives in errors:
                count = runner.calls(function, error, where)
                if count == 0:
                    raise Broken(f"{where}: {function} is never called, {error}")
                for k in sample(count, samples, f"{function} {where} {error}"):
                    yield Case(function, error, survives, where, k, "")
                if where == "worker" and function in PATIENT and samples != "all":
                    continue
                if error not in ONCE_ONLY:
                    yield Case(function, error, survives, where, max(1, count // 2), "+")
                    if samples == "all":
                        yield Case(function, error, survives, where, 1, "+")


def attempt(runner: Runner, case: Case) -> str | None:
    try:
        plan = f"{case.k}{case.mode}:{case.error}"
        result = runner.run(case.function, plan, case.where, True)
        check(case, result)
    except Broken as problem:
        return str(problem)
    return None


def main() -> int:
    if len(sys.argv) < 4:
        sys.exit("usage: run_faults.py CUTLINE INJECT UNRULY [SAMPLES [WORD...]]")
    samples = sys.argv[4] if len(sys.argv) > 4 else "1"
    tap = Tap()
    with tempfile.TemporaryDirectory() as work:
        runner = Runner(*sys.argv[1:4], work)
        all_cases = list(cases(runner, samples, sys.argv[5:]))
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            problems = pool.map(lambda case: attempt(runner, case), all_cases)
            names = [case.name for case in all_cases]
            results = itertools.chain(zip(names, problems), check_descriptors(runner))
            for name, problem in results:
                tap.result(problem, name)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
