#!/usr/bin/env python3
"""`cutline run` as people use it: real processes, real kills.

    run.py CUTLINE EXAMPLES UNRULY [WORD...]

EXAMPLES is the folder of the built programs, UNRULY the program of
unruly_program.c. With WORDs, only the tests whose names hold one of them. Some
tests run at once; TAP on standard output, in the order of the file.
"""

import concurrent.futures
import contextlib
import json
import os
import pathlib
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from typing import Any, Callable, Iterator, NamedTuple

from tap import Tap

TIMEOUT_SECONDS = 60
AT_ONCE = 4

# What each example needs; whether all its quantities are constant.
EXAMPLES = {
    "bank": ("complete:4", ["40"], True),
    "diffuse": ("torus:3x3", [], True),
    "dog": ("grid:2x3", [], True),
    "flood": ("complete:3", ["5"], True),
    "load": ("complete:4", [], False),
    "locks": ("star:5", [], True),
    "objects": ("complete:3", [], True),
    "philosophers": ("complete:5", [], True),
    "producer_consumer": ("complete:2", [], True),
    "ring": ("ring:4", [], True),
    "three": ("complete:3", [], True),
    "tokens": ("complete:2", ["10"], True),
}
ALGORITHMS = ["chandy-lamport", "lai-yang", "mattern", "tree", "flush", "clock"]
NO_ORDER = {"lai-yang", "mattern", "tree", "clock"}


class Broken(Exception):
    """What should be is not."""


def demand(holds: bool, what: object) -> None:
    if not holds:
        raise Broken(str(what)[:2000])


# --- runs -----------------------------------------------------------------


class Done(NamedTuple):
    status: int
    output: bytes
    errors: str
    seconds: float

    @property
    def text(self) -> str:
        return self.output.decode(errors="replace")

    @property
    def events(self) -> list[dict[str, Any]]:
        """Of --json: each line parses."""
        lines = self.output.decode().splitlines()
        try:
            return [json.loads(line) for line in lines]
        except ValueError as error:
            raise Broken(f"no JSON: {error}: {lines[-3:]}") from error

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["event"] == kind]

    @property
    def end(self) -> dict[str, Any]:
        last = self.events[-1]
        demand(last["event"] == "end", f"the last event is {last}")
        return last


def children(pid: int) -> list[int]:
    """The processes of a run, in their order."""
    try:
        text = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    return [int(word) for word in text.split()]


def is_gone(pid: int) -> bool:
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return True
    return text.rpartition(")")[2].split()[0] == "Z"


def until(condition: Callable[[], Any], seconds: float, what: str) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.01)
    raise Broken(f"not within {seconds} s: {what}")


class Going:
    """A run that goes on; what it says is read all the time."""

    def __init__(self, command: list[str], folder: pathlib.Path) -> None:
        self.began = time.monotonic()
        self.output = (folder / "stdout").open("w+b")
        self.errors = (folder / "stderr").open("w+b")
        # A sanitizer keeps what was given back, which looks like a leak.
        sanitizer = os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1"
        environment = dict(
            os.environ, LC_ALL="C.UTF-8", TMPDIR=str(folder), ASAN_OPTIONS=sanitizer
        )
        self.popen = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=self.output,
            stderr=self.errors,
            start_new_session=True,
        )
        self.folder = folder
        self.pids: list[int] = []

    def processes(self, count: int) -> list[int]:
        """Those that run the program."""

        def all_are_there() -> list[int] | None:
            pids = children(self.popen.pid)
            return pids if len(pids) == count else None

        self.pids = until(all_are_there, 20, f"{count} processes")
        return self.pids

    def said(self, stream: str = "stdout") -> str:
        return (self.folder / stream).read_text(errors="replace")

    def awaits(self, words: str, seconds: float = 20, stream: str = "stdout") -> None:
        until(lambda: words in self.said(stream), seconds, f"'{words}' in {stream}")

    def signal(self, number: int) -> None:
        self.popen.send_signal(number)

    def end(self, seconds: float = TIMEOUT_SECONDS) -> Done:
        """Wait for it; all of its processes must have ended with it."""
        try:
            self.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            said = self.said()[-300:] + self.said("stderr")[-300:]
            self.kill()
            raise Broken(f"it does not end in {seconds} s: {said}") from None
        left = [pid for pid in self.pids if not is_gone(pid)]
        self.kill()
        demand(not left, f"{len(left)} processes are left")
        sockets = list(self.folder.glob("cutline-*"))
        demand(not sockets, f"left in the temporary folder: {sockets}")
        return Done(
            self.popen.returncode,
            (self.folder / "stdout").read_bytes(),
            self.said("stderr"),
            time.monotonic() - self.began,
        )

    def kill(self) -> None:
        for pid in [self.popen.pid, *children(self.popen.pid), *self.pids]:
            with contextlib.suppress(OSError):
                if not is_gone(pid):
                    os.kill(pid, signal.SIGKILL)
        self.popen.wait()
        self.output.close()
        self.errors.close()


