#!/usr/bin/env python3
"""Runs that are looked at while they run: the control socket, `cutline snap`,
`ps`, `stats` and `stop`, and metrics.

    control.py CUTLINE PROGRAM

PROGRAM is the bank: how many transfers it makes is its argument. TAP.
"""

import http.client
import json
import os
import pathlib
import re
import resource
import select
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from typing import Any, Callable

import openmetrics
from tap import Tap

TIMEOUT_SECONDS = 60
LINE_MAX = 65536
QUEUE_MAX = 1 << 20
CALLERS_MAX = 256

Json = dict[str, Any]
Done = subprocess.CompletedProcess[str]


class Place:
    """A folder to work in, with a place for sockets of its own."""

    def __init__(self, cutline: str, program: str, work: str) -> None:
        self.cutline = cutline
        self.program = program
        self.work = pathlib.Path(work)
        self.sockets = self.work / "cutline"
        self.environment = dict(os.environ, LC_ALL="C.UTF-8", XDG_RUNTIME_DIR=work)

    def start(self, *arguments: str, **options: Any) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [self.cutline, *arguments],
            cwd=self.work,
            env=options.pop("env", self.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )

    def do(self, *arguments: str, **options: Any) -> Done:
        process = self.start(*arguments, **options)
        try:
            out, err = process.communicate(timeout=TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            err += "(was killed: it took too long)\n"
        return Done(arguments, process.returncode, out, err)

    def json(self, *arguments: str) -> Any:
        return json.loads(self.do(*arguments).stdout)


def wait_until(condition: Callable[[], object], what: str) -> None:
    end = time.monotonic() + TIMEOUT_SECONDS
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.01)


class Caller:
    """A connection to a control socket."""

    def __init__(self, path: pathlib.Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(TIMEOUT_SECONDS)
        self.socket.connect(str(path))
        self.bytes = b""

    def __enter__(self) -> "Caller":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, *requests: Json) -> None:
        self.socket.sendall(b"".join(json.dumps(r).encode() + b"\n" for r in requests))

    def line(self) -> Json | None:
        """The next answer; None: hung up."""
        while b"\n" not in self.bytes:
            try:
                more = self.socket.recv(1 << 16)
            except ConnectionResetError:
                return None
            if not more:
                return None
            self.bytes += more
        line, _, self.bytes = self.bytes.partition(b"\n")
        answer: Json = json.loads(line)
        return answer

    def ask(self, **request: Any) -> Json | None:
        self.send(request)
        return self.line()


class Run:
    """A run of the bank that goes on until it is stopped."""

    def __init__(self, place: Place, name: str, *options: str, count: int = 4) -> None:
        self.place = place
        self.name = name
        self.socket = place.sockets / f"{name}.sock"
        self.log = open(place.work / f"{name}.log", "w+")
        self.process = subprocess.Popen(
            [place.cutline, "run", "-n", str(count), "--stay", "--name", name]
            + [*options, place.program, "1000000"],
            cwd=place.work,
            env=place.environment,
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )
        wait_until(self.is_running, f"{name} does not start: {self.text()}")

    def is_running(self) -> bool:
        if self.process.poll() is not None:
            raise ChildProcessError(self.text())
        try:
            with Caller(self.socket) as caller:
                answer = caller.ask(command="info")
        except (FileNotFoundError, ConnectionRefusedError):
            return False
        return answer is not None and answer["info"]["state"] == "running"

    def text(self) -> str:
        self.log.flush()
        return (self.place.work / f"{self.name}.log").read_text()

    def __enter__(self) -> "Run":
        return self

    def workers(self) -> list[int]:
        path = f"/proc/{self.process.pid}/task/{self.process.pid}/children"
        return [int(pid) for pid in pathlib.Path(path).read_text().split()]

    def call(self) -> Caller:
        return Caller(self.socket)

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            for pid in [self.process.pid, *self.workers()]:
                os.kill(pid, signal.SIGCONT)
            self.process.terminate()
        self.process.wait(TIMEOUT_SECONDS)
        self.log.close()


def refused_problem(done: Done, status: int, says: str) -> str | None:
    """Why a command did not fail as it should, with one line."""
    lines = done.stderr.splitlines()
    if done.returncode != status or len(lines) != 1 or says not in lines[0]:
        return f"status {done.returncode}: {done.stderr!r}, not {says!r}"
    return None


# --- what a run says of itself


