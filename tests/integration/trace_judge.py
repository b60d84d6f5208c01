#!/usr/bin/env python3
"""Judges traces that are written from the specification of their format.

    trace_judge.py CUTLINE SOURCE_ROOT

What `cutline judge` must say of runs that are right and of each kind of wrong
ones; of processes that were killed, cut off at every byte; of damage at every
byte; and of segments that do not go together. TAP.
"""

import json
import os
import pathlib
import random
import re
import shutil
import struct
import sys
import tempfile
from typing import Callable

from bad_input import Bench, Result
from segments import Run
from sim_program import expect, problem_of
from tap import Tap


def crossing(wrong: str = "", ended: bool = True) -> Run:
    """Snapshot 7: p0 captures, and a message to it is on its way. What is wrong
    is done at its place."""
    run = Run(2, types=["coin"])
    run.start()
    first = run.send(1, 0)
    if wrong == "orphan":
        run.mark(0, "CAPTURE", 7)
        run.add(0, "TIMER")
        late = run.send(0, 1)
        run.receive(1, 0, late)
    else:
        run.mark(0, "CAPTURE", 7)
    run.mark(1, "CAPTURE", 7)
    run.mark(1, "COMPLETE", 7)
    if wrong != "missing":
        run.record(0, 1, first, 7)
    if wrong == "extra":
        run.record(0, 1, first, 7)
    run.receive(0, 1, first)
    run.mark(0, "COMPLETE", 7)
    if ended:
        run.end()
    return run