class Bench:
    def __init__(self, cutline: str, examples: str, unruly: str, work: str) -> None:
        self.cutline = os.path.abspath(cutline)
        self.examples = pathlib.Path(examples).resolve()
        self.unruly = os.path.abspath(unruly)
        self.work = work

    def start(self, *arguments: str, early: str = "") -> Going:
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.work))
        command = [self.cutline, "run", *arguments]
        if early:
            command = ["env", f"UNRULY={early}", *command]
        return Going(command, folder)

    def run(self, *arguments: str, seconds: float = TIMEOUT_SECONDS) -> Done:
        going = self.start(*arguments)
        return going.end(seconds)

    def example(self, name: str) -> str:
        return str(self.examples / name)

    def mode(self, *arguments: str) -> list[str]:
        return [self.unruly, *arguments]


# --- what holds of every run ----------------------------------------------


def check_conserved(done: Done, least: int) -> None:
    """Each snapshot's sums are those of the start."""
    whole = [s for s in done.of("snapshot") if s["status"] == "complete"]
    demand(len(whole) >= least, f"{len(whole)} snapshots of {least}: {done.end}")
    for snapshot in whole:
        for total in snapshot["totals"]:
            sum_of = total["in_processes"] + total["in_channels"]
            demand(sum_of == total["at_start"], snapshot)


def check_well(done: Done, least: int = 1) -> None:
    demand(done.status == 0, (done.status, done.errors, done.output[-300:]))
    demand(done.errors == "", done.errors)
    check_conserved(done, least)


def check_all_came(done: Done) -> None:
    """It came to rest by itself, and nothing was lost or doubled."""
    end = done.end
    demand(end["text"] == "nothing more can happen", end)
    demand(end["messages_sent"] == end["messages_delivered"], end)


def complaint(done: Done, status: int, words: str) -> None:
    """It failed, and one line says who and why."""
    demand(done.status == status, (done.status, done.errors))
    lines = done.errors.splitlines()
    demand(len(lines) == 1 and words in lines[0], (words, done.errors))
    demand(lines[0].startswith("cutline run: "), lines)


# --- the programs ---------------------------------------------------------


def test_examples(bench: Bench) -> Iterator[tuple[str, Callable[[], None]]]:
    for place, (name, (topology, arguments, constant)) in enumerate(EXAMPLES.items()):
        algorithm = ALGORITHMS[place % len(ALGORITHMS)]
        tcp = ["--tcp"] if place % 2 else []

        def run(
            name: str = name,
            topology: str = topology,
            arguments: list[str] = arguments,
            constant: bool = constant,
            options: list[str] = ["--algorithm", algorithm, *tcp],
        ) -> None:
            done = bench.run(
                *"--json --every 20ms --until 800ms --topology".split(),
                topology, *options, bench.example(name), *arguments,
            )  # fmt: skip
            demand(done.status == 0 and done.errors == "", done)
            if constant:
                check_conserved(done, 1)
            else:
                demand(bool(done.of("snapshot")), done.end)

        yield f"example {name} {algorithm} {' '.join(tcp)}".rstrip(), run


BANK = ["complete:4", "200"]


def bank_in_simulator(bench: Bench) -> list[int]:
    topology, transfers = BANK
    done = subprocess.run(
        [bench.cutline, *"sim --json --until 3s --snapshot-at 2s:p0 -t".split(),
         topology, bench.example("bank"), transfers],
        capture_output=True, check=True, timeout=TIMEOUT_SECONDS,
    )  # fmt: skip
    last = json.loads(done.stdout)["snapshots"][-1]
    return [process["state"]["balance"] for process in last["processes"]]


def final_balances(folder: pathlib.Path) -> list[int]:
    files = sorted(folder.glob("*.json"), key=lambda path: int(path.stem))
    last = json.loads(files[-1].read_text())
    return [process["state"]["balance"] for process in last["processes"]]


def test_bank(bench: Bench) -> Iterator[tuple[str, Callable[[], None]]]:
    """The balances at the end are those of the simulator, however it runs."""
    topology, transfers = BANK
    for algorithm in ALGORITHMS:
        for tcp in ([], ["--tcp"]):

            def run(algorithm: str = algorithm, tcp: list[str] = tcp) -> None:
                going = bench.start(
                    *"--json --every 10ms --stay --until 2s --out out".split(),
                    *tcp, "--algorithm", algorithm, "--topology", topology,
                    "--pause", "5ms", bench.example("bank"), transfers,
                )  # fmt: skip
                done = going.end()
                check_well(done, 20)
                end = done.end
                demand(end["messages_sent"] == 4 * int(transfers), end)
                demand(end["messages_delivered"] == 4 * int(transfers), end)
                demand(final_balances(going.folder / "out") == bank_in_simulator(bench),
                       "other balances than in the simulator")  # fmt: skip

            yield f"bank {algorithm} {' '.join(tcp)}".rstrip(), run