def check_run(place: Place, tap: Tap) -> None:
    with Run(place, "bank", "--topology", "complete:4") as run:
        mode = stat.S_IMODE(place.sockets.stat().st_mode)
        tap.equal(oct(mode), "0o700", "the directory is the user's alone")
        mode = stat.S_IMODE(run.socket.stat().st_mode)
        tap.equal(oct(mode), "0o600", "and so is the socket")
        with run.call() as caller:
            info = (caller.ask(command="info") or {})["info"]
        wanted = {
            "name": "bank",
            "program": "bank",
            "command": [place.program, "1000000"],
            "pid": run.process.pid,
            "processes": 4,
            "processes_running": 4,
            "topology": "complete:4",
            "algorithm": "chandy-lamport",
        }
        tap.equal({key: info.get(key) for key in wanted}, wanted, "info: who it is")
        age = time.time() - info["started"] / 1e9
        tap.check(0 <= age < TIMEOUT_SECONDS, "info: since when", info)
        tap.check(0 < info["uptime"] / 1e9 < age + 1, "info: for how long", info)
        wait_until(lambda: place.json("ps", "--json")[0]["messages_per_second"], "no rate")
        listed = place.json("ps", "--json")
        tap.equal([row["name"] for row in listed], ["bank"], "ps --json")
        done = place.do("ps")
        head, row = done.stdout.splitlines()
        tap.check(re.match(r"NAME +PID +PROGRAM +PROCESSES", head), "ps: titles", head)
        wanted_row = rf"bank +{run.process.pid} +bank +4 +[0-9:.]+ +\d+ +0 +0 +0"
        tap.check(re.fullmatch(wanted_row, row), "ps: a run", row)
        done = place.do("stop")
        tap.equal((done.returncode, done.stdout, done.stderr), (0, "", ""), "stop")
        tap.equal(list(place.sockets.iterdir()), [], "nothing is left of it")
        tap.equal(run.process.wait(TIMEOUT_SECONDS), 0, "the run is over, with 0")
        tap.check("stopped over its control socket" in run.text(), "and says why", run.text())
    tap.equal(place.json("ps", "--json"), [], "ps --json: nothing runs")
    for command in ("snap", "stats", "stop"):
        says = f"cutline {command}: no run is up (see 'cutline run')"
        tap.result(refused_problem(place.do(command), 2, says), f"{command}: nothing runs")
        says = f"cutline {command}: no run 'other' is up"
        problem = refused_problem(place.do(command, "--run", "other"), 2, says)
        tap.result(problem, f"{command}: no such run")


# --- snapshots


def snap_problem(place: Place, done: Done, out: str) -> str | None:
    lines = done.stdout.splitlines()
    if done.returncode != 0 or done.stderr or len(lines) != 3:
        return f"status {done.returncode}: {done.stdout!r} {done.stderr!r}"
    path = place.work / out / f"{lines[0]}.json"
    if not path.exists() or f"durable in {path}" not in lines[1]:
        return f"not durable: {lines[1]}"
    if not re.fullmatch(r"money: \d+ in .* = \d+, as at the start", lines[2]):
        return f"the sum: {lines[2]}"
    return None


def check_snap(place: Place, tap: Tap) -> None:
    with Run(place, "snaps", "--out", "kept", "--pause", "1ms") as run:
        tap.result(snap_problem(place, place.do("snap"), "kept"), "snap")
        for initiator, name in (("p2", "p2"), ("3", "p3")):
            snap = place.json("snap", "--initiator", initiator, "--json")
            tap.equal(snap["initiator"], name, f"snap, begun by {initiator}")
            path = pathlib.Path(snap["path"])
            written = json.loads(path.read_text())
            tap.equal(written["id"], snap["id"], "its file has the same id")
        total = snap["totals"][0]
        tap.equal(
            total["in_processes"] + total["in_channels"], total["at_start"], "no money is lost"
        )
        keys = {"delay", "pause", "saving", "recording", "cpu", "state_bytes", "at"}
        parts = snap["parts"]
        tap.check(len(parts) == 4 and all(keys <= part.keys() for part in parts), "parts", parts)
        tap.equal(sum(p["state_bytes"] for p in parts), snap["state_bytes"], "bytes add up")
        tap.equal(sum(p["messages"] for p in parts), snap["messages"], "messages add up")
        tap.equal(max(p["pause"] for p in parts), snap["pause_max"], "the longest pause")
        order = ["begun", "arrived", "durable"]
        tap.check(snap["begun"] < snap["arrived"] < snap["durable"], f"times: {order}", snap)
        tap.equal(snap["duration"], snap["durable"] - snap["begun"], "from begun to durable")
        for bad in ("p9", "4", "-1", "1x"):
            problem = refused_problem(place.do("snap", f"--initiator={bad}"), 1, "no such initiator")
            tap.result(problem, f"snap, begun by {bad}")
        tap.equal(run.process.poll(), None, "the run goes on")
    tap.equal(run.process.returncode, 143, "terminated")
    with Run(place, "thrown", count=2):
        done = place.do("snap")
        tap.check("; not kept\n" in done.stdout, "a snapshot that is not kept", done)