class Place:
    """Fresh directories for runs."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.count = 0

    def fresh(self) -> str:
        self.count += 1
        (self.bench.work / f"run{self.count}").mkdir()
        return f"run{self.count}"

    def put(self, run: Run, inner: str = "") -> str:
        name = self.fresh()
        run.write(self.bench.work / name / inner)
        return name

    def judge(self, run: Run, inner: str = "") -> Result:
        return self.bench.run(["judge", self.put(run, inner)])


def check_verdict(place: Place, run: Run, status: int, *lines: str) -> None:
    result = place.judge(run)
    said = result.output.decode()
    expect((result.status, result.errors) == (status, b""), result)
    expect(said == "".join(f"{line}\n" for line in lines), said)


def check_verdicts(place: Place) -> None:
    cases = {
        "": (0, "consistent: 1 message crosses the cut and is recorded"),
        "missing": (
            1,
            "not consistent: message 0 (coin) from p1 to p0 is on its way and not "
            "recorded: p1 sent it at 3.000 ms, before its capture at 5.000 ms, and "
            "p0 received it at 7.000 ms, after its capture at 4.000 ms",
        ),
        "extra": (
            1,
            "not consistent: message 0 (coin) from p1 to p0 is recorded, more often "
            "than it is on its way: p1 sent it at 3.000 ms, before its capture at "
            "5.000 ms, and p0 received it at 9.000 ms, after its capture at 4.000 ms",
        ),
        "orphan": (
            1,
            "not consistent: message 1 (coin) from p0 to p1 is received and was "
            "never sent: p1 received it at 7.000 ms, before its capture at 8.000 ms, "
            "and p0 sent it at 6.000 ms, after its capture at 4.000 ms",
        ),
    }
    for wrong, (status, verdict) in cases.items():
        total = "1 consistent" if status == 0 else "0 consistent, 1 not consistent"
        place.bench.tap.result(
            problem_of(
                lambda: check_verdict(
                    place,
                    crossing(wrong),
                    status,
                    f"snapshot 7: {verdict}",
                    f"1 snapshot: {total}",
                )
            ),
            f"a run with {wrong or 'nothing wrong'}",
        )

    def check_order() -> None:
        run = Run(2, types=["coin"])
        run.start()
        run.send(1, 0)
        run.send(1, 0)
        for process in 0, 1:
            run.mark(process, "CAPTURE", 1)
        run.mark(1, "COMPLETE", 1)
        run.record(0, 1, 1, 1)
        run.record(0, 1, 0, 1)
        run.mark(0, "COMPLETE", 1)
        run.end()
        check_verdict(
            place,
            run,
            1,
            "snapshot 1: not consistent: message 1 (coin) from p1 to p0 is recorded "
            "before one that was sent earlier",
            "1 snapshot: 0 consistent, 1 not consistent",
        )
        for head in run.heads:
            head.outgoing = [(peer, 0) for peer, _ in head.outgoing]
            head.incoming = [(peer, 0) for peer, _ in head.incoming]
        check_verdict(
            place,
            run,
            0,
            "snapshot 1: consistent: 2 messages cross the cut and are recorded",
            "1 snapshot: 1 consistent",
        )

    def check_by_sender() -> None:
        run = Run(2, types=["coin"])
        run.start()
        run.send(0, 1)
        run.mark(0, "CAPTURE", 1)
        run.record(0, 1, 0, 1)
        run.records[0][-1].flags = 1
        run.mark(0, "COMPLETE", 1)
        run.mark(1, "CAPTURE", 1)
        run.mark(1, "COMPLETE", 1)
        run.receive(1, 0, 0)
        run.end()
        check_verdict(
            place,
            run,
            0,
            "snapshot 1: consistent: 1 message crosses the cut and is recorded",
            "1 snapshot: 1 consistent",
        )

    def check_clocks() -> None:
        """The clock of p1 is far behind, and then far ahead."""
        for shift in -2_000_000, 500_000_000:
            run = crossing()
            for record in run.records[1]:
                record.time = max(0, record.time + shift)
            result = place.judge(run)
            expect(result.status == 0 and b"1 consistent" in result.output, result)

    def check_contradiction() -> None:
        run = crossing()
        run.records[0].insert(-1, run.records[0][-2])
        result = place.judge(run)
        expect(result.status == 1, result)
        expect(b"captured or completed it twice" in result.output, result)

    tap = place.bench.tap
    tap.result(problem_of(check_order), "the order of what is recorded")
    tap.result(problem_of(check_by_sender), "what the sender recorded")
    tap.result(problem_of(check_clocks), "clocks that are wrong change nothing")
    tap.result(problem_of(check_contradiction), "a part that is completed twice")


def check_endings(place: Place) -> None:
    def check_aborted() -> None:
        run = crossing()
        run.records[0].pop()
        run.mark(0, "ABORT", 8)
        run.end(0)
        check_verdict(
            place,
            run,
            0,
            "snapshot 7: consistent: 1 message crosses the cut and is recorded",
            "snapshot 8: not judged: aborted",
            "2 snapshots: 1 consistent, 1 aborted",
        )

    def check_incomplete() -> None:
        run = crossing()
        run.records[0].pop(-2)
        check_verdict(
            place,
            run,
            1,
            "snapshot 7: not judged: incomplete: the part of p0 is not complete",
            "1 snapshot: 0 consistent, 1 not judged",
        )

    def check_views() -> None:
        """p2 leaves view 1, killed; p0 says so. Snapshot 2 is of the others."""
        run = Run(3)
        run.start()
        for process in range(3):
            run.mark(process, "CAPTURE", 1)
            run.mark(process, "COMPLETE", 1)
        run.change(0, "LEAVE", 2, 1)
        run.change(1, "LEAVE", 2, 1)
        for process in range(2):
            run.mark(process, "CAPTURE", 2, view=1)
            run.mark(process, "COMPLETE", 2, view=1)
        run.mark(0, "CAPTURE", 3, view=0)
        run.end(0, 1)
        check_verdict(
            place,
            run,
            0,
            "snapshot 1: consistent: no message crosses the cut",
            "snapshot 3: not judged: incomplete: the part of p0 is not complete",
            "snapshot 2 of view 1: consistent: no message crosses the cut",
            f"the trace of p2 ends early: after byte {len(run.encode(2))}, at 9.000 ms",
            "3 snapshots: 2 consistent, 1 not judged",
        )

    def check_join() -> None:
        run = Run(2)
        run.start(0)
        run.mark(0, "CAPTURE", 1)
        run.mark(0, "COMPLETE", 1)
        run.change(1, "JOIN", 1, 1)
        run.start(1)
        for process in range(2):
            run.mark(process, "CAPTURE", 2, view=1)
            run.mark(process, "COMPLETE", 2, view=1)
        run.end()
        check_verdict(
            place,
            run,
            0,
            "snapshot 1: consistent: no message crosses the cut",
            "snapshot 2 of view 1: consistent: no message crosses the cut",
            "2 snapshots: 2 consistent",
        )

    def check_again() -> None:
        """p1 leaves and joins again; who says so says it late and in disorder."""
        run = Run(2)
        run.start()
        for view, members in enumerate([[0, 1], [0], [0, 1], [0]]):
            for process in members:
                run.mark(process, "CAPTURE", view, view=view)
                run.mark(process, "COMPLETE", view, view=view)
        run.change(0, "LEAVE", 1, 3)
        run.change(0, "JOIN", 1, 2)
        run.change(0, "LEAVE", 1, 1)
        run.mark(0, "ABORT", 9)
        run.records[0][-1].snapshot = (1, 0, 9)
        run.end()
        check_verdict(
            place,
            run,
            0,
            "snapshot 0: consistent: no message crosses the cut",
            "snapshot 1 of view 1: consistent: no message crosses the cut",
            "snapshot 2 of view 2: consistent: no message crosses the cut",
            "snapshot 3 of view 3: consistent: no message crosses the cut",
            "snapshot 9 of incarnation 1: not judged: aborted",
            "5 snapshots: 4 consistent, 1 aborted",
        )

    def check_incarnations() -> None:
        name = place.put(crossing())
        numbers = [9, 3, 4294967295, 5, 2, 40]
        for number in numbers:
            again = Run(1, incarnation=number)
            again.start()
            again.mark(0, "CAPTURE", 1)
            again.mark(0, "COMPLETE", 1)
            again.end()
            again.write(place.bench.work / name)
        for other in "p0.01.trace", "p0.trace", "p0.1.trace~", "q0.1.trace", "p.1.trace":
            (place.bench.work / name / other).write_bytes(b"no segment")
        result = place.bench.run(["judge", name])
        expect(
            result.output.decode().splitlines()[1:]
            == [
                *(
                    f"snapshot 1 of incarnation {number}: consistent: "
                    "no message crosses the cut"
                    for number in sorted(numbers)
                ),
                "7 snapshots: 7 consistent",
            ],
            result,
        )

    def check_inner() -> None:
        result = place.judge(crossing(), "trace")
        expect(result.status == 0, result)

    def check_none() -> None:
        run = Run(2)
        run.end()
        check_verdict(place, run, 1, "0 snapshots: none to judge")

    for check, name in {
        check_aborted: "an aborted snapshot does not count",
        check_incomplete: "a part that is not complete",
        check_views: "a process that is killed, and the others go on",
        check_join: "a process that joins",
        check_again: "a process that leaves and joins again",
        check_incarnations: "several incarnations, and files that are no segments",
        check_inner: "DIR/trace",
        check_none: "no snapshot",
    }.items():
        place.bench.tap.result(problem_of(check), name)


def check_killed(place: Place) -> None:
    """p1 is killed, and its segment cut off at any byte of its records. The
    snapshot is judged if its part is there; the rest is never nonsense."""
    run = crossing()
    name = place.put(run)
    whole = run.encode(1)
    path = run.path(place.bench.work / name, 1)
    head = len(run.heads[1].encode())
    ends = [head]
    for record in run.records[1]:
        ends.append(ends[-1] + len(record.encode()))

    def check() -> None:
        for size in range(head, len(whole)):
            path.write_bytes(whole[:size])
            result = place.bench.run(["judge", name])
            said = result.output.decode()
            good = max(end for end in ends if end <= size)
            torn = ", in the middle of a record" if size != good else ""
            expect(result.errors == b"", (size, result))
            expect(f"the trace of p1 ends early: after byte {good}, at " in said, said)
            expect(said.count("in the middle") == (1 if torn else 0), (size, said))
            # START, SEND, CAPTURE, COMPLETE, END.
            if size >= ends[4]:
                expect(result.status == 0, (size, result))
                expect("snapshot 7: consistent: 1 message" in said, said)
            else:
                expect(result.status == 1, (size, result))
                expect("snapshot 7: not judged: the trace of p1 ends early" in said,
                       said)  # fmt: skip

    place.bench.tap.result(problem_of(check), "a segment cut off at every byte")

    def check_lost() -> None:
        """p1 sends after its part is complete, and its record of that is lost:
        snapshot 7 can be judged; a receipt before the capture is an orphan."""
        for orphan in False, True:
            run = Run(2, types=["coin"])
            run.start()
            run.mark(1, "CAPTURE", 7)
            run.mark(1, "COMPLETE", 7)
            for _ in range(3):
                run.add(1, "TIMER")
                run.send(1, 0)
            kept = run.records[1][:3]
            if orphan:
                run.receive(0, 1, 0)
            run.mark(0, "CAPTURE", 7)
            run.mark(0, "COMPLETE", 7)
            if not orphan:
                run.receive(0, 1, 0)
            run.receive(0, 1, 2)
            run.end(0)
            run.records[1] = kept
            result = place.judge(run)
            word = b"is received and was never sent" if orphan else b"7: consistent"
            expect(result.status == int(orphan) and word in result.output, result)

    place.bench.tap.result(problem_of(check_lost), "sends that only receivers know")

    def check_head() -> None:
        for size in range(head):
            path.write_bytes(whole[:size])
            result = place.bench.run(["judge", name])
            said = result.errors.decode()
            expect((result.status, result.output) == (2, b""), result)
            expect(said.startswith(f"cutline judge: {name}: p1.0.trace: byte "), said)
            expect(said.count("\n") == 1 and "(expected " in said, said)

    place.bench.tap.result(problem_of(check_head), "a head cut off at every byte")


def check_damage(place: Place) -> None:
    run = crossing()
    name = place.put(run)
    whole = run.encode(0)
    path = run.path(place.bench.work / name, 0)
    last = len(whole) - len(run.records[0][-1].encode())
    generator = random.Random(1)

    def check() -> None:
        for at in range(len(whole)):
            damaged = bytearray(whole)
            damaged[at] ^= 1 << generator.randrange(8)
            path.write_bytes(damaged)
            result = place.bench.run(["judge", name])
            if result.status == 2:
                said = result.errors.decode()
                expect(re.fullmatch(
                    rf"cutline judge: {name}: p0\.0\.trace: byte \d+: .*"
                    r" \(expected .*\)\n", said), said)  # fmt: skip
                expect(result.output == b"", result)
            else:
                # The last record: as if it had not been written.
                expect(at >= last and b"p0 ends early" in result.output, (at, result))

    place.bench.tap.result(problem_of(check), "a wrong bit in every byte")


Break = Callable[[Run], None]


def mistakes() -> dict[str, Break]:
    """What is done to a run, by what has to be said of it."""

    def drop(process: int, kind: str) -> Break:
        def change(run: Run) -> None:
            kinds = [record.kind for record in run.records[process]]
            del run.records[process][kinds.index(kind)]

        return change

    def head(whose: int, **fields) -> Break:
        def change(run: Run) -> None:
            for field, value in fields.items():
                setattr(run.heads[whose], field, value)

        return change

    def record(process: int, which: str, **fields) -> Break:
        def change(run: Run) -> None:
            kinds = [record.kind for record in run.records[process]]
            for field, value in fields.items():
                setattr(run.records[process][kinds.index(which)], field, value)

        return change

    def swap(run: Run) -> None:
        run.records[0][0], run.records[0][1] = run.records[0][1], run.records[0][0]

    def after_end(run: Run) -> None:
        run.records[0].append(run.records[0][-1])

    def ring(run: Run) -> None:
        """Each receives first what the other sends afterwards."""
        for process in 0, 1:
            run.records[process] = run.records[process][:1]
        run.sequences = [1, 1]
        run.sent = {}
        for process in 0, 1:
            run.receive(process, 1 - process, 0)
            run.send(process, 1 - process)
        run.end()

    def twice(run: Run) -> None:
        run.records[0].pop()
        run.receive(0, 1, 0)
        run.end(0)

    return {
        "p0.0.trace: byte 267: the record has a wrong number (expected that of the "
        "event before it)": drop(0, "RECEIVE"),
        "p1.0.trace: byte 123: the record has a wrong number (expected that of the "
        "event before it)": drop(1, "START"),
        "p0.0.trace: byte 203: message 0 of process 1 to process 0 is recorded and "
        "was never sent (expected a message that was sent)": drop(1, "SEND"),
        "p0.0.trace: byte 123: the record has a wrong number (expected that of the "
        "event before it)": swap,
        "p0.0.trace: byte 395: a record after the end of the process (expected none)":
            after_end,
        "p0.0.trace: byte 203: message 9 of process 1 to process 0 is recorded and "
        "was never sent (expected a message that was sent)":
            record(0, "RECORD", message=(9, 0, 8)),
        "p1.0.trace: byte 155: message 1 is sent to process 0 (expected message 0 of "
        "the channel)": record(1, "SEND", message=(1, 0, 8)),
        "p1.0.trace: byte 155: there is no such channel (expected one of the head's)":
            record(1, "SEND", channel=1),
        "p1.0.trace: byte 123: a record of an unknown kind (expected 1 to 15)":
            record(1, "START", kind="99"),
        "p1.0.trace: byte 123: a field that the kind of the record does not have is "
        "not 0 (expected 0)": record(1, "START", flags=1),
        "p0.0.trace: byte 155: message 0 of process 1 to process 0 is received before "
        "it was sent (expected a message that was sent)": ring,
        "p0.0.trace: byte 363: message 0 from process 1 is received after message 0 "
        "(expected the order of sending: the channel is FIFO)": twice,
        "p1.0.trace: it is of another run than that of process 0 (expected the same "
        "run id)": head(1, run_id=b"x" * 16),
        "p1.0.trace: a run of 3 processes (expected 2, as process 0 says)":
            head(1, count=3),
        "p2.0.trace: the segment is missing (expected one of each of 3 processes)":
            head(0, count=3),
        "p1.0.trace: a segment too many (expected those of 1 processes)":
            head(0, count=1, outgoing=[], incoming=[]),
        "p1.0.trace: it is of process 0 in incarnation 0 (expected those of its name)":
            head(1, process=0),
        "p1.0.trace: another algorithm, or other types of messages, than those of "
        "process 0 (expected the same)": head(1, algorithm="naive"),
        "p1.0.trace: byte 8: version 2 of the format (expected 1)": head(1, version=2),
        "p0.0.trace: process 1 says otherwise of the channel from it (expected one, "
        "and the same of both)": head(1, outgoing=[(0, 0)]),
        "the segments disagree about the channels (expected as many incoming as "
        "outgoing ones)": head(1, outgoing=[]),
        "p1.0.trace: a name in the head is no text (expected at most 4096 bytes of "
        "UTF-8 that can be seen)": head(1, name="a\x1b[2J"),
        "p1.0.trace: a channel in the head has no process at its other end (expected "
        "an index below 2)": head(1, incoming=[(2, 1)]),
    }  # fmt: skip


def check_mistakes(place: Place) -> None:
    for line, change in mistakes().items():
        run = crossing()
        name = place.fresh()
        paths = [run.path(place.bench.work / name, process) for process in (0, 1)]
        change(run)
        for process, path in enumerate(paths):
            path.write_bytes(run.encode(process))
        place.bench.expect(line, ["judge", name], f"cutline judge: {name}: {line}\n")

    def check_missing() -> None:
        name = place.put(crossing())
        os.unlink(place.bench.work / name / "p0.0.trace")
        result = place.bench.run(["judge", name])
        expect(
            result.errors.decode()
            == f"cutline judge: {name}: p0.0.trace: the segment is missing "
            "(expected one of each of 2 processes)\n",
            result,
        )

    place.bench.tap.result(problem_of(check_missing), "the first segment is missing")
    empty = place.fresh()
    for name, line in {
        empty: f"{empty}: there is no trace (expected files p0.0.trace, p1.0.trace, "
        "...)",
        "nowhere": "nowhere: cannot open: No such file or directory",
        "good.top": "good.top: cannot open: Not a directory",
    }.items():
        place.bench.expect(name, ["judge", name], f"cutline judge: {line}\n")
    long = "x/" * 3000
    place.bench.expect(
        "a long name",
        ["judge", long],
        "cutline judge: the name of the directory is too long (expected at most 4088 "
        "bytes)\n",
    )
    name = place.put(crossing())
    long = "./" * ((4088 - len(name)) // 2) + name
    place.bench.expect(
        "a name that is too long with that of the file",
        ["judge", long],
        f"cutline judge: {long}: cannot open: File name too long\n",
    )
    (place.bench.work / empty / "p0.0.trace").mkdir()
    place.bench.expect(
        "a directory of that name",
        ["judge", empty],
        f"cutline judge: {empty}: p0.0.trace: not a file (expected a trace segment)\n",
    )


def check_json(place: Place) -> None:
    def check() -> None:
        name = place.put(crossing("missing", ended=False))
        result = place.bench.run(["judge", "--json", name])
        document = json.loads(result.output)
        (trace,) = document["traces"]
        (snapshot,) = trace["snapshots"]
        expect(result.status == 1 and document["wrong"] == 1, document)
        expect(trace["run"] == bytes(range(16)).hex(), trace)
        expect(trace["names"] == ["p0", "p1"] and trace["messages"] == 1, trace)
        expect(trace["started"] == 1_700_000_000_000_000_000, trace)
        expect(all(end["early"] and not end["torn"] for end in trace["ends"]), trace)
        verdict = snapshot["verdict"]
        expect(snapshot["number"] == 7 and verdict["kind"] == "missing", snapshot)
        expect((verdict["sender"], verdict["receiver"]) == (1, 0), verdict)
        expect(verdict["in_channel"] == 0 and verdict["message"] == 0, verdict)
        expect(verdict["sent"]["time"] == 3_000_000, verdict)

    place.bench.tap.result(problem_of(check), "JSON")


def check_example(place: Place, root: pathlib.Path) -> None:
    """The bytes on the page are a segment."""

    def check() -> None:
        page = (root / "docs/formats/trace.md").read_text()
        lines = re.findall(r"^[0-9a-f]{4}  ([0-9a-f ]+)$", page, re.MULTILINE)
        data = bytes.fromhex("".join(lines))
        run = Run(2)
        run.heads[0].outgoing = run.heads[0].incoming = []
        run.heads[1].outgoing = run.heads[1].incoming = []
        run.heads[1].algorithm = "naive"
        name = place.put(run)
        (place.bench.work / name / "p0.0.trace").write_bytes(data)
        result = place.bench.run(["judge", name])
        said = result.output.decode()
        expect(f"trace of a ends early: after byte {len(data)}, at 0.000 ms" in said,
               result)  # fmt: skip
        expect(struct.unpack_from("<Q", data, len(data) - 8) == (5,), data)

    place.bench.tap.result(problem_of(check), "the example of the page")


def check_kinds(place: Place) -> None:
    """Records that the judge has no use for are read all the same."""

    def check() -> None:
        run = Run(2)
        run.heads[0].name = "größe/1 🎲"
        run.start()
        run.add(0, "INPUT", facts=b"")
        run.add(0, "FACTS", facts=bytes(range(50)))
        run.mark(0, "STOP", 1)
        run.mark(0, "RESUME", 1)
        run.add(0, "TIMER")
        run.send(0, 1)
        run.records[0][-1].facts = b"anything"
        for process in 0, 1:
            run.mark(process, "CAPTURE", 1)
            run.mark(process, "COMPLETE", 1)
        run.end()
        result = place.judge(run)
        expect(result.status == 1, result)
        expect("from größe/1 🎲 to p1 is on its way" in result.output.decode(), result)

    place.bench.tap.result(problem_of(check), "all kinds of records")


def main() -> int:
    if len(sys.argv) != 3:
        sys.exit("usage: trace_judge.py CUTLINE SOURCE_ROOT")
    tap = Tap()
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(os.path.abspath(sys.argv[1]), pathlib.Path(name), tap)
        place = Place(bench)
        check_verdicts(place)
        check_endings(place)
        check_killed(place)
        check_damage(place)
        check_mistakes(place)
        check_json(place)
        check_kinds(place)
        check_example(place, pathlib.Path(sys.argv[2]))
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
