#!/usr/bin/env python3
"""Memory that is not there, for who looks at a run and for the run.

    control_faults.py CUTLINE INJECT PROGRAM

INJECT is the library of inject.c, PROGRAM the bank. Of the commands, each
allocation fails once: they say so in one line and exit with 2, or do all as
always. Of a run that is looked at, allocations from the first to far into it
fail once: it goes on or ends, soon, and says so; who asked it gets an answer or
is hung up on; nothing is left. TAP.
"""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "integration"))
from control import Caller, Done, Place, Run, TIMEOUT_SECONDS
from tap import Tap

FUNCTIONS = "malloc calloc realloc".split()
ENOMEM = 12
CALLS_MAX = 2000


def failing(place: Place, plan: str) -> tuple[dict[str, str], int, int]:
    """An environment; where it says that something failed: read, write."""
    read_end, write_end = os.pipe()
    os.set_inheritable(write_end, True)
    environment = dict(
        place.environment,
        LC_ALL="C",
        LD_PRELOAD=os.path.abspath(sys.argv[2]),
        CUT_FAIL=plan,
        CUT_FAIL_FD=str(write_end),
    )
    return environment, read_end, write_end


def command_problem(done: Done, shows: str) -> str | None:
    if done.returncode == 0 and not done.stderr and shows in done.stdout:
        return None
    lines = done.stderr.splitlines()
    if done.returncode == 2 and len(lines) == 1 and lines[0].startswith("cutline"):
        return None
    return f"status {done.returncode}: {done.stdout!r} {done.stderr!r}"


def check_command(place: Place, tap: Tap, shows: str, *arguments: str) -> None:
    for function in FUNCTIONS:
        problems = []
        count = 0
        for k in range(1, CALLS_MAX):
            environment, read_end, write_end = failing(place, f"{function}:{k}:{ENOMEM}")
            done = place.do(*arguments, env=environment, pass_fds=[write_end])
            os.close(write_end)
            has_failed = os.read(read_end, 1) != b""
            os.close(read_end)
            if not has_failed:
                break
            count += 1
            problem = command_problem(done, shows)
            if problem:
                problems.append(f"call {k}: {problem}")
        name = f"{' '.join(arguments)}: {function} fails"
        tap.check(count > 0 and not problems, name, (count, problems[:3]))


def run_problem(place: Place, plan: str) -> str | None:
    """Why a run does not bear that an allocation fails."""
    name = "short"
    path = place.sockets / f"{name}.sock"
    environment, read_end, write_end = failing(place, plan)
    run = place.start(
        *("run", "-n", "2", "--name", name, "--until", "150ms", "--metrics", "0"),
        *(place.program, "1000000"),
        env=environment,
        pass_fds=[write_end],
    )
    asked = 0
    while run.poll() is None and asked < 1000:
        try:
            with Caller(path) as caller:
                caller.ask(command="info")
                caller.ask(command="snap")
                caller.ask(command="stats")
                asked += 1
        except (FileNotFoundError, ConnectionRefusedError, ConnectionResetError, BrokenPipeError):
            pass
    os.close(write_end)
    os.close(read_end)
    try:
        _, err = run.communicate(timeout=TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        run.kill()
        return "it hangs"
    # libuv ends the process when its table of descriptors cannot grow; the
    # next one who looks removes the socket.
    if run.returncode == -signal.SIGABRT and plan.startswith("realloc:"):
        place.do("ps")
        return "its socket is left" if path.exists() else None
    if run.returncode not in (0, 1, 2):
        return f"status {run.returncode}: {err!r}"
    if run.returncode and "cutline run: " not in err and "memory" not in err:
        return f"status {run.returncode}, and why: {err!r}"
    return "its socket is left" if path.exists() else None


def check_run(place: Place, tap: Tap) -> None:
    for function in FUNCTIONS:
        problems = []
        k = 1
        while k < 30000:
            problem = run_problem(place, f"{function}:{k}:{ENOMEM}")
            if problem:
                problems.append(f"call {k}: {problem}")
            k = k * 2 + 1
        tap.equal(problems[:3], [], f"a run that is looked at: {function} fails")


def main() -> int:
    if len(sys.argv) != 4:
        sys.exit("usage: control_faults.py CUTLINE INJECT PROGRAM")
    tap = Tap()
    with tempfile.TemporaryDirectory(dir="/tmp") as work:
        place = Place(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[3]), work)
        with Run(place, "bank", "--pause", "0", count=2):
            tap.check(json.loads(place.do("snap", "--json").stdout), "snap")
            check_command(place, tap, "bank", "ps")
            check_command(place, tap, '"bank"', "ps", "--json")
            check_command(place, tap, "money: ", "snap")
            check_command(place, tap, "MESSAGES", "stats")
            check_command(place, tap, "RECORDING", "stats", "-s", "0")
        check_run(place, tap)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