def check_concurrent(place: Place, tap: Tap) -> None:
    """Each initiator is asked by several at once; no id is given twice, and
    each file is there when its id is printed."""
    options = ["--out", "many", "--in-progress", "4", "--pause", "0"]
    with Run(place, "many", *options, "--every", "20ms"):
        started = [
            place.start("snap", "--initiator", f"p{i % 4}") for i in range(24)
        ]
        ids = []
        problems = []
        for process in started:
            assert process.stdout and process.stderr
            first = process.stdout.readline().strip()
            ids.append(first)
            if not (place.work / "many" / f"{first}.json").exists():
                problems.append(f"{first!r} is not there: {process.stderr.read()}")
            process.communicate(timeout=TIMEOUT_SECONDS)
            if process.returncode != 0:
                problems.append(f"status {process.returncode}")
        tap.equal(problems, [], "24 at once, from 4 processes, are all complete and there")
        tap.equal(len(set(ids)), 24, "and all different")
        stats = place.json("stats", "--json")
        failed = [s for s in stats["recent"] if s["status"] == "aborted"]
        tap.equal(failed, [], "none was aborted")


# --- figures


def check_stats(place: Place, tap: Tap) -> None:
    with Run(place, "figures", count=3):
        for _ in range(105):
            last = place.json("snap", "--json")
        stats = place.json("stats", "--json")
        counters = stats["snapshots"]
        wanted = {
            "triggered": 105,
            "in_progress": 0,
            "completed": 105,
            "failed": 0,
            "restored": 0,
            "waiting": 0,
        }
        tap.equal(counters, wanted, "stats: counters")
        ids = [s["id"] for s in stats["recent"]]
        tap.equal(ids, list(range(5, 105)), "stats: the last hundred, in order")
        del last["totals"]
        one = place.json("stats", "--snapshot", "104", "--json")["snapshot"]
        tap.equal(one, last, "stats --snapshot says what snap said")
        del one["parts"]
        tap.equal(stats["recent"][-1], one, "and so does the list")
        check_summaries(place, tap, stats)
        done = place.do("stats")
        tap.equal(len(done.stdout.splitlines()), 1 + 1 + 10 + 1 + 11, "stats: tables")
        done = place.do("stats", "--all")
        tap.equal(len(done.stdout.splitlines()), 1 + 1 + 10 + 1 + 101, "stats --all: tables")
        done = place.do("stats", "-s", "104")
        lines = done.stdout.splitlines()
        tap.equal([line.split()[0] for line in lines[4:]], ["p0", "p1", "p2"], "by process")
        for unknown in ("4", "105", "18446744073709551615"):
            problem = refused_problem(place.do("stats", "-s", unknown), 2, "no snapshot")
            tap.result(problem, f"stats: no snapshot {unknown}")


def check_summaries(place: Place, tap: Tap, stats: Json) -> None:
    order = ["min", "p50", "p90", "p99", "p99_9", "max"]
    for name, summary in stats["summaries"].items():
        is_of_parts = name in ("delay", "pause", "saving", "recording", "cpu")
        tap.equal(summary["count"], 315 if is_of_parts else 105, f"summary of {name}: count")
        values = [summary[key] for key in order]
        tap.equal(values, sorted(values), f"summary of {name}: in order")
        holds = summary["min"] <= summary["average"] <= summary["max"]
        tap.check(holds, f"summary of {name}: average", summary)
    recent = [s["duration"] for s in stats["recent"]]
    summary = stats["summaries"]["duration"]
    holds = summary["min"] <= min(recent) and summary["max"] >= max(recent)
    tap.check(holds, "the summary is of all", summary)


# --- failures