def test_shapes(bench: Bench) -> Iterator[tuple[str, Callable[[], None]]]:
    """Numbered messages on every shape, to the end."""
    shapes = ["ring:5", "random:6:2", "complete:6", "star:4", "grid:2x3", "line:3",
              "complete:1", "complete:12"]  # fmt: skip
    for place, shape in enumerate(shapes):
        algorithm = ALGORITHMS[place % len(ALGORITHMS)]

        def run(shape: str = shape, algorithm: str = algorithm) -> None:
            # Where nobody can reach all others, markers do not either.
            done = bench.run(
                *"--json --every 15ms --algorithm".split(), algorithm, "--topology",
                shape, *bench.mode("none", "0", "0", "100", "3"),
            )  # fmt: skip
            check_well(done)
            check_all_came(done)

        yield f"shape {shape} {algorithm}", run


def test_capacity(bench: Bench) -> Iterator[tuple[str, Callable[[], None]]]:
    """Channels that are full all the time: nothing is lost, nothing hangs."""
    for capacity in range(1, 9):
        algorithm = ALGORITHMS[capacity % len(ALGORITHMS)]

        def window(capacity: int = capacity) -> None:
            """A window of 5 fills what is no larger: all stands still."""
            done = bench.run(
                *"--json --every 20ms --until 400ms -n 3 --capacity".split(),
                str(capacity), bench.example("flood"), "5",
            )  # fmt: skip
            check_well(done, 5)
            complete = [s for s in done.of("snapshot") if s["status"] == "complete"]
            last = complete[-1]
            stands = 4 * 3 * 2
            if capacity < 5:
                demand(done.end["messages_sent"] == stands, done.end)
                demand(last["messages_recorded"] == stands, last)
            if capacity > 5:
                demand(done.end["messages_delivered"] > 1000, done.end)

        def run(capacity: int = capacity, algorithm: str = algorithm) -> None:
            done = bench.run(
                *"--json --every 20ms -n 3 --capacity".split(), str(capacity),
                "--algorithm", algorithm,
                *bench.mode("down", "0", "0", "150", "50"),
            )  # fmt: skip
            check_well(done)
            check_all_came(done)
            demand(done.end["messages_sent"] > 2 * 150 * 20, done.end)

        yield f"capacity {capacity} flood", window
        yield f"capacity {capacity} {algorithm}", run


def test_clock(bench: Bench) -> Iterator[tuple[str, Callable[[], None]]]:
    """A time comes in the middle of an event, and while messages wait."""
    for bound in ("0", "3ms"):
        for program, arguments in (("tokens", ["10"]), ("flood", ["5"])):
            count = "2" if program == "tokens" else "3"

            def run(
                bound: str = bound,
                program: str = program,
                arguments: list[str] = arguments,
                count: str = count,
            ) -> None:
                done = bench.run(
                    *"--json --algorithm clock --every 10ms --until 1s".split(),
                    *"--clock-lead 5ms --clock-bound".split(), bound, "-n", count,
                    bench.example(program), *arguments,
                )  # fmt: skip
                demand(done.status == 0, done.errors)
                check_conserved(done, 10)

            yield f"clock, bound {bound}: {program}", run


def test_at_once(bench: Bench) -> Iterator[tuple[str, Callable[[], None]]]:
    def many() -> None:
        """Processes ask all the time; several snapshots are open at once."""
        done = bench.run(
            *"--json --every 2ms --pause 0 --in-progress 8 -n 5 --until 1s".split(),
            *bench.mode("ask", "1", "1", "0", "5"),
        )  # fmt: skip
        check_well(done, 100)
        initiators = {s["initiator"] for s in done.of("snapshot")}
        demand(initiators == set(range(5)), initiators)
        spans = sorted((s["begun"], s["ended"]) for s in done.of("snapshot"))
        overlaps = sum(a[1] > b[0] for a, b in zip(spans, spans[1:]))
        demand(overlaps > 0, "never two at once")

    def capped() -> None:
        """Not more than are allowed, and with the pause between them."""
        done = bench.run(
            *"--json --every 2ms --pause 20ms --in-progress 1 -n 3 --until 1s".split(),
            *bench.mode("ask", "1", "1"),
        )  # fmt: skip
        check_well(done, 10)
        begun = sorted(s["begun"] for s in done.of("snapshot"))
        demand((begun[-1] - begun[0]) / (len(begun) - 1) >= 19_900_000, begun)

    yield "several snapshots at once", many
    yield "a pause between snapshots", capped


# --- what is kept ---------------------------------------------------------


def read_snapshots(folder: pathlib.Path) -> list[dict[str, Any]]:
    names = sorted(os.listdir(folder), key=lambda name: int(name.split(".")[0] or 0))
    whole = [f"{n + 1}.json" for n in range(len(names))]
    demand(names == whole, f"files {names}")
    return [json.loads((folder / name).read_text()) for name in names]


