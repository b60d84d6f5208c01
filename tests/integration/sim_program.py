#!/usr/bin/env python3
"""Runs a program with `cutline sim PROGRAM`, in every way that it can be run.

    sim_program.py CUTLINE COINS

COINS is coins_program.c. What is checked is what must hold of every run: that
coins are conserved, that the same seed makes the same bytes, that each option
does what it says, that a mistake is told in one line. TAP.
"""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from typing import Any, Callable, Iterator

from bad_input import Bench
from tap import Tap

MS = 1_000_000
Document = dict[str, Any]
ALGORITHMS = "chandy-lamport lai-yang mattern tree flush clock naive".split()


def document_of(bench: Bench, arguments: list[str], status: int = 0) -> Document:
    result = bench.run(["sim", "--json", *arguments])
    if result.status != status:
        raise AssertionError(f"exit status {result.status}: {result.errors!r}")
    return json.loads(result.output)


def problem_of(check: Callable[[], None]) -> str | None:
    try:
        check()
    except (AssertionError, KeyError, ValueError, IndexError) as error:
        return f"{type(error).__name__} {error}"
    return None


def expect(condition: bool, what: object) -> None:
    if not condition:
        raise AssertionError(str(what))


def coins_of(snapshot: Document) -> int:
    """Add up by hand: states, and messages of the type coin."""
    held = sum(process["state"]["held"] for process in snapshot["processes"])
    messages = [m for channel in snapshot["channels"] for m in channel["messages"]]
    return held + sum(m["data"] for m in messages if m["type"] == "coin")


# --- by hand --------------------------------------------------------------