def check_late(place: Place, tap: Tap) -> None:
    """A process that is stopped keeps a snapshot from being complete."""
    with Run(place, "late", "--timeout", "300ms", count=3) as run:
        stopped = run.workers()[1]
        os.kill(stopped, signal.SIGSTOP)
        done = place.do("snap", "-i", "p0")
        # The others wait for its markers.
        says = "it took longer than --timeout; late: p0, p1, p2"
        tap.result(refused_problem(done, 1, says), "snap: aborted, and who is late")
        stats = place.json("stats", "--json")
        snap = stats["recent"][-1]
        tap.equal((snap["status"], stats["snapshots"]["failed"]), ("aborted", 1), "stats: failed")
        tap.check(says in snap["reason"], "stats: why", snap)
        tap.check(300e6 <= snap["duration"] < 5e9, "stats: after how long", snap)
        tap.equal(stats["summaries"]["duration"], {"count": 0}, "stats: no summary of it")
        done = place.do("stats")
        tap.check("failed after" in done.stdout and says in done.stdout, "stats: said", done)
        os.kill(stopped, signal.SIGCONT)
        done = place.do("snap")
        tap.check(done.returncode == 0, "snap, when it goes on", (done, run.text()))
    with Run(place, "stuck", count=3) as run:
        stopped = run.workers()[2]
        os.kill(stopped, signal.SIGSTOP)
        done = place.do("snap", "--timeout", "300ms")
        tap.result(refused_problem(done, 2, "has not answered in time"), "snap --timeout")
        stats = place.json("stats", "--json")
        snap = stats["recent"][-1]
        tap.equal(snap["status"], "in progress", "the snapshot is still under way")
        tap.equal(snap["parts_arrived"] < 3, True, "and not all parts have come")
        parts = place.json("stats", "-s", str(snap["id"]), "--json")["snapshot"]["parts"]
        tap.equal(parts[2], {"process": "p2", "arrived": False}, "p2 is the one")
        os.kill(stopped, signal.SIGCONT)
        wait_until(lambda: place.json("stats", "--json")["snapshots"]["completed"], "never")
        tap.equal(run.process.poll(), None, "and is complete when it goes on")


def check_supervisor_dies(place: Place, tap: Tap) -> None:
    with Run(place, "dies", count=3) as run:
        os.kill(run.workers()[0], signal.SIGSTOP)
        waiting = place.start("snap")
        wait_until(lambda: place.json("stats", "--json")["snapshots"]["in_progress"], "never")
        run.process.kill()
        out, err = waiting.communicate(timeout=TIMEOUT_SECONDS)
        done = Done("snap", waiting.returncode, out, err)
        says = "cutline snap: the run 'dies' ended before it answered"
        tap.result(refused_problem(done, 2, says), "snap, and the supervisor dies")
        run.process.wait(TIMEOUT_SECONDS)
    tap.check(run.socket.exists(), "a socket is left")
    tap.equal(place.json("ps", "--json"), [], "which is of nobody")
    tap.check(not run.socket.exists(), "and removed by who looks")
    stale = socket.socket(socket.AF_UNIX)
    stale.bind(str(run.socket))
    stale.close()
    problem = refused_problem(place.do("snap", "--run", "dies"), 2, "no run 'dies' is up")
    tap.result(problem, "snap of a run that died")
    tap.check(not run.socket.exists(), "removes its socket")
    stale = socket.socket(socket.AF_UNIX)
    stale.bind(str(run.socket))
    stale.close()
    with Run(place, "dies", count=2):
        tap.equal(place.do("snap").returncode, 0, "another run may take its name")


def check_supervisor_stops(place: Place, tap: Tap) -> None:
    with Run(place, "stops", count=2) as run:
        os.kill(run.process.pid, signal.SIGSTOP)
        done = place.do("ps")
        row = done.stdout.splitlines()[1]
        holds = done.returncode == 0 and row.split()[:3] == ["stops", "-", "-"]
        tap.check(holds and "no answer" in row, "ps: one that does not answer", done)
        done = place.do("snap", "--timeout", "200ms")
        tap.result(refused_problem(done, 2, "has not answered in time"), "snap: nor that")
        # The queue of callers may be full.
        callers = []
        for _ in range(1000):
            caller = socket.socket(socket.AF_UNIX)
            caller.setblocking(False)
            callers.append(caller)
            if caller.connect_ex(str(run.socket)) != 0:
                break
        done = place.do("snap", "--run", "stops")
        tap.result(refused_problem(done, 2, "does not answer, and others wait"), "too many wait")
        for caller in callers:
            caller.close()
        os.kill(run.process.pid, signal.SIGCONT)
        done = place.do("snap")
        tap.check(done.returncode == 0, "snap, when it goes on", (done, run.text()))


def check_end(place: Place, tap: Tap) -> None:
    """Who waits for a snapshot when the run ends is told."""
    with Run(place, "ends", "--in-progress", "1", count=3) as run:
        os.kill(run.workers()[0], signal.SIGSTOP)
        with run.call() as caller, run.call() as other:
            for number in range(3):
                caller.send({"command": "snap", "id": number})
            caller.send({"command": "info", "id": "after"})
            tap.equal((caller.line() or {})["id"], "after", "others are answered meanwhile")
            tap.equal(other.ask(command="stop"), {"stop": {}}, "stop")
            answers = sorted((caller.line() or {} for _ in range(3)), key=lambda a: a["id"])
            snap = answers[0].get("snap", {})
            tap.equal(snap.get("reason"), "the run ended", "one that was under way")
            wanted = [{"id": n, "error": "the run is ending"} for n in (1, 2)]
            tap.equal(answers[1:], wanted, "those that waited")
            os.kill(run.workers()[0], signal.SIGCONT)
            tap.equal(caller.line(), None, "and then it hangs up")