def test_out(bench: Bench) -> Iterator[tuple[str, Callable[[], None]]]:
    def files() -> None:
        place = pathlib.Path(tempfile.mkdtemp(dir=bench.work)) / "out"
        for _ in range(2):
            done = bench.run(
                *"--json --every 30ms --until 300ms -n 3 --out".split(), str(place),
                *bench.mode(),
            )  # fmt: skip
            check_well(done, 3)
            kept = [s["id"] for s in done.of("snapshot") if "path" in s]
        snapshots = read_snapshots(place)
        demand([s["id"] for s in snapshots] == list(range(1, len(snapshots) + 1)), place)
        demand(max(kept) == len(snapshots), kept)
        for snapshot in snapshots:
            coins = sum(p["state"]["held"] for p in snapshot["processes"])
            coins += sum(len(c["messages"]) for c in snapshot["channels"])
            demand(coins == 3000, snapshot)
        modes = {path.stat().st_mode & 0o777 for path in place.iterdir()}
        demand(modes == {0o600}, modes)

    def no_place() -> None:
        done = bench.run("--out", "no/such/folder", *bench.mode())
        complaint(done, 2, "cannot keep snapshots in 'no/such/folder': No such")

    def not_writable() -> None:
        """It is said before the run, not in each snapshot."""
        place = pathlib.Path(tempfile.mkdtemp(dir=bench.work))
        run = [bench.cutline, "run", "--out", str(place), *bench.mode()]
        if os.geteuid() == 0:  # who may write everywhere, but not there
            mount = 'mount -t tmpfs -o ro none "$0" && exec "$@"'
            run = ["unshare", "-m", "sh", "-c", mount, str(place), *run]
        else:
            place.chmod(0o500)
        done = subprocess.run(run, capture_output=True, text=True, timeout=60)
        if "unshare failed" in done.stderr or "mount:" in done.stderr:
            return  # a container that may not
        demand(done.returncode == 2 and done.stdout == "", done)
        why = f"cutline run: cannot keep snapshots in '{place}': "
        demand(done.stderr.startswith(why), done.stderr)
        demand(done.stderr.count("\n") == 1, done.stderr)

    def traced_twice() -> None:
        place = pathlib.Path(tempfile.mkdtemp(dir=bench.work))
        traced = ["--quiet", "-n", "2", "--until", "50ms", "--trace", str(place)]
        demand(bench.run(*traced, *bench.mode()).status == 0, "the first")
        done = bench.run(*traced, *bench.mode())
        demand(done.status == 2, done)
        why = rf"cannot make its trace: File exists \({place}/p[01]\.0\.trace\)"
        demand(re.search(why, done.errors) is not None, done.errors)

    def taken_away() -> None:
        """The folder is gone in the middle: each snapshot says why it failed."""
        going = bench.start(
            *"--json --every 30ms --until 1s -n 3 --out out".split(), *bench.mode()
        )
        going.awaits('"complete"')
        # Not removed: a file may be written into it meanwhile.
        (going.folder / "out").rename(going.folder / "away")
        done = going.end()
        demand(done.status == 0, done)
        reasons = {s.get("reason", "") for s in done.of("snapshot")}
        demand(any("cannot write" in r and "No such file" in r for r in reasons), reasons)

    yield "out: files, and ids that go on", files
    yield "out: no such folder", no_place
    yield "out: a folder that cannot be written to", not_writable
    yield "trace: a folder with the trace of another run", traced_twice
    yield "out: the folder is taken away", taken_away


# --- ends -----------------------------------------------------------------


def test_failures(bench: Bench) -> Iterator[tuple[str, Callable[[], None]]]:
    cases = [
        ("segfault", 139, "p1 was killed by signal 11 (Segmentation fault)"),
        ("abort", 134, "p1 was killed by signal 6 (Aborted)"),
        ("fail", 1, "p1: it has had enough"),
        ("exit-zero", 1, "p1 ended with status 0"),
        ("exit-seven", 7, "p1 ended with status 7"),
        ("mistake", 1, "p1: sends on channel"),
        ("close", 134, "p1 was killed by signal 6"),
    ]
    for mode, status, words in cases:

        def run(mode: str = mode, status: int = status, words: str = words) -> None:
            for quiet in ("--quiet", "--json"):
                going = bench.start("-n", "4", quiet, "--every", "10ms",
                                    *bench.mode(mode))  # fmt: skip
                done = going.end(10)
                complaint(done, status, words)

        yield f"failure: {mode}", run

    def killed() -> None:
        going = bench.start("-n", "4", "--every", "10ms", *bench.mode())
        going.processes(4)
        going.awaits("complete in")
        os.kill(going.pids[2], signal.SIGKILL)
        done = going.end(10)
        complaint(done, 137, "p2 was killed by signal 9 (Killed)")

    def two() -> None:
        """The status is that of the lower one."""
        going = bench.start("-n", "4", "--every", "10ms", *bench.mode())
        pids = going.processes(4)
        going.awaits("complete in")
        going.signal(signal.SIGSTOP)
        os.kill(pids[3], signal.SIGSEGV)
        os.kill(pids[1], signal.SIGKILL)
        until(lambda: is_gone(pids[1]) and is_gone(pids[3]), 5, "both are dead")
        going.signal(signal.SIGCONT)
        done = going.end(10)
        demand(done.status == 137, done)

    early = [
        ("early-exit", 2, "is no program of Cutline"),
        ("early-crash", 2, "is no program of Cutline"),
        ("early-garbage", 2, "speaks another protocol"),
        ("early-version", 2, "speaks another protocol"),
    ]
    for mode, status, words in early:

        def run_early(mode: str = mode, status: int = status, words: str = words) -> None:
            complaint(bench.start(*bench.mode(), early=mode).end(10), status, words)

        yield f"failure: {mode}", run_early

    def none() -> None:
        complaint(bench.run("/bin/true"), 2, "/bin/true is no program of Cutline")
        complaint(bench.run("/bin/cat"), 2, "/bin/cat is no program of Cutline")

    def no_executable() -> None:
        place = pathlib.Path(bench.work) / "text"
        place.write_text("no program\n")
        place.chmod(0o755)
        complaint(bench.run(str(place)), 2, "cannot run it: Exec format error")

    def refused() -> None:
        complaint(bench.run("--quiet", "-n", "2", *bench.mode("no-such-mode")), 1, "unknown")

    yield "failure: SIGKILL", killed
    yield "failure: two at once", two
    yield "failure: no program of Cutline", none
    yield "failure: no program at all", no_executable
    yield "failure: refused at creation", refused