def check_by_hand(bench: Bench) -> None:
    def run(*arguments: str, **environment: str) -> tuple[int, str, str]:
        done = subprocess.run(
            ["./coins", *arguments],
            cwd=bench.work,
            env={"LC_ALL": "C", **environment},
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    status, output, errors = run()
    good = (status, errors) == (0, "") and "coins that move at random" in output
    good = good and "cutline sim ./coins [TRANSFERS [MODE [COINS]]]" in output
    bench.tap.result(None if good else f"{status} {output} {errors}", "by hand")
    same = run("--help") == (status, output, errors)
    bench.tap.result(None if same else "it differs", "by hand: --help")
    for arguments in (["20"], ["--halp"], ["--help", "me"]):
        status, output, errors = run(*arguments)
        line = (
            "coins: is run by `cutline sim ./coins ...`, not by itself "
            "(try './coins --help')\n"
        )
        good = (status, output, errors) == (2, "", line)
        name = f"by hand: {' '.join(arguments)}"
        bench.tap.result(None if good else f"{status} {output} {errors}", name)
    for value in ("", "x", "-1", "99999999999", "77"):
        status, output, errors = run(CUTLINE_CONTROL=value)
        good = (status, output, errors.count("\n")) == (2, "", 1)
        name = f"by hand: CUTLINE_CONTROL={value}"
        bench.tap.result(None if good else f"{status} {output} {errors}", name)


# --- what is printed ------------------------------------------------------

HEADER = (
    r"snapshot (\d+): begun by (\w+) at ([\d.]+) ms, complete at ([\d.]+) ms\n"
    r"((?:  \w+  \{.*\}\n)+)"
    r"((?:  \w+ +-> \w+ .*\n)+|  no messages in channels\n)"
    r"  coins: (\d+) in processes \+ (\d+) in channels = 300, as at the start\n"
    r"(  consistent: .*\n)?"
)
END = r"run: [\d.]+ ms, \d+ messages sent, \d+ received; for snapshots .*\n"


def check_text(bench: Bench) -> None:
    def check() -> None:
        arguments = "--judge --snapshot-at 5:p0 --snapshot-at 9:2 ./coins"
        result = bench.run(["sim", *arguments.split()])
        expect((result.status, result.errors) == (0, b""), result)
        text = result.output.decode()
        expect(re.fullmatch(f"{HEADER}\n{HEADER}\n{END}", text) is not None, text)
        initiators = re.findall(r"begun by (\w+)", text)
        expect(initiators == ["p0", "p2"], initiators)

    bench.tap.result(problem_of(check), "text: two snapshots")

    def check_many() -> None:
        arguments = ["--processes", "30", "./coins"]
        few = bench.run(["sim", *arguments]).output.decode()
        whole = bench.run(["sim", "--all", *arguments]).output.decode()
        expect(len(re.findall(r"^  p\d+ +\{", few, re.M)) == 20, few)
        expect("  and 10 more processes (--all prints them)\n" in few, few)
        expect(len(re.findall(r"^  p\d+ +\{", whole, re.M)) == 30, whole)
        expect("--all" not in whole, whole)

    bench.tap.result(problem_of(check_many), "text: many processes, and --all")

    def check_wrong() -> None:
        arguments = "--judge --algorithm naive ./coins".split()
        result = bench.run(["sim", *arguments])
        expect((result.status, result.errors) == (1, b""), result)
        expect(b"\n  not consistent: message " in result.output, result)
        quiet = bench.run(["sim", "-q", *arguments])
        expect((quiet.status, quiet.output) == (1, b""), quiet)
        pattern = rb"cutline sim: snapshot 0 is not consistent: message .*\n"
        expect(re.fullmatch(pattern, quiet.errors) is not None, quiet)

    bench.tap.result(problem_of(check_wrong), "text: not consistent")
    bench.expect("quiet: nothing to say", ["sim", "-q", "./coins"], "", 0)


def check_stuck(bench: Bench) -> None:
    def check() -> None:
        result = bench.run("sim --loss 100% ./coins 3".split())
        expect((result.status, result.errors) == (1, b""), result)
        text = result.output.decode()
        expect("not complete: nothing more can happen\n" in text, text)
        expect("  3 parts are missing: p0 p1 p2\n" in text, text)

    bench.tap.result(problem_of(check), "a snapshot that can never be complete")
    line = "cutline sim: snapshot 0 is not complete, and nothing more can happen\n"
    bench.expect("the same, quietly", "sim -q --loss 1 ./coins 3".split(), line, 1)

    def check_time() -> None:
        result = bench.run("sim --until 11 ./coins".split())
        expect((result.status, result.errors) == (0, b""), result)
        expect(b"not complete: the time is over\n" in result.output, result)

    bench.tap.result(problem_of(check_time), "a snapshot that had no time")
    note = (
        "cutline sim: note: {} of {} snapshots complete; {} aborted, "
        "{} still open at the end, {} not begun\n"
    )
    for options, status, counts in (
        ("--until 11", 0, (0, 1, 0, 1, 0)),
        ("--until 24 --snapshot-at 2:0 --snapshot-at 23:1", 0, (1, 2, 0, 1, 0)),
        ("--snapshot-timeout 1us", 0, (0, 1, 1, 0, 0)),
        ("--leave 11:2", 0, (0, 1, 1, 0, 0)),
        ("--crash 11:2 --snapshot-at 10:0 --snapshot-at 30:2", 0, (0, 2, 1, 0, 1)),
        ("--algorithm mattern --until 11 --snapshot-at 10:0 --snapshot-at 10:1", 0,
         (0, 2, 0, 1, 1)),
    ):  # fmt: skip
        arguments = f"sim -q {options} ./coins".split()
        bench.expect(f"noted: {options}", arguments, note.format(*counts), status)
    for options in ("", "--crash 60:2"):
        arguments = f"sim -q {options} ./coins".split()
        bench.expect(f"nothing to note: {options}", arguments, "", 0)


def check_log(bench: Bench) -> None:
    def check() -> None:
        result = bench.run("sim --log --until 30 -q ./coins 5 say".split())
        expect((result.status, result.errors) == (0, b""), result)
        lines = result.output.decode().splitlines()
        expect(lines[0] == "     0.000000  p0  starts", lines[0])
        times = [float(line.split()[0]) for line in lines]
        expect(times == sorted(times), "time goes back")
        text = "\n".join(lines)
        for words in (
            "timer, sends coin#0 ",
            "says: 4 left",
            "receives coin#0 ",
            "captures its state for 0, sends marker 0 to p1 p2",
            "completes its part of 0",
            "  snapshot 0 is complete",
        ):
            expect(words in text, f"{words!r} is missing in\n{text}")

    bench.tap.result(problem_of(check), "log")

    def check_json() -> None:
        document = document_of(bench, ["--log", "./coins"])
        kinds = {event["event"] for event in document["log"]}
        expect(kinds >= {"start", "timer", "send", "deliver", "capture"}, kinds)
        sent = [e for e in document["log"] if e["event"] == "send" and "type" in e]
        stats = document["end"]["stats"]
        expect(len(sent) == stats["messages_sent"], len(sent))
        names = {e["process"] for e in sent} | {e["peer"] for e in sent}
        expect(names == {"p0", "p1", "p2"}, names)

    bench.tap.result(problem_of(check_json), "log as JSON")


def check_diagram(bench: Bench) -> None:
    def check() -> None:
        arguments = "--diagram --ascii --snapshot-at 3:1 --until 30 ./coins 6"
        result = bench.run(["sim", *arguments.split()])
        expect((result.status, result.errors) == (0, b""), result)
        text = result.output.decode()
        picture, _, rest = text.partition("\nsnapshot 0: begun at 3.000 ms by p1")
        expect(picture.count("*0") >= 3 and rest != "", text)
        expect(len(re.findall(r"^ms  ", picture, re.M)) == 2, text)
        expect("coin" in picture, text)
        expect(max(map(len, picture.splitlines())) <= 100, text)
        columns = "--diagram --ascii --columns p2,0 ./coins 6".split()
        text = bench.run(["sim", *columns]).output.decode()
        expect(text.split("\n")[0].split() == ["p2", "p0"], text)

    bench.tap.result(problem_of(check), "diagram")

    def check_numbers() -> None:
        """What proves a snapshot wrong is found in the log and the diagram."""
        wrong = "--judge --algorithm naive --seed 3 --until 20 ./coins"
        way = f"sim --log --diagram --ascii --columns {{}} {wrong}"
        text = bench.run(way.format("0,1,2").split()).output.decode()
        found = re.search(r"message (\d+) \((\w+)\) from (p\d) to (p\d)", text)
        expect(found is not None, text)
        if found is None:
            return
        number, kind, sender, receiver = found.groups()
        for words in (
            rf" {sender}  .*sends {kind}#{number} \d* ?to {receiver}\b",
            rf" {receiver}  receives {kind}#{number} \d* ?from {sender}\b",
        ):
            expect(len(re.findall(words, text)) == 1, (words, text))
        # Where there is no room for its type, its number is there all the same.
        for columns in ("0,1,2", "0"):
            shown = bench.run(way.format(columns).split()).output.decode()
            picture = shown.partition("\n\nsnapshot 0: begun")[0]
            label = re.compile(rf"[a-z~]*#{number}\b")
            ends = [end in columns for end in (sender[1:], receiver[1:])].count(True)
            drawn = [
                line for line in picture.splitlines()
                if label.search(line) and not re.match(r" +\d+\.\d{6} ", line)
            ]  # fmt: skip
            expect(len(drawn) == ends, (columns, drawn, picture))

    bench.tap.result(problem_of(check_numbers), "diagram and log: numbers")


def check_same_bytes(bench: Bench) -> None:
    ways = ["", "--json --log", "--log", "--diagram", "--judge --json"]
    networks = ["", "--reorder --loss 5% --duplicate 5%", "--link reliable --loss 9%"]
    for way in ways:
        for network in networks:
            arguments = ["sim", *way.split(), *network.split()]
            arguments += ["--algorithm", "lai-yang"]
            runs = [bench.run(arguments + ["./coins"]).output for _ in range(2)]
            other = bench.run(arguments + ["--seed", "7", "./coins"]).output
            problem = None if runs[0] == runs[1] else "they differ"
            if other == runs[0] or runs[0] == b"":
                problem = "another seed makes the same"
            bench.tap.result(problem, f"same seed, same bytes: {way} {network}")


# --- options --------------------------------------------------------------


def delays_of(document: Document) -> list[int]:
    """How long each message took."""
    sent = {}
    delays = []
    for event in document["log"]:
        if event["event"] == "send" and "message" in event:
            sent[event["message"]] = event["time"]
        if event["event"] == "deliver" and "message" in event:
            delays.append(event["time"] - sent[event["message"]])
    return delays


def overtakes(document: Document) -> bool:
    """Whether a message was delivered before an earlier one of its channel."""
    last: dict[tuple[str, str], int] = {}
    for event in document["log"]:
        if event["event"] != "deliver" or "message" not in event:
            continue
        channel = event["peer"], event["process"]
        if event["message"] < last.get(channel, -1):
            return True
        last[channel] = event["message"]
    return False


def snapshot_of(document: Document) -> Document:
    expect(len(document["snapshots"]) == 1, len(document["snapshots"]))
    return document["snapshots"][0]


def stats_of(document: Document) -> Document:
    return document["end"]["stats"]


Case = tuple[str, Callable[[Document], object]]


def option_cases() -> Iterator[Case]:
    yield "--processes 5", lambda d: d["system"]["channels"] == 20
    yield "--topology ring:4", lambda d: d["system"]["channels"] == 4
    yield "--topology ring --processes 7", lambda d: d["system"]["processes"] == 7
    yield "--topology grid:2x3", lambda d: d["system"]["processes"] == 6
    yield "--topology torus:3x3", lambda d: d["system"]["channels"] == 36
    yield "--topology hypercube:3", lambda d: d["system"]["channels"] == 24
    yield "--topology tree:7:2", lambda d: d["system"]["channels"] == 12
    yield "--topology star:5", lambda d: d["system"]["channels"] == 8
    yield "--topology line:5", lambda d: d["system"]["channels"] == 8
    yield "--topology random:9:2", lambda d: d["system"]["channels"] == 18
    yield "--topology good.top", lambda d: d["system"]["names"] == ["a", "b", "c"]
    yield "-t good.top --snapshot-at 9:b", (
        lambda d: snapshot_of(d)["initiator"] == "b"
    )
    yield "--seed -5", lambda d: d["system"]["seed"] == -5
    for time_text in ("5", "5ms", "5000us", "0.005s"):
        yield f"--until {time_text}", (
            lambda d: (d["end"]["why"], d["end"]["now"]) == ("time", 5 * MS)
        )
    yield "--events-max 20", (
        lambda d: (d["end"]["why"], stats_of(d)["events"]) == ("events", 20)
    )
    yield "--snapshot-at 3:0 --snapshot-at 1500us:p2", (
        lambda d: [s["begun"] for s in d["snapshots"]] == [1500000, 3 * MS]
    )
    yield "--snapshot-every 4", (
        lambda d: [s["begun"] for s in d["snapshots"]][:3] == [4 * MS, 8 * MS, 12 * MS]
    )
    yield "--snapshot-timeout 1us", lambda d: snapshot_of(d)["status"] == "aborted"
    for algorithm in ALGORITHMS[:-1]:
        yield f"--judge --algorithm {algorithm}", (
            lambda d: snapshot_of(d)["verdict"]["kind"] == "consistent"
        )
    yield "--log --delay constant:2", lambda d: set(delays_of(d)) == {2 * MS}
    yield "--log --delay uniform:2-3", (
        lambda d: 2 * MS <= min(delays_of(d)) and max(delays_of(d)) > 2 * MS
    )
    yield "--delay exponential:2", lambda d: stats_of(d)["messages_sent"] > 0
    yield "--delay pareto:1:1.5", lambda d: stats_of(d)["messages_sent"] > 0
    yield "--loss 0.5 --snapshot-at 0:0 --until 500us", (
        lambda d: d["end"]["why"] == "time"
    )
    yield "--duplicate 50% --snapshot-at 0:0", (
        lambda d: stats_of(d)["messages_duplicated"] > 0
    )
    yield "--log", lambda d: not overtakes(d)
    yield "--log --reorder --algorithm lai-yang", overtakes
    repaired = "--log --link reliable --loss 30% --duplicate 30% --reorder"
    yield repaired, (
        lambda d: not overtakes(d)
        and stats_of(d)["link_frames"] > 0
        and stats_of(d)["messages_sent"] == stats_of(d)["messages_delivered"]
    )
    for links in ("overtake", "separate"):
        yield f"--judge --capacity 2 --marker-links {links}", (
            lambda d: snapshot_of(d)["verdict"]["kind"] == "consistent"
        )
    yield "--judge --capacity 50 --marker-links queue", (
        lambda d: snapshot_of(d)["verdict"]["kind"] == "consistent"
    )
    yield "--algorithm clock --clock-lead 3", (
        lambda d: snapshot_of(d)["processes"][0]["captured"] == 13 * MS
    )
    skewed = "--algorithm clock --judge --clock-lead 20 --skew 5 --clock-bound 5"
    yield skewed, (lambda d: snapshot_of(d)["verdict"]["kind"] == "consistent")
    yield "--leave 5:2", lambda d: snapshot_of(d)["process_count"] == 2
    yield "--crash 5:p2", lambda d: snapshot_of(d)["process_count"] == 2
    yield "--join 5:2 --log", (
        lambda d: {"time": 5 * MS, "event": "join", "process": "p2"} in d["log"]
    )
    yield "--join 15:2", lambda d: snapshot_of(d)["reason"] == "a process joined"
    yield "--join 25:2", lambda d: snapshot_of(d)["process_count"] == 2
    yield "--check-save", lambda d: snapshot_of(d)["status"] == "complete"
    yield "--all", lambda d: len(snapshot_of(d)["processes"]) == 3


def check_options(bench: Bench) -> None:
    for options, holds in option_cases():

        def check() -> None:
            document = document_of(bench, [*options.split(), "./coins"])
            expect(holds(document), json.dumps(document)[:2000])

        bench.tap.result(problem_of(check), f"option: {options}")


def check_conservation(bench: Bench) -> None:
    """Coins, added up here, in snapshots by all algorithms over all networks."""
    networks = [
        "--processes 5",
        "--topology ring:6 --capacity 50",
        "--topology random:12:3 --link reliable --loss 5%",
        "--marker-links separate",
    ]
    for network in networks:
        for algorithm in ALGORITHMS[:-1]:
            if "separate" in network and algorithm not in ("chandy-lamport", "flush"):
                continue

            def check() -> None:
                options = [*network.split(), "--algorithm", algorithm]
                options += ["--snapshot-every", "7", "--until", "2000"]
                document = document_of(bench, [*options, "./coins", "60"])
                complete = [
                    s for s in document["snapshots"] if s["status"] == "complete"
                ]
                expect(len(complete) > 0, "no snapshot")
                start = 100 * document["system"]["processes"]
                for snapshot in complete:
                    expect(coins_of(snapshot) == start, snapshot)
                    total = snapshot["totals"][0]
                    both = total["in_processes"] + total["in_channels"]
                    expect((both, total["at_start"]) == (start, start), total)

            name = f"conserved: {algorithm} {network}"
            bench.tap.result(problem_of(check), name)


# --- what goes wrong ------------------------------------------------------


def usage_cases() -> Iterator[tuple[str, str]]:
    yield "sim coins", "coins: no path to a program (did you mean './coins'?)"
    yield "sim nocoins", "nocoins: no path to a program (expected such as ./nocoins)"
    yield "sim ./nocoins", "./nocoins: cannot run it: No such file or directory"
    yield "sim /", "/: cannot run it: it is not a file"
    yield "sim ./good.top", "./good.top: cannot run it: Permission denied"
    yield "sim ./empty", "./empty: cannot run it: Exec format error"
    not_one = "is no program of Cutline (expected one whose main is cut_main)"
    yield "sim /bin/true", f"/bin/true {not_one}"
    yield "sim ./speaks", "./speaks does not answer as it should"
    yield "sim ./stammers", f"./stammers {not_one}"
    yield "sim ./foreign", (
        "./foreign was made for another version of cutline (build it anew)"
    )
    both = "(expected one of them)"
    yield "sim -e x ./coins", f"a PROGRAM and the script of --events {both}"
    yield "sim -o x ./coins", (
        "--out writes the snapshots of a script that is run as by COS 418 "
        "(expected no further option, or --json)"
    )
    yield "sim --expect x ./coins", (
        "--expect is for the snapshots of a script that is run as by COS 418 "
        "(expected no further option)"
    )
    yield "sim -q --all ./coins", (
        f"--all prints snapshots whole and --quiet none {both}"
    )
    yield "sim --clock-lead 5 ./coins", (
        "--clock-bound and --clock-lead are of the algorithm 'clock' (expected "
        "--algorithm clock)"
    )
    yield "sim --diagram --columns p1,x ./coins", (
        '--columns: unknown process "x" (expected names of the topology, or indices, '
        "with commas between)"
    )
    yield "sim --diagram --columns p1,1 ./coins", (
        "--columns: a process is named twice (expected each once)"
    )
    yield "sim --diagram --json ./coins", (
        f"--diagram is for people and --json for programs {both}"
    )
    yield "sim --snapshot-every 1us ./coins", (
        "option '--snapshot-every': makes 1000000 snapshots until the end (expected "
        "at most 4096)"
    )
    yield "sim --topology ring:4 --processes 5 ./coins", (
        "option '--processes': 5 are not the 4 of --topology ring:4 (expected one of "
        "them, or the same)"
    )
    yield "sim --topology ring ./coins", (
        "option '--topology': 'ring' without its size (expected such as ring:5, or "
        "with --processes)"
    )
    yield "sim -t rign:3 ./coins", (
        "option '--topology': cannot open 'rign:3': No such file or directory "
        "(expected a .top file, or a shape such as ring:5)"
    )
    yield "sim -t bad.top ./coins", (
        "bad.top:1:1: the number of servers is not a number: \"x\" (expected 1 to "
        "1073741824)"
    )
    yield "sim --loss 101% ./coins", (
        "option '--loss': bad value '101%' (expected a chance from 0 to 1, or from 0% "
        "to 100%, with at most 9 decimals, or 7 of per cent)"
    )
    yield "sim --capacity 0 ./coins", (
        "option '--capacity': bad value '0' (expected an integer, 1 to 4294967295)"
    )
    yield "sim --processes 9999999999999999999 ./coins", (
        "option '--processes': bad value '9999999999999999999' (expected an integer, "
        "1 to 1073741824)"
    )
    yield "sim --snapshot-at 5 ./coins", (
        "option '--snapshot-at': bad value '5' (expected TIME:PROCESS, such as 10:p0 "
        "or 2s:3)"
    )
    yield "sim --snapshot-at 5:p9 ./coins", (
        "option '--snapshot-at': unknown process 'p9' (expected a name, or an index "
        "from 0 to 2)"
    )
    yield "sim --crash 5:1 --algorithm mattern ./coins", (
        "option '--crash': the algorithm mattern does not follow changes of membership "
        "(expected chandy-lamport)"
    )
    for option in ("--snapshot-every", "--snapshot-timeout"):
        yield f"sim {option} 0 ./coins", f"option '{option}': is 0 (expected more)"


# Bad values of which the sentence is the library's.
BAD_VALUES = [
    "--delay foo",
    "--delay uniform:5-1",
    "--until 5x",
    "--until -1",
    "--skew x",
    "--topology ring:x",
    "--topology complete:0",
    "--snapshot-at x:p1",
    "--leave 5:",
    "--join :1",
    "--loss .",
    "--loss 1e-3",
    "--loss 0.0000000001",
    "--duplicate %",
    "--duplicate -1",
]


def write_programs(bench: Bench) -> None:
    """Things that can be executed and are no programs of Cutline."""
    scripts = {
        "empty": "",
        "speaks": "#!/bin/sh\necho nonsense >&$CUTLINE_CONTROL\nread answer\n",
        "stammers": "#!/bin/sh\nprintf '{\"cutl' >&$CUTLINE_CONTROL\n",
        "foreign": "#!/bin/sh\n"
        'echo \'{"cutline":{"protocol":99}}\' >&$CUTLINE_CONTROL\nread answer\n',
    }
    for name, text in scripts.items():
        bench.write(name, text)
        (bench.work / name).chmod(0o755)
    bench.write("bad.top", "x\n")


def check_usage(bench: Bench) -> None:
    write_programs(bench)
    for arguments, line in usage_cases():
        name = f"usage: {arguments}"
        bench.expect(name, arguments.split(), f"cutline sim: {line}\n")
    for options in BAD_VALUES:
        name, _, _ = options.partition(" ")
        result = bench.run(["sim", *options.split(), "./coins"])
        said = result.errors.decode()
        good = (result.status, result.output) == (2, b"") and said.count("\n") == 1
        good = good and said.startswith(f"cutline sim: option '{name}': ")
        bench.tap.result(None if good else f"{result}", f"usage: {options}")


def check_failures(bench: Bench) -> None:
    died = "cutline sim: ./coins died by signal 6 (Aborted)\n"
    for way in ([], ["-q"], ["--diagram"][:0]):
        arguments = ["sim", *way, "./coins", "20", "crash"]
        bench.expect(f"it crashes {' '.join(way)}", arguments, died)
    left = "cutline sim: ./coins ended with status 3 before the run did\n"
    bench.expect("it ends", "sim ./coins 20 exit".split(), left)

    def check_json() -> None:
        result = bench.run("sim --json --log ./coins 20 crash".split())
        expect(result.status == 2, result.status)
        document = json.loads(result.output)
        expect(document["end"]["why"] == "crash", document["end"])
        last = document["log"][-1]
        expect(last["process"] == "p1", last)

    bench.tap.result(problem_of(check_json), "it crashes: JSON, log to the end")

    for mode, words in (("fail", "that was one too many"), ("forget", "save all")):

        def check() -> None:
            result = bench.run(f"sim --check-save -q ./coins 20 {mode}".split())
            said = result.errors.decode()
            expect((result.status, said.count("\n")) == (1, 1), result)
            expect(said.startswith("cutline sim: ./coins: p"), said)
            expect(words in said, said)

        bench.tap.result(problem_of(check), f"it fails: {mode}")
    for arguments in ("20 refuse", "x", "-1", "20 toolongaword"):

        def check_refusal() -> None:
            result = bench.run(["sim", "./coins", *arguments.split()])
            expect((result.status, result.output) == (2, b""), result)
            expect(result.errors.count(b"\n") == 1, result.errors)

        bench.tap.result(problem_of(check_refusal), f"it refuses: {arguments}")

    def check_request() -> None:
        document = document_of(bench, ["./coins", "20", "ask"])
        begun = [s["initiator"] for s in document["snapshots"]]
        expect(begun == ["p0", "p1"], begun)

    bench.tap.result(problem_of(check_request), "it asks for a snapshot itself")

    def check_own_options() -> None:
        result = bench.run("sim -q ./coins --seed 5 -q".split())
        expect(result.status == 2 and b"--seed" in result.errors, result)

    bench.tap.result(problem_of(check_own_options), "what follows it is its own")


def check_output(bench: Bench) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    line = "cutline: cannot write to standard output: No space left on device\n"
    for way in ("", "--log", "--diagram", "--json --log"):
        arguments = ["sim", *way.split(), "./coins"]
        bench.expect(f"full: {way}", arguments, line, stdout=full)
    bench.expect("full: -q", ["sim", "-q", "./coins"], "", 0, stdout=full)
    os.close(full)


def running(name: str) -> list[int]:
    """Return the processes that execute a file of that name."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if os.readlink(entry / "exe").endswith(name):
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


def check_end_of_command(bench: Bench) -> None:
    """Whatever happens to the command, the program does not live on."""
    shutil.copy(bench.work / "coins", bench.work / "long-lived-coins")
    program = str(bench.work / "long-lived-coins")
    for number in (signal.SIGKILL, signal.SIGTERM):
        with subprocess.Popen(
            [bench.cutline, "sim", "--until", "100000s", program, "1000000"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as command:
            for _ in range(500):
                if running(program):
                    break
                time.sleep(0.01)
            started = running(program)
            command.send_signal(number)
            command.wait()
        for _ in range(500):
            if not running(program):
                break
            time.sleep(0.01)
        good = len(started) == 1 and not running(program)
        problem = None if good else f"{started} then {running(program)}"
        bench.tap.result(problem, f"the command dies by signal {int(number)}")


def main() -> int:
    if len(sys.argv) != 3:
        sys.exit("usage: sim_program.py CUTLINE COINS")
    tap = Tap()
    with tempfile.TemporaryDirectory() as name:
        work = pathlib.Path(name)
        shutil.copy(sys.argv[2], work / "coins")
        bench = Bench(os.path.abspath(sys.argv[1]), work, tap)
        check_by_hand(bench)
        check_text(bench)
        check_stuck(bench)
        check_log(bench)
        check_diagram(bench)
        check_same_bytes(bench)
        check_options(bench)
        check_conservation(bench)
        check_usage(bench)
        check_failures(bench)
        check_output(bench)
        check_end_of_command(bench)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