# --- callers


def check_requests(place: Place, tap: Tap) -> None:
    errors = [
        (b"nothing", "no JSON object in a line"),
        (b"[1]", "no JSON object in a line"),
        (b'{"command":"info"', "no JSON object in a line"),
        (b"\xff\xfe\x00\x01", "no JSON object in a line"),
        (b"[" * 60000, "no JSON object in a line"),
        (b"{}", "no command"),
        (b'{"command":1}', "no command"),
        (b'{"command":"halt"}', "unknown command 'halt'"),
        ('{"command":"h\\n\u00e4lt"}'.encode(), "unknown command 'h???lt'"),
        (b'{"command":"info","run":1}', "unknown member 'run' of 'info'"),
        (b'{"command":"stats","initiator":1}', "unknown member 'initiator' of 'stats'"),
        (b'{"command":"snap","initiator":[]}', "bad initiator"),
        (b'{"command":"snap","initiator":-1}', "bad initiator"),
        (b'{"command":"snap","initiator":9}', "no such initiator"),
        (b'{"command":"stats","snapshot":"1"}', "bad snapshot"),
        (b'{"command":"info","id":[]}', "bad id"),
    ]
    with Run(place, "asked", count=2) as run:
        with run.call() as caller:
            for line, says in errors:
                caller.socket.sendall(line + b"\n")
                error = (caller.line() or {}).get("error", "")
                tap.check(says in error, f"refused: {line[:40]!r}", error)
            answer = caller.ask(command="halt", id="x")
            tap.equal((answer or {}).get("id"), "x", "a refusal has the id of its request")
            caller.socket.sendall(b"\n\n")
            caller.send(*({"command": "info", "id": i} for i in range(500)))
            ids = [(caller.line() or {})["id"] for _ in range(500)]
            tap.equal(ids, list(range(500)), "500 at once are answered in order")
        with run.call() as caller:
            caller.socket.sendall(b'{"command":"info"}\n{"command":"snap"}')
            caller.socket.shutdown(socket.SHUT_WR)
            keys = [next(iter(caller.line() or {"": 0})) for _ in range(2)]
            tap.equal(keys, ["info", "snap"], "who says no more still hears, the last line too")
            tap.equal(caller.line(), None, "and is hung up on then")
        check_bytewise(run, tap)


def check_bytewise(run: Run, tap: Tap) -> None:
    with run.call() as caller:
        for byte in b'{"command":"info","id":7}\n':
            caller.socket.sendall(bytes([byte]))
        tap.equal((caller.line() or {})["id"], 7, "byte by byte")
    with run.call() as caller:
        head = b'{"command":"info","id":"'
        caller.socket.sendall(head + b"x" * (LINE_MAX - len(head) - 2) + b'"}\n')
        answer = caller.line() or {}
        tap.equal(len(answer.get("id", "")), LINE_MAX - len(head) - 2, "the longest line")
        try:
            caller.socket.sendall(b"y" * (LINE_MAX + 1))
        except (BrokenPipeError, ConnectionResetError):
            pass
        error = {"error": "a line of more than 65536 bytes"}
        tap.equal(caller.line(), error, "one byte more is refused")
        tap.equal(caller.line(), None, "and hung up on")


def is_answered(run: Run) -> bool:
    with run.call() as caller:
        started = time.monotonic()
        try:
            answer = caller.ask(command="info")
        except BrokenPipeError:
            return False
        return answer is not None and "info" in answer and time.monotonic() - started < 5


def descriptors_of(run: Run) -> int:
    return len(os.listdir(f"/proc/{run.process.pid}/fd"))


def memory_of(run: Run) -> int:
    text = pathlib.Path(f"/proc/{run.process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", text)[1]) * 1024  # type: ignore[index]