def test_output(bench: Bench) -> Iterator[tuple[str, Callable[[], None]]]:
    def garbage() -> None:
        done = bench.run(*"-n 3 --every 50ms --until 1s".split(), *bench.mode("garbage"))
        demand(done.status == 0 and done.errors == "", done)
        lines = done.output.split(b"\n")
        ours = [line for line in lines if line.startswith(b"p1 | ")]
        demand(sum(len(line) - 5 for line in ours) > 8 * 65536, "some of it is lost")
        demand(b"p1 | the end of the garbage" in lines, "the line after it")
        demand(b"p1 | no line's end" in lines, "the last words")
        demand(max(len(line) for line in ours) <= 8192 + 5, "a line of any length")

    def garbage_json() -> None:
        done = bench.run(*"--json -n 3 --until 1s".split(), *bench.mode("garbage"))
        demand(done.status == 0, done.errors)
        demand(any(e.get("text") == "the end of the garbage" for e in done.of("output")),
               "the line after it")  # fmt: skip

    def early() -> None:
        """More than a pipe holds, before anybody knows what it is."""
        done = bench.start(*"--until 300ms -n 2".split(), *bench.mode(),
                           early="early-chatter").end(20)  # fmt: skip
        demand(done.status == 0, done.errors)
        demand(done.output.count(b"so much to say") == 2 * 20000, "lines are lost")

    def chatter() -> None:
        """A flood holds nobody up: others go on, and an interrupt is heard."""
        going = bench.start(*"--every 50ms --timeout 1s -n 3".split(),
                            *bench.mode("chatter"))  # fmt: skip
        pids = going.processes(3)
        time.sleep(1)
        going.signal(signal.SIGINT)
        sent = time.monotonic()
        done = going.end(10)
        demand(time.monotonic() - sent < 5, "it took too long")
        demand(done.status == 130, (done.status, done.errors))
        demand("p1: it did not end, and is killed" in done.errors, done.errors)
        demand("p0: it did not end" not in done.errors, done.errors)
        demand(len(pids) == 3, pids)
        (going.folder / "stdout").unlink()

    def prints() -> None:
        done = bench.run(*"-n 2 --until 1s".split(), *bench.mode("print"))
        demand(done.status == 0 and done.errors == "", done.errors)
        demand(done.output.count(b"p1 | line ") == 100000, "lines are lost")

    def no_listener() -> None:
        for option in ([], ["--json"]):
            with open("/dev/full", "wb") as full:
                done = subprocess.run(
                    [bench.cutline, "run", *option, *"-n 2 --every 10ms".split(),
                     *bench.mode()],
                    stdout=full, stderr=subprocess.PIPE, text=True, timeout=20,
                )  # fmt: skip
            line = "cutline run: cannot write to standard output: No space left on device\n"
            demand(done.returncode == 2 and done.stderr == line, done)

    def grandchild() -> None:
        going = bench.start(*"-n 3 --until 500ms".split(), *bench.mode("fork"))
        done = going.end(5)
        complaint(done, 0, "p1: it has ended, and something that it started")

    yield "output: garbage", garbage
    yield "output: garbage, as JSON", garbage_json
    yield "output: much before the beginning", early
    yield "output: a flood", chatter
    yield "output: a hundred thousand lines in an event", prints
    yield "output: nobody takes it", no_listener
    yield "output: held by what a process started", grandchild


# --- who hangs ------------------------------------------------------------

LATE = "it has not answered for 3 s: it is stopped, or busy in one event"


def test_hanging(bench: Bench) -> Iterator[tuple[str, Callable[[], None]]]:
    def stopped() -> None:
        """SIGSTOP, then SIGCONT: it is told, and all goes on."""
        going = bench.start(
            *"--json --every 100ms --timeout 500ms -n 4".split(),
            *bench.mode("none", "0", "0", "4000", "2"),
        )  # fmt: skip
        pids = going.processes(4)
        going.awaits('"complete"')
        os.kill(pids[2], signal.SIGSTOP)
        going.awaits(LATE)
        going.awaits("late: p2")
        os.kill(pids[2], signal.SIGCONT)
        going.awaits("it answers again")
        done = going.end()
        demand(done.status == 0, done.errors)
        check_conserved(done, 2)
        check_all_came(done)
        told = [e for e in done.of("log") if LATE in e["text"]]
        demand([e["process"] for e in told] == [2], told)
        demand(all("broke" not in e["text"] for e in done.of("log")), done.of("log"))
        reasons = {s["reason"] for s in done.of("snapshot") if "reason" in s}
        demand("it took longer than --timeout; late: p2" in reasons, reasons)
        last = done.of("snapshot")[-1]
        demand(last["status"] == "complete", last)

    def silent() -> None:
        """It is stopped for longer than silence: connections are made again."""
        going = bench.start(
            *"--json --every 100ms --silence 1500ms -n 3".split(),
            *bench.mode("none", "0", "0", "4000", "2"),
        )  # fmt: skip
        pids = going.processes(3)
        going.awaits('"complete"')
        os.kill(pids[1], signal.SIGSTOP)
        time.sleep(3)
        os.kill(pids[1], signal.SIGCONT)
        done = going.end()
        demand(done.status == 0, done.errors)
        check_conserved(done, 5)
        check_all_came(done)
        demand(done.end["reconnects"] > 0, done.end)

    def busy() -> None:
        """An event that never returns is told; an interrupt still ends all."""
        going = bench.start(*"-n 3 --every 100ms".split(), *bench.mode("busy"))
        going.processes(3)
        going.awaits(f"p1: {LATE}", stream="stderr")
        going.signal(signal.SIGINT)
        sent = time.monotonic()
        done = going.end(10)
        demand(time.monotonic() - sent < 5, "it took too long")
        demand(done.status == 130, done)
        lines = done.errors.splitlines()
        killed = [line for line in lines if "did not end" in line]
        demand(killed == ["cutline run: p1: it did not end, and is killed"], lines)

    def slow() -> None:
        """Who is slow slows those who send to it; memory is bounded."""
        going = bench.start(
            *"--json -n 3 --every 100ms --capacity 64".split(),
            *bench.mode("slow", "1", "1", "150", "20", "20000"),
        )  # fmt: skip
        pids = going.processes(3)
        most = 0
        while going.popen.poll() is None:
            most = max([most, *(resident(pid) for pid in pids)])
            demand(time.monotonic() - going.began < 50, "it takes too long")
            time.sleep(0.05)
        done = going.end()
        check_well(done, 2)
        check_all_came(done)
        # All that is sent would be 180 MB.
        # A sanitizer has as much memory as it likes.
        binary = pathlib.Path(bench.cutline).read_bytes()
        is_plain = b"__tsan_init" not in binary and b"__asan_init" not in binary
        demand(most < (40_000_000 if is_plain else 400_000_000), f"{most} bytes")

    def overtaken() -> None:
        """Markers do not wait behind what the slow one has not taken."""
        out = pathlib.Path(tempfile.mkdtemp(dir=bench.work)) / "out"
        done = bench.run(
            *f"--json -n 3 --every 300ms --capacity 64 --out {out}".split(),
            *bench.mode("slow", "1", "1", "50", "20", "20000"),
        )  # fmt: skip
        check_well(done, 2)
        took = []
        for snapshot in done.of("snapshot"):
            kept = json.loads((out / f"{snapshot['id']}.json").read_text())
            if kept["messages_recorded"] >= 64:
                last = max(p["completed"] for p in kept["processes"])
                took.append(last - kept["begun"])
        demand(len(took) >= 3, "too few snapshots found it busy")
        # One channel's 64 messages alone would hold a marker up for 128 ms.
        demand(sorted(took)[len(took) // 2] < 100_000_000, took)

    yield "hanging: stopped, and continued", stopped
    yield "hanging: stopped for longer than silence", silent
    yield "hanging: busy", busy
    yield "hanging: a slow receiver", slow
    yield "hanging: markers overtake", overtaken


def test_contention(bench: Bench) -> Iterator[tuple[str, Callable[[], None]]]:
    def contention() -> None:
        """Nothing is lost when processes hardly get to run."""
        loops = [
            subprocess.Popen(["sh", "-c", "while :; do :; done"])
            for _ in range(2 * (os.cpu_count() or 1))
        ]
        try:
            done = bench.run(
                *"--json --every 5ms -n 6 --capacity 20".split(),
                *bench.mode("down", "0", "0", "200", "10"),
            )  # fmt: skip
        finally:
            for loop in loops:
                loop.kill()
                loop.wait()
        check_well(done, 5)
        check_all_came(done)

    yield "contention: nothing is lost", contention


def listening(pid: int) -> list[tuple[str, int]]:
    """Where a process listens: addresses as /proc writes them, and ports."""
    sockets = set()
    for link in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            sockets.add(os.readlink(link))
    places = []
    for table in ("tcp", "tcp6"):
        for line in pathlib.Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            address, port = fields[1].split(":")
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets:
                places.append((address, int(port, 16)))
    return places


def test_strangers(bench: Bench) -> Iterator[tuple[str, Callable[[], None]]]:
    def tcp() -> None:
        """Whoever calls and is none of the run is refused, and harms nobody."""
        going = bench.start(
            *"--json --tcp --every 20ms --until 3s -n 3".split(), *bench.mode()
        )
        pids = going.processes(3)
        going.awaits('"complete"')
        callers = []
        for pid in pids:
            places = listening(pid)
            demand([p[0] for p in places] == ["0100007F"], f"not loopback: {places}")
            for words in (b"GET / HTTP/1.0\r\n\r\n", b"", os.urandom(5000)):
                caller = socket.create_connection(("127.0.0.1", places[0][1]))
                with contextlib.suppress(OSError):
                    caller.sendall(words)
                callers.append(caller)
        done = going.end()
        for caller in callers:
            caller.close()
        demand(done.status == 0, done.errors)
        check_conserved(done, 50)
        demand(done.end["reconnects"] == 0, done.end)
        told = [e["text"] for e in done.of("log")]
        demand(any("call" in text for text in told), told)

    def unix() -> None:
        """Sockets are in a folder that is the user's own."""
        going = bench.start(*"-n 2 --until 1s".split(), *bench.mode())
        going.processes(2)
        folder = until(lambda: list(going.folder.glob("cutline-*")), 5, "a folder")[0]
        mode = folder.stat().st_mode & 0o777
        going.end()
        demand(mode == 0o700, oct(mode))

    yield "strangers: over TCP", tcp
    yield "strangers: Unix sockets", unix


def resident(pid: int) -> int:
    try:
        text = pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    found = re.search(r"VmRSS:\s+(\d+) kB", text)
    return int(found[1]) * 1024 if found else 0


# --- interrupts -----------------------------------------------------------


def test_signals(bench: Bench) -> Iterator[tuple[str, Callable[[], None]]]:
    def once(number: int, status: int, word: str) -> None:
        going = bench.start(*"-n 4 --every 20ms --out out".split(), *bench.mode())
        going.processes(4)
        going.awaits("complete in")
        going.signal(number)
        sent = time.monotonic()
        done = going.end(10)
        demand(time.monotonic() - sent < 2, "it took too long")
        demand(done.errors == f"cutline run: {word}\n", done.errors)
        demand(done.status == status, done.status)
        demand(word in done.text.splitlines()[-1], done.text[-300:])
        read_snapshots(going.folder / "out")

    def twice() -> None:
        """The second one does not wait for who is hung."""
        going = bench.start("-n", "4", "--every", "20ms", *bench.mode())
        pids = going.processes(4)
        going.awaits("complete in")
        os.kill(pids[2], signal.SIGSTOP)
        going.signal(signal.SIGINT)
        time.sleep(0.3)
        demand(going.popen.poll() is None, "it did not wait for the first")
        going.signal(signal.SIGINT)
        sent = time.monotonic()
        done = going.end(10)
        demand(time.monotonic() - sent < 1, "it took too long")
        demand(done.status == 130, done)

    def before() -> None:
        """Before the program has said who it is."""
        going = bench.start("-n", "3", *bench.mode(), early="early-sleep")
        going.processes(3)
        time.sleep(0.2)
        going.signal(signal.SIGINT)
        sent = time.monotonic()
        done = going.end(10)
        demand(time.monotonic() - sent < 2, "it took too long")
        complaint(done, 130, "interrupted")

    def terminal() -> None:
        """Ctrl-C goes to all processes of a terminal."""
        going = bench.start("-n", "3", "--every", "20ms", *bench.mode())
        going.processes(3)
        going.awaits("complete in")
        os.killpg(going.popen.pid, signal.SIGINT)
        done = going.end(10)
        complaint(done, 130, "interrupted")

    def orphans() -> None:
        """The supervisor is killed: nobody is left, not even who is hung."""
        going = bench.start("-n", "5", "--every", "20ms", *bench.mode("busy", "3"))
        pids = going.processes(5)
        time.sleep(0.5)
        os.kill(pids[1], signal.SIGSTOP)
        going.signal(signal.SIGKILL)
        until(lambda: all(is_gone(pid) for pid in pids), 2, "all are gone")
        going.popen.wait()
        going.kill()

    yield "interrupt: once", lambda: once(signal.SIGINT, 130, "interrupted")
    yield "interrupt: SIGTERM", lambda: once(signal.SIGTERM, 143, "terminated")
    yield "interrupt: twice", twice
    yield "interrupt: before it begins", before
    yield "interrupt: Ctrl-C in a terminal", terminal
    yield "interrupt: the supervisor is killed", orphans


# --- terminals, JSON, options ---------------------------------------------


def in_terminal(command: list[str], seconds: float) -> str:
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm"
        os.execv(command[0], command)
    text = b""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not select.select([terminal], [], [], 0.1)[0]:
            continue
        try:
            more = os.read(terminal, 65536)
        except OSError:
            break
        text += more
        if not more:
            break
    os.close(terminal)
    os.waitpid(pid, 0)
    return text.decode(errors="replace")


def test_terminal(bench: Bench) -> Iterator[tuple[str, Callable[[], None]]]:
    command = "-n 3 --every 50ms --until 2s".split()
    status = r"\d messages?/s, \d+ in flight, \d+ snapshots? complete, last pause"

    def terminal() -> None:
        text = in_terminal([bench.cutline, "run", *command, *bench.mode()], 20)
        demand(re.search(status, text) is not None, text[-500:])
        demand("\x1b[" in text and "as at the start" in text, text[-500:])
        demand("\r\x1b[K" in text, "the line is cleared")

    def pipe() -> None:
        done = bench.run(*command, *bench.mode())
        demand(done.status == 0 and done.errors == "", done)
        demand(re.search(status, done.text) is None, done.text)
        demand("\x1b" not in done.text and "\r" not in done.text, "no colours")

    def lines() -> None:
        done = bench.run("--json", *command, *bench.mode())
        check_well(done, 10)
        kinds = {event["event"] for event in done.events}
        demand(kinds == {"started", "snapshot", "status", "end"}, kinds)
        demand(done.end["exit_status"] == 0, done.end)

    def judged() -> None:
        done = bench.run("--json", "--judge", *command, *bench.mode())
        demand((done.status, done.errors) == (0, ""), (done.status, done.errors))
        last = done.events[-1]
        demand(last["event"] == "judged" and last["consistent"] >= 10, last)
        demand(last["wrong"] == 0 and len(last["traces"]) == 1, last)

    def none_to_judge() -> None:
        done = bench.run("--quiet", "--judge", "--until", "50ms", *bench.mode())
        demand((done.status, done.errors) == (1, ""), done)
        demand(done.text == "0 snapshots: none to judge\n", done.text)

    yield "terminal: a status line", terminal
    yield "terminal: none in a pipe", pipe
    yield "JSON: what happens", lines
    yield "judge: JSON, on a line among the others", judged
    yield "judge: a run without a snapshot", none_to_judge


def test_options(bench: Bench) -> Iterator[tuple[str, Callable[[], None]]]:
    program = bench.unruly
    cases = [
        ([], "missing"),
        (["./no-such-program"], "./no-such-program: cannot run it: No such file"),
        (["unruly"], "no path to a program"),
        (["/"], "/: cannot run it: it is no regular file"),
        (["/dev/null"], "/dev/null: cannot run it: it is no regular file"),
        (["/etc/passwd"], "/etc/passwd: cannot run it: Permission denied"),
        (["-n", "0", program], "--processes 0: too few"),
        (["-n", "5000", program], "--processes 5000: too many"),
        (["-n", "x", program], "bad N 'x'"),
        (["-n", "3", "--topology", "ring:4", program], "--processes 3 are not the 4"),
        (["--topology", "blob:4", program], "blob"),
        (["--capacity", "0", program], "--capacity 0 (expected at least 1)"),
        (["--in-progress", "0", program], "--in-progress 0 (expected 1 to 1024)"),
        (["--every", "10us", program], "--every 10us: too often"),
        (["--every", "soon", program], "soon"),
        (["--silence", "0", program], "--silence 0: too short"),
        (["--timeout", "-1", program], "-1"),
        (["--algorithm", "magic", program], "magic"),
        (["--log-level", "loud", program], "loud"),
        (["--tls", "/no/such/keys", program], "/no/such/keys"),
        (["--no-such-option", program], "--no-such-option"),
    ]
    for arguments, words in cases:

        def run(arguments: list[str] = arguments, words: str = words) -> None:
            done = bench.run(*arguments)
            demand(done.status == 2, done)
            lines = done.errors.splitlines()
            demand(len(lines) == 1 and words in lines[0], (words, done.errors))
            demand(done.output == b"" or "--tls" in arguments, done.output)

        yield f"option: {' '.join(arguments[:-1])}".rstrip(), run


# --- all ------------------------------------------------------------------

GROUPS = [
    test_hanging,
    test_contention,
    test_strangers,
    test_bank,
    test_examples,
    test_shapes,
    test_capacity,
    test_clock,
    test_at_once,
    test_out,
    test_failures,
    test_output,
    test_signals,
    test_terminal,
    test_options,
]


def attempt(test: Callable[[], None]) -> tuple[str | None, float]:
    began = time.monotonic()
    try:
        test()
    except Broken as problem:
        return str(problem), time.monotonic() - began
    except Exception as problem:  # of the test itself: a failure too
        return f"{type(problem).__name__}: {problem}", time.monotonic() - began
    return None, time.monotonic() - began


def main() -> int:
    if len(sys.argv) < 4:
        sys.exit("usage: run.py CUTLINE EXAMPLES UNRULY [WORD...]")
    words = sys.argv[4:]
    tap = Tap()
    with tempfile.TemporaryDirectory() as work:
        bench = Bench(*sys.argv[1:4], work)
        tests = [test for group in GROUPS for test in group(bench)]
        tests = [t for t in tests if not words or any(w in t[0] for w in words)]
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            results = pool.map(attempt, [test for _, test in tests])
            for (name, _), (problem, seconds) in zip(tests, results):
                tap.result(problem, name, f"{seconds:.1f} s")
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