def check_bad_callers(place: Place, tap: Tap) -> None:
    with Run(place, "borne", "--in-progress", "1", "--pause", "0", count=2) as run:
        before = memory_of(run)
        used = descriptors_of(run)
        deaf = [run.call() for _ in range(8)]
        request = b'{"command":"stats"}\n' * 1000
        for caller in deaf:
            caller.socket.setblocking(False)
        sent = 0
        end = time.monotonic() + 2
        while time.monotonic() < end:
            _, ready, _ = select.select([], [c.socket for c in deaf], [], 0.1)
            for one in ready:
                sent += one.send(request)
        grown = memory_of(run) - before
        # Sanitizers keep for a while what was released.
        tap.check(sent < 8 * QUEUE_MAX, "who does not read is not read from", sent)
        tap.check(grown < 8 * QUEUE_MAX + (64 << 20), "and costs no more memory", grown)
        tap.check(is_answered(run), "others are answered")
        deaf[0].socket.setblocking(True)
        deaf[0].socket.settimeout(TIMEOUT_SECONDS)
        first = [deaf[0].line() for _ in range(100)]
        tap.check(all(a and "stats" in a for a in first), "who reads late has all answers")
        for caller in deaf:
            caller.socket.close()
        check_gone(place, run, tap)
        check_many(run, tap, used)
        tap.equal(place.do("snap").returncode, 0, "the run has not noticed")


def check_gone(place: Place, run: Run, tap: Tap) -> None:
    """Who asked for snapshots is gone before they are complete."""
    os.kill(run.workers()[0], signal.SIGSTOP)
    caller = run.call()
    caller.send(*({"command": "snap", "id": i} for i in range(300)), {"command": "info"})
    answers = []
    while not answers or "info" not in answers[-1]:
        answers.append(caller.line() or {"info": {}})
    refused = [a["id"] for a in answers if "too many" in a.get("error", "")]
    tap.equal(refused, list(range(256, 300)), "one caller may wait for 256 snapshots")
    waiting = place.json("stats", "--json")["snapshots"]["waiting"]
    tap.equal(waiting, 255, "which wait for their turn")
    caller.socket.close()
    tap.check(is_answered(run), "it hangs up, and others are answered")
    os.kill(run.workers()[0], signal.SIGCONT)
    wait_until(
        lambda: place.json("stats", "--json")["snapshots"]["waiting"] == 0, "they wait for ever"
    )


def check_many(run: Run, tap: Tap, used: int) -> None:
    callers = [run.call() for _ in range(CALLERS_MAX)]
    answered = [caller.ask(command="info") is not None for caller in callers]
    tap.equal(answered.count(True), CALLERS_MAX, f"{CALLERS_MAX} callers at once")
    callers[0].ask(command="info")
    with run.call() as caller:
        tap.check(caller.ask(command="info"), "another one is answered")
        tap.equal(callers[1].line(), None, "instead of the one that is idle for the longest time")
        tap.check(callers[0].ask(command="info"), "and not of one that is not")
    callers[1] = run.call()
    os.kill(run.workers()[0], signal.SIGSTOP)
    for caller in callers:
        caller.send({"command": "snap"}, {"command": "info"})
        caller.line()
    with run.call() as caller:
        error = {"error": "too many callers at once"}
        tap.equal(caller.line(), error, "where all wait for something, another one is refused")
        tap.equal(caller.line(), None, "and hung up on")
    for caller in callers:
        caller.socket.close()
    os.kill(run.workers()[0], signal.SIGCONT)
    wait_until(lambda: is_answered(run), "no caller is taken any more")
    # No descriptors are left for more than a few.
    wait_until(lambda: descriptors_of(run) <= used, "callers stay")
    limit = resource.prlimit(run.process.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(run.process.pid, resource.RLIMIT_NOFILE, (used + 3, limit[1]))
    callers = [run.call() for _ in range(20)]
    for caller in callers:
        try:
            caller.send({"command": "info"})
        except BrokenPipeError:
            pass
    hung_up = [caller.line() is None for caller in callers]
    tap.check(0 < hung_up.count(True) < 20, "no descriptors: some are hung up on", hung_up)
    for caller in callers:
        caller.socket.close()
    wait_until(lambda: is_answered(run), "no caller is taken any more")
    resource.prlimit(run.process.pid, resource.RLIMIT_NOFILE, limit)


# --- names and places


def check_names(place: Place, tap: Tap) -> None:
    def run(name: str, **options: Any) -> Done:
        arguments = ["run", "-n", "2", "--name", name, "--until", "50ms"]
        return place.do(*arguments, place.program, **options)

    for name in ("", ".", "..", "a/b", "-x", ".x", "a b", "\u00e4", "n" * 64, "a\nb"):
        problem = refused_problem(run(name), 2, "bad name of a run")
        tap.result(problem, f"no run is called {name[:9]!r}")
        problem = refused_problem(place.do("snap", f"--run={name}"), 2, "bad name of a run")
        tap.result(problem, "nor is one asked")
    for name in ("a", "9.b_c-D", "n" * 63):
        tap.equal(run(name).returncode, 0, f"a run is called {name[:9]}")
    with Run(place, "one", count=2), Run(place, "two", count=2):
        problem = refused_problem(run("one"), 2, "a run 'one' is up already")
        tap.result(problem, "a name that is taken")
        for command in ("snap", "stats", "stop"):
            says = "several runs are up (expected --run with one of one, two)"
            tap.result(refused_problem(place.do(command), 2, says), f"{command}: which run?")
        tap.equal(place.do("snap", "--run", "two").returncode, 0, "snap --run")
        names = [row.split()[0] for row in place.do("ps").stdout.splitlines()]
        tap.equal(names, ["NAME", "one", "two"], "ps: both")
    (place.sockets / "note.txt").write_text("")
    (place.sockets / "-x.sock").write_text("")
    tap.equal(place.json("ps", "--json"), [], "what is no socket is left alone")
    found = sorted(path.name for path in place.sockets.iterdir())
    tap.equal(found, ["-x.sock", "note.txt"], "and stays")


def check_places(place: Place, tap: Tap) -> None:
    def both(name: str, says: str, environment: dict[str, str]) -> None:
        arguments = ["run", "-n", "2", "--until", "50ms", place.program]
        for command in (arguments, ["ps"], ["snap", "--run", "x"]):
            done = place.do(*command, env=environment)
            tap.result(refused_problem(done, 2, says), f"{command[0]}: {name}")

    with tempfile.TemporaryDirectory(dir="/tmp") as work:
        mine = dict(place.environment, XDG_RUNTIME_DIR=work)
        inner = pathlib.Path(work) / "cutline"
        inner.mkdir(mode=0o700)
        inner.chmod(0o750)
        both("a directory that is open to others", "is open to others", mine)
        inner.rmdir()
        inner.write_text("")
        both("a file", "is no directory", mine)
        inner.unlink()
        inner.symlink_to(place.sockets)
        both("a link", "is no directory", mine)
        inner.unlink()
        if os.geteuid() == 0:  # who alone can give a directory away
            inner.mkdir(mode=0o700)
            os.chown(inner, 65534, 65534)
            both("somebody else's directory", "belongs to somebody else", mine)
            inner.rmdir()
        else:
            tap.skip("somebody else's directory", "needs to be root")
        check_fallback(place, tap, work)


def check_fallback(place: Place, tap: Tap, work: str) -> None:
    """Where XDG_RUNTIME_DIR is of no use, the directory is in /tmp."""
    fallback = pathlib.Path(f"/tmp/cutline-{os.geteuid()}")
    name = f"test-{os.getpid()}"
    for where in (None, "", "relative", f"{work}/none", "/proc/version", work + "/" + "d" * 60):
        environment = dict(place.environment)
        if where is None:
            del environment["XDG_RUNTIME_DIR"]
        else:
            environment["XDG_RUNTIME_DIR"] = where
        if where and where.endswith("d"):
            os.mkdir(where, 0o700)
        arguments = ["run", "-n", "2", "--stay", "--name", name, place.program, "1000000"]
        run = place.start(*arguments, env=environment)
        wait_until((fallback / f"{name}.sock").exists, "no socket")
        done = place.do("stop", "--run", name, env=environment)
        run.communicate(timeout=TIMEOUT_SECONDS)
        tap.equal((done.returncode, run.returncode), (0, 0), f"XDG_RUNTIME_DIR is {where!r}"[:60])


def check_early_stop(place: Place, tap: Tap) -> None:
    """Stopped while its processes call each other, or before."""
    statuses = []
    for i in range(40):
        name = f"early{i}"
        run = place.start(*("run", "-n", "4", "--stay", "--name", name), *(place.program, "1000000"))
        wait_until((place.sockets / f"{name}.sock").exists, "no socket")
        stopped = place.do("stop", "--run", name)
        run.communicate(timeout=TIMEOUT_SECONDS)
        statuses += [stopped.returncode, run.returncode]
    tap.equal(set(statuses), {0}, "a run that is stopped at once")


# --- metrics


def check_metrics_text(tap: Tap, text: str, name: str) -> dict[str, float]:
    tap.result(openmetrics.problem(text), f"{name}: it is OpenMetrics")
    try:
        return openmetrics.samples(text)
    except ValueError:
        return {}


def check_metrics_file(place: Place, tap: Tap) -> None:
    path = place.work / "metrics.txt"
    with Run(place, "filed", "--metrics", str(path), "--every", "50ms", count=3):
        texts = set()
        seen: list[str] = []
        end = time.monotonic() + 3.5
        while time.monotonic() < end:
            texts.add(path.read_text())
        for text in texts:
            problem = openmetrics.problem(text)
            if problem:
                seen.append(problem)
        tap.equal(seen, [], "metrics in a file are whole whenever they are read")
        tap.check(3 <= len(texts) <= 6, "and made anew each second", len(texts))
        stats = place.json("stats", "--json")
    values = check_metrics_text(tap, path.read_text(), "at the end")
    done = values.get("cutline_snapshots_completed_total", 0)
    tap.check(done >= stats["snapshots"]["completed"] > 0, "all snapshots are counted", done)
    tap.equal(values.get("cutline_snapshot_duration_seconds_count"), done, "and summarized")
    tap.equal(values.get("cutline_snapshot_pause_seconds_count"), 3 * done, "by process too")
    longest = values.get('cutline_snapshot_duration_seconds{quantile="1"}', 0)
    tap.check(longest >= stats["summaries"]["duration"]["max"] / 1e9, "in seconds", longest)
    sent = [values.get(f'cutline_process_messages_sent_total{{process="p{p}"}}', 0) for p in range(3)]
    tap.check(all(sent), "each process is there", sent)
    tap.check(not path.with_suffix(".txt.part").exists(), "no part is left")
    missing = place.do("run", "--metrics", "no/where", place.program)
    says = "cannot write no/where: No such file or directory"
    tap.result(refused_problem(missing, 2, says), "a file that cannot be written")


def request(port: int, method: str, path: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
    connection.request(method, path)
    return connection.getresponse()


def check_metrics_http(place: Place, tap: Tap) -> None:
    with Run(place, "served", "--metrics", "0", "--every", "50ms", count=2) as run:
        found = re.search(r"metrics at http://127.0.0.1:(\d+)/metrics", run.text())
        port = int(found[1]) if found else 0
        tap.check(port, "the port is told", run.text())
        wait_until(
            lambda: b"snapshots_completed_total 0\n" not in request(port, "GET", "/metrics").read(),
            "no figures",
        )
        answer = request(port, "GET", "/metrics")
        kind = "application/openmetrics-text; version=1.0.0; charset=utf-8"
        tap.equal((answer.status, answer.getheader("Content-Type")), (200, kind), "GET /metrics")
        values = check_metrics_text(tap, answer.read().decode(), "over HTTP")
        tap.check(values.get("cutline_processes") == 2, "it is of this run", values)
        answer = request(port, "HEAD", "/metrics")
        tap.equal((answer.status, answer.read()), (200, b""), "HEAD /metrics")
        answer = request(port, "POST", "/metrics")
        tap.equal((answer.status, answer.getheader("Allow")), (405, "GET, HEAD"), "POST /metrics")
        for path in ("/", "/metrics/", "/etc/passwd", "/..%2f..%2fetc/passwd"):
            tap.equal(request(port, "GET", path).status, 404, f"GET {path}")
        listening = [
            line.split()[1]
            for table in ("tcp", "tcp6")
            for line in pathlib.Path(f"/proc/net/{table}").read_text().splitlines()[1:]
            if line.split()[3] == "0A" and line.split()[1].endswith(f":{port:04X}")
        ]
        tap.equal(listening, [f"0100007F:{port:04X}"], "on the loopback interface alone")
        silent = socket.create_connection(("127.0.0.1", port))
        tap.equal(request(port, "GET", "/metrics").status, 200, "beside one that is silent")
        done = place.do("run", "--metrics", str(port), "--name", "x", place.program)
        says = f"cannot serve at http://127.0.0.1:{port}"
        tap.result(refused_problem(done, 2, says), "a port that is taken")
        started = time.monotonic()
        tap.equal(place.do("stop").returncode, 0, "the run ends all the same")
        tap.check(time.monotonic() - started < 15, "soon", time.monotonic() - started)
        silent.close()
    for bad in ("65536", "99999999999999999999"):
        done = place.do("run", "--metrics", bad, place.program)
        tap.result(refused_problem(done, 2, f"bad port '{bad}'"), f"port {bad}")


def main() -> int:
    if len(sys.argv) != 3:
        sys.exit("usage: control.py CUTLINE PROGRAM")
    tap = Tap()
    tap.result(openmetrics.own_problem(), "the judge of OpenMetrics finds what is wrong")
    # The path of a socket is short.
    with tempfile.TemporaryDirectory(dir="/tmp") as work:
        place = Place(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), work)
        for check in (
            check_run,
            check_snap,
            check_concurrent,
            check_stats,
            check_late,
            check_supervisor_dies,
            check_supervisor_stops,
            check_end,
            check_requests,
            check_bad_callers,
            check_metrics_file,
            check_metrics_http,
            check_places,
            check_early_stop,
            check_names,
        ):
            print(f"# {check.__name__}", flush=True)
            check(place, tap)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
