#!/usr/bin/env python3
"""Gives `cutline` what is malformed, impossible or unwritable.

    bad_input.py CUTLINE

Bad input is told in one line, `cutline sim: FILE:LINE:COLUMN: what is wrong
(expected ...)`, with exit status 2, and nothing is written: neither to standard
output nor to a file. The tables below hold the sentences. TAP.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
from typing import Callable, Iterator, NamedTuple

from tap import Tap

TIMEOUT_SECONDS = 20
MEMORY_MAX_KIB = 96 * 1024

TOP = b"3\na 50\nb 30\nc 20\na b\nb a\nb c\nc a\n"
EVENTS = b"send a b 3\nsnapshot a\ntick 2\n"
SNAP = b"0\na 47\nb 33\nc 20\n"

MAX_63 = 2**63 - 1
MAX_TICKS = 2**62
MAX_SERVERS = 2**30
LONG_NAME = "n" * 255
# What is quoted of a name that is too long for a line.
LONG_QUOTED = '"' + "n" * 55 + '..."'
NAME_RULE = (
    "is not a name (expected 1 to 255 bytes of UTF-8 without control characters)"
)
COMMENT = (
    "a comment with text (expected the line # alone, or send, snapshot or tick)"
)
LONG_LINE = "the line is too long (expected at most 65535 bytes)"


class Case(NamedTuple):
    content: bytes | str
    place: str  # "LINE:COLUMN"; empty: none
    what: str
    topology: bytes = TOP


# --- tables ---------------------------------------------------------------


def bad_numbers(maximum: int) -> Iterator[tuple[str, str]]:
    """Fields that are no number from 0 to maximum, and what is wrong."""
    for text in ("x", "+5", "0x10", "1.5", "1e3", "5,", "--", "\u0665"):
        wrong = "is negative or not a number" if text == "--" else "is not a number"
        yield text, f'{wrong}: "{text}"'
    for text in ("-1", "-0", f"-{2**63}"):
        yield text, f'is negative or not a number: "{text}"'
    for number in (maximum + 1, 2**64 - 1, 2**64, 2**64 + 1, 10**29):
        if number > maximum:
            yield str(number), f'is too large: "{number}"'


def numbers(
    before: str, after: str, place: str, name: str, maximum: int, minimum: int = 0
) -> Iterator[Case]:
    """Bad numbers in one place of a file."""
    for text, wrong in bad_numbers(maximum):
        what = f"the {name} {wrong} (expected {minimum} to {maximum})"
        yield Case(before + text + after, place, what)


def missing(name: str, maximum: int, minimum: int = 0) -> str:
    return f"the {name} is missing (expected {minimum} to {maximum})"


def too_many(field: str, expected: str) -> str:
    return f'one field too many: "{field}" (expected {expected})'


def top_cases() -> Iterator[Case]:
    end = "the file ends here (expected the number of servers)"
    yield Case("", "1:1", end)
    yield Case("\n\n", "3:1", end)
    yield Case("# a\n\n#b\n", "4:1", end)
    yield Case(" \t\n3\n", "1:3", missing("number of servers", MAX_SERVERS, 1))
    yield from numbers("", "\na 1\n", "1:1", "number of servers", MAX_SERVERS, 1)
    yield Case("3 a\n", "1:3", too_many("a", "the number of servers alone"))
    zero = f'the number of servers is too small: "0" (expected 1 to {MAX_SERVERS})'
    yield Case("0\n", "1:1", zero)
    yield Case("  0", "1:3", zero)

    ends = "the file ends after %d of %d servers (expected all)"
    yield Case("2", "2:1", ends % (0, 2))
    yield Case("3\na 1\n# b 2\nc 3\n", "5:1", ends % (2, 3))
    yield Case(f"{MAX_SERVERS}\na 1\n", "3:1", ends % (1, MAX_SERVERS))
    wrong = f'the number of tokens is not a number: "b" (expected 0 to {MAX_63})'
    yield Case("3\na 1\nb 2\na b\n", "4:3", wrong)
    unknown = 'unknown server "%s" (expected one of the %d above)'
    yield Case("2\na 1\nb 2\nc 3\na b\n", "4:1", unknown % ("c", 2))
    yield Case("1\na 1\na 2\n", "3:3", unknown % ("2", 1))

    yield Case("1\na\n", "2:2", missing("number of tokens", MAX_63))
    yield Case("1\na \t \n", "2:5", missing("number of tokens", MAX_63))
    yield Case("1\na 1 1\n", "2:5", too_many("1", "ID TOKENS"))
    yield Case("1\n  \na 1\n", "2:3", "a line of blanks (expected ID TOKENS)")
    yield from numbers("1\na ", "\n", "2:3", "number of tokens", MAX_63)
    total = "too many tokens (expected at most 2^63 - 1 in the whole system)"
    yield Case(f"2\na {MAX_63}\nb 1\n", "3:3", total)
    yield Case(f"3\na 1\nb 1\nccc {MAX_63 - 1}\n", "4:5", total)
    yield Case(
        "3\na 1\nb 2\na 3\n", "4:1", 'server "a" is there already (expected each once)'
    )

    absent = "a server is missing (expected SRC DST)"
    yield Case("1\na 1\na\n", "3:2", absent)
    yield Case("1\na 1\n   \n", "3:4", absent)
    yield Case("2\na 1\nb 1\na b b\n", "4:5", too_many("b", "SRC DST"))
    yield Case("1\na 1\nx a\n", "3:1", unknown % ("x", 1))
    yield Case("1\na 1\na x\n", "3:3", unknown % ("x", 1))
    yield Case("1\na 1\nA a\n", "3:1", unknown % ("A", 1))
    yield from top_names()


def top_names() -> Iterator[Case]:
    for name, quoted in (
        (b"a\x01", r"a\x01"),
        (b"\x1b[31m", r"\x1b[31m"),
        (b"a\x7f", r"a\x7f"),
        (b"a\0b", r"a\x00b"),
        (b"\xc2\x85", r"\xc2\x85"),  # a control character beyond ASCII
        (b"\xff", r"\xff"),
        (b"\x80", r"\x80"),
        (b"\xc0\xaf", r"\xc0\xaf"),  # a slash, too long
        (b"\xed\xa0\x80", r"\xed\xa0\x80"),  # half a surrogate pair
        (b"\xe2\x82", r"\xe2\x82"),  # cut short
        (b"\xf4\x90\x80\x80", r"\xf4\x90\x80\x80"),  # past U+10FFFF
        (b"\xe2\x80\xae", r"\xe2\x80\xae"),  # turns the text round
        (b"\xe2\x80\x8b", r"\xe2\x80\x8b"),  # no width: not to be seen
    ):
        yield Case(b"1\n" + name + b" 1\n", "2:1", f'"{quoted}" {NAME_RULE}')
    yield Case(f"1\n  {LONG_NAME}n 1\n", "2:3", f"{LONG_QUOTED} {NAME_RULE}")
    quoted = "".join(f"\\x{b:02x}" for b in range(9))
    junk = f'the number of servers is not a number: "{quoted}"'
    yield Case(bytes(range(256)), "1:1", f"{junk} (expected 1 to {MAX_SERVERS})")
    junk = 'the number of servers is not a number: "\\xef\\xbb\\xbf3"'
    yield Case(b"\xef\xbb\xbf3\n", "1:1", f"{junk} (expected 1 to {MAX_SERVERS})")
    yield Case("1" * 65536, "1:65536", LONG_LINE)
    yield Case("1\na 1\n" + "#" * 70000 + "\n", "3:65536", LONG_LINE)


def events_cases() -> Iterator[Case]:
    words = "(expected send, snapshot or tick)"
    for word in ("sned", "Send", "ticks", "0", '"tick"'):
        yield Case(f"{word} a b 1\n", "1:1", f'unknown word "{word}" {words}')
    yield Case("tick\n# comment\n", "2:1", COMMENT)
    yield Case("#comment\n", "1:1", COMMENT)
    yield Case(b"tick\0 1\n", "1:1", f'unknown word "tick\\x00" {words}')
    yield Case(bytes(range(128, 256)), "1:1", f'unknown word "{JUNK}..." {words}')
    yield Case("tick\n \ntick\n", "2:2", f"a line of blanks {words}")
    yield Case("tick\n\t\t", "2:3", f"a line of blanks {words}")
    yield Case(" tock", "1:2", f'unknown word "tock" {words}')
    yield Case("tick\n" + "x" * 65536, "2:65536", LONG_LINE)
    yield from events_send()
    yield from events_snapshot()
    yield from events_tick()


JUNK = "".join(f"\\x{b:02x}" for b in range(128, 142))


def events_send() -> Iterator[Case]:
    form = "(expected send SRC DST TOKENS)"
    yield Case("send\n", "1:5", f"a server is missing {form}")
    yield Case("send a  \n", "1:9", f"a server is missing {form}")
    yield Case("send a b\n", "1:9", missing("number of tokens", MAX_63))
    yield Case("send a b 1 2\n", "1:12", too_many("2", "send SRC DST TOKENS"))
    unknown = 'unknown server "%s" (expected one of the topology)'
    yield Case("send x b 1\n", "1:6", unknown % "x")
    yield Case("send a x 1\n", "1:8", unknown % "x")
    yield Case(b"send a \xff\xfe 1\n", "1:8", unknown % "\\xff\\xfe")
    yield Case(f"send {LONG_NAME}n b 1\n", "1:6", unknown % LONG_QUOTED[1:-1])
    no_link = 'no link from "%s" to "%s" (expected one of the topology)'
    yield Case("send a c 1\n", "1:8", no_link % ("a", "c"))
    yield Case("\n#\nsend b b 1\n", "3:8", no_link % ("b", "b"))
    yield from numbers("send a b ", "\n", "1:10", "number of tokens", MAX_63)
    # What is held is known only in the run.
    few = '"%s" has too few tokens at time %d (expected at most the %d that it holds)'
    yield Case("send a b 51\n", "1:10", few % ("a", 0, 50))
    yield Case("send a b 50\ntick 9\n\n send a  b 1\n", "4:12", few % ("a", 9, 0))
    yield Case(f"snapshot a\nsend c a {MAX_63}\n", "2:10", few % ("c", 0, 20))


def events_snapshot() -> Iterator[Case]:
    yield Case("snapshot\n", "1:9", "a server is missing (expected snapshot ID)")
    yield Case("snapshot a b\n", "1:12", too_many("b", "snapshot ID"))
    unknown = 'unknown server "%s" (expected one of the topology)'
    yield Case("snapshot  A\n", "1:11", unknown % "A")
    never = (
        "the snapshot can never complete: no path from %s to %s "
        "(expected links that lead to every server)"
    )
    path = b"3\na 1\nb 1\nc 1\na b\nb c\n"
    yield Case("snapshot a\nsnapshot b\n", "2:10", never % ('"b"', '"a"'), path)
    yield Case("snapshot c\n", "1:10", never % ('"c"', '"a"'), path)
    apart = b"2\na 1\nb 1\n"
    yield Case("tick\nsnapshot a\n", "2:10", never % ('"a"', '"b"'), apart)
    names = f"2\nX{LONG_NAME[1:]} 1\nY{LONG_NAME[1:]} 1\n".encode()
    first, second = LONG_QUOTED.replace("n", "X", 1), LONG_QUOTED.replace("n", "Y", 1)
    yield Case(
        f"snapshot Y{LONG_NAME[1:]}\n", "1:10", never % (second, first), names
    )


def events_tick() -> Iterator[Case]:
    yield from numbers("tick ", "\n", "1:6", "number of ticks", MAX_TICKS)
    yield Case("tick 1 1\n", "1:8", too_many("1", "tick N"))
    many = "too many ticks (expected at most 2^62 in all)"
    yield Case(f"tick {MAX_TICKS}\ntick\n", "2:1", many)
    yield Case(f"tick 5\n  tick {MAX_TICKS - 4}\n", "2:3", many)
    after = (
        "no time is left after the last line for the snapshots to complete"
        " (expected less than 2^62 ticks in all)"
    )
    yield Case(f"tick {MAX_TICKS}\n", "", after)  # six more follow
    yield Case(f"tick {MAX_TICKS}\nsnapshot a\n", "", after)


def snap_cases() -> Iterator[Case]:
    ids = ("snapshot's id", 2**64 - 2)
    yield Case("", "1:1", "the file ends here (expected the snapshot's id)")
    yield Case("\n\n", "3:1", "the file ends here (expected the snapshot's id)")
    yield Case(" \n", "1:2", missing(*ids))
    yield from numbers("", "\n", "1:1", *ids)
    yield Case("0 0\n", "1:3", too_many("0", "the snapshot's id alone"))

    line = "ID TOKENS, or SRC DST token(N)"
    yield Case("0\na\n", "2:2", f"a field is missing (expected {line})")
    yield Case("0\n  \n", "2:3", f"a field is missing (expected {line})")
    yield Case("0\na b token(1) c\n", "2:14", too_many("c", line))
    yield from numbers("0\na ", "\n", "2:3", "number of tokens", MAX_63)
    unknown = 'unknown server "%s" (expected one of the topology)'
    yield Case("0\nx 1\n", "2:1", unknown % "x")
    yield Case("0\nx b token(1)\n", "2:1", unknown % "x")
    yield Case("0\na x token(1)\n", "2:3", unknown % "x")
    yield Case(b"0\n\0\xff 1\n", "2:1", unknown % "\\x00\\xff")
    yield Case(
        "0\na c token(1)\n",
        "2:3",
        'no link from "a" to "c" (expected one of the topology)',
    )
    yield Case(
        "0\na 1\nb 1\na 1\n", "4:1", 'server "a" is there already (expected each once)'
    )
    ends = 'the file ends without the tokens of "%s" (expected every server\'s)'
    yield Case("0\n", "2:1", ends % "a")
    yield Case("0\na 1\nb 1\n", "4:1", ends % "c")
    # Only as much of a name as fits, and that said.
    names = b"2\n" + b"\xc3\xa9" * 100 + b" 1\nb 1\n"
    cut = "\u00e9" * 28
    yield Case("0\nb 1\n", "3:1", ends % (cut + "..."), names)

    for word in ("5", "token5", "token()", "token(5", "Token(5)", "token(5)x"):
        yield Case(
            f"0\na b {word}\n", "2:5", f'"{word}" is no message (expected token(N))'
        )
    yield from numbers("0\na b token(", ")\n", "2:11", "number of tokens", MAX_63)
    yield Case("0\n" + "x" * 65536, "2:65536", LONG_LINE)


# --- running --------------------------------------------------------------


class Result(NamedTuple):
    status: int
    output: bytes
    errors: bytes
    memory: int  # KiB, the most it had


class Bench:
    """A directory to run in, and the command."""

    def __init__(self, cutline: str, work: pathlib.Path, tap: Tap) -> None:
        self.cutline = cutline
        self.work = work
        self.tap = tap
        self.write("good.top", TOP)
        self.write("good.events", EVENTS)
        self.write("good.snap", SNAP)

    def write(self, name: str, content: bytes | str) -> None:
        data = content.encode() if isinstance(content, str) else content
        (self.work / name).write_bytes(data)

    def run(
        self,
        arguments: list[str],
        stdout: int = subprocess.PIPE,
        before: Callable[[], None] | None = None,
    ) -> Result:
        # Its complaints go to a file, so that wait4 can be asked for memory.
        with tempfile.TemporaryFile() as errors, tempfile.TemporaryFile() as output:
            process = subprocess.Popen(
                [self.cutline, *arguments],
                cwd=self.work,
                env={"LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                stdout=output if stdout == subprocess.PIPE else stdout,
                stderr=errors,
                preexec_fn=before,
            )
            timer = threading.Timer(TIMEOUT_SECONDS, process.kill)
            timer.start()
            _, status, usage = os.wait4(process.pid, 0)
            timer.cancel()
            process.returncode = os.waitstatus_to_exitcode(status)
            errors.seek(0)
            output.seek(0)
            return Result(
                process.returncode, output.read(), errors.read(), usage.ru_maxrss
            )

    def expect(
        self,
        name: str,
        arguments: list[str],
        errors: str,
        status: int = 2,
        output: bytes = b"",
        **how,
    ) -> None:
        """Run once and compare all that is said."""
        result = self.run(arguments, **how)
        self.tap.result(difference(result, status, errors, output), name)


def difference(
    result: Result, status: int, errors: str, output: bytes = b""
) -> str | None:
    if result.status != status:
        return f"exit status {result.status}, not {status}: {result.errors!r}"
    said = result.errors.decode(errors="backslashreplace")
    if said != errors:
        return f"said     {said!r}\nexpected {errors!r}"
    if result.output != output:
        return f"printed {result.output[:200]!r}"
    if result.memory > MEMORY_MAX_KIB:
        return f"took {result.memory} KiB"
    return None


def options_of(kind: str, name: str) -> list[str]:
    files = {"top": "good.top", "events": "good.events"}
    files[kind] = name
    options = ["sim", "-t", files["top"], "-e", files["events"]]
    return options + ["--expect", name] if kind == "snap" else options


# Each way to print, and to a directory that is not there yet.
WAYS = [[], ["--log", "--diagram"], ["--json", "--log"], ["--out", "new"]]


def refused(bench: Bench, arguments: list[str], errors: str) -> str | None:
    """Run in all ways: the same line, and nothing is written."""
    before = sorted(os.listdir(bench.work))
    for way in WAYS:
        problem = difference(bench.run(arguments + way), 2, errors)
        after = sorted(os.listdir(bench.work))
        if problem is None and after != before:
            problem = f"files: {sorted(set(after) - set(before))}"
        if problem:
            shutil.rmtree(bench.work / "new", ignore_errors=True)
            return f"{' '.join(way)}: {problem}"
    return None


def check_tables(bench: Bench) -> None:
    tables = {"top": top_cases, "events": events_cases, "snap": snap_cases}
    for kind, cases in tables.items():
        for case in cases():
            name = f"case.{kind}"
            bench.write("good.top", case.topology)
            if case.topology != TOP:
                bench.write("good.events", b"tick\n")
            bench.write(name, case.content)
            place = f"{name}:{case.place}" if case.place else name
            line = f"cutline sim: {place}: {case.what}\n"
            problem = refused(bench, options_of(kind, name), line)
            title = f"{kind} {case.place} {case.what}".encode("unicode_escape")
            bench.tap.result(problem, title.decode()[:120])
            bench.write("good.top", TOP)
            bench.write("good.events", EVENTS)
        os.remove(bench.work / name)


# --- what is no table -----------------------------------------------------


def check_good(bench: Bench) -> None:
    """What the rest builds on; and what is lenient."""
    sim = "sim -t good.top -e good.events --expect good.snap".split()
    bench.expect("good files are good", sim, "", 0, SNAP)
    for kind, content in (("top", TOP), ("events", EVENTS), ("snap", SNAP)):
        for what, changed in (
            ("CRLF", content.replace(b"\n", b"\r\n")),
            ("no final newline", content.rstrip(b"\n")),
            ("CRLF, no final newline", content.replace(b"\n", b"\r\n")[:-2]),
            ("empty lines", b"\n" + content.replace(b"\n", b"\n\n")),
            ("CRLF, empty lines", b"\r\n" + content.replace(b"\n", b"\r\n\r\n")),
            ("more white space", content.replace(b" ", b" \t ")),
        ):
            bench.write(f"case.{kind}", changed)
            options = options_of(kind, f"case.{kind}")
            if kind != "snap":
                options += ["--expect", "good.snap"]
            bench.expect(f"{kind}: {what}", options, "", 0, SNAP)
        os.remove(bench.work / f"case.{kind}")
    bench.write("case.top", b"#" + b"x" * 65534 + b"\n" + TOP)
    options = options_of("top", "case.top")
    bench.expect("top: the longest line", options, "", 0, SNAP)
    os.remove(bench.work / "case.top")
    for seed in ("0", "-1", str(-(2**63)), str(MAX_63)):
        bench.expect(f"seed {seed}", sim[:5] + ["-q", f"--seed={seed}"], "", 0)


def check_unreadable(bench: Bench) -> None:
    os.mkdir(bench.work / "folder")
    os.symlink("nowhere", bench.work / "dangling")
    os.symlink("loop", bench.work / "loop")
    reasons = {
        "missing": "cannot open: No such file or directory",
        "missing/file": "cannot open: No such file or directory",
        "good.top/file": "cannot open: Not a directory",
        "dangling": "cannot open: No such file or directory",
        "loop": "cannot open: Too many levels of symbolic links",
        "folder": "cannot read: Is a directory",
    }
    if os.geteuid() != 0:  # root may read all
        bench.write("secret", b"")
        os.chmod(bench.work / "secret", 0)
        reasons["secret"] = "cannot open: Permission denied"
    for kind in ("top", "events", "snap"):
        for name, reason in reasons.items():
            line = f"cutline sim: {name}: {reason}\n"
            problem = refused(bench, options_of(kind, name), line)
            bench.tap.result(problem, f"{kind}: {name}")


def check_names_of_files(bench: Bench) -> None:
    """However a file is called, the line is one line and whole."""
    what = "the file ends here (expected the number of servers)"
    bench.write("two\nlines", b"")
    line = f"cutline sim: two?lines:1:1: {what}\n"
    problem = refused(bench, options_of("top", "two\nlines"), line)
    bench.tap.result(problem, "a file whose name has two lines")
    for size in (1200, 4000):
        folder = "/".join(["d" * 99] * (size // 100))
        os.makedirs(bench.work / folder)
        bench.write(f"{folder}/f", b"")
        line = f"cutline sim: {folder}/f:1:1: {what}\n"
        problem = refused(bench, options_of("top", f"{folder}/f"), line)
        bench.tap.result(problem, f"a path of {size + 1} bytes")


def feed(path: pathlib.Path, begin: bytes, rest: bytes) -> threading.Thread:
    """Write to a named pipe for as long as somebody reads."""

    def write() -> None:
        try:
            with path.open("wb", buffering=0) as pipe:
                pipe.write(begin)
                while True:
                    pipe.write(rest)
        except BrokenPipeError:
            pass

    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    return thread


def check_endless(bench: Bench) -> None:
    """A line of 1 GiB, or one without end, is not waited for, nor stored."""
    with (bench.work / "sparse").open("wb") as file:
        file.truncate(2**30)
    for kind in ("top", "events", "snap"):
        for name in ("sparse", "/dev/zero"):
            line = f"cutline sim: {name}:1:65536: {LONG_LINE}\n"
            problem = refused(bench, options_of(kind, name), line)
            bench.tap.result(problem, f"{kind}: {name}: a line too long")
    os.mkfifo(bench.work / "pipe")
    for kind, begin in (("top", TOP), ("events", EVENTS), ("snap", SNAP)):
        number = begin.count(b"\n") + 1
        thread = feed(bench.work / "pipe", begin, b"x" * 65536)
        line = f"cutline sim: pipe:{number}:65536: {LONG_LINE}\n"
        result = bench.run(options_of(kind, "pipe"))
        problem = difference(result, 2, line)
        thread.join(TIMEOUT_SECONDS)
        if problem is None and thread.is_alive():
            problem = "it goes on reading"
        bench.tap.result(problem, f"{kind}: a pipe that never ends")


def check_expectations(bench: Bench) -> None:
    sim = "sim -t good.top -e good.events --expect good.snap".split()
    bench.write("same.snap", SNAP)
    line = (
        "cutline sim: same.snap: snapshot 0 is expected already "
        "(by good.snap; expected each once)\n"
    )
    problem = refused(bench, sim + ["--expect", "same.snap"], line)
    bench.tap.result(problem, "a snapshot is expected twice")

    bench.write("seven.snap", SNAP.replace(b"0", b"7", 1))
    line = (
        "cutline sim: seven.snap: there is no snapshot 7 "
        "(expected below 1, the snapshots of this run)\n"
    )
    seven = sim + ["--expect", "seven.snap"]
    bench.expect("an expected snapshot is not taken", seven, line, 1, SNAP)

    bench.write("other.snap", b"0\na 46\nb 30\nc 20\na b token(1)\na b token(2)\n")
    lines = (
        "cutline sim: snapshot 0 differs from other.snap (- expected, + recorded):\n"
        "-a 46\n+a 47\n-b 30\n+b 33\n-a b token(1)\n-a b token(2)\n"
    )
    other = "sim -t good.top -e good.events --expect other.snap".split()
    bench.expect("an expected snapshot differs", other, lines, 1, SNAP)
    bench.expect("it differs, quietly", other + ["--quiet"], lines, 1)

    many = b"0\na 46\nb 33\nc 20\n" + b"a b token(1)\n" * 50
    bench.write("other.snap", many)
    lines = (
        "cutline sim: snapshot 0 differs from other.snap (- expected, + recorded):\n"
        "-a 46\n+a 47\n" + "-a b token(1)\n" * 18 + "and 32 more lines\n"
    )
    bench.expect("it differs in many lines", other + ["-q"], lines, 1)

    bench.write("two.events", b"snapshot a\nsnapshot b\n")
    bench.run("sim -t good.top -e two.events -o two".split())
    one = "sim -t good.top -e two.events -q --expect two/0.snap".split()
    note = (
        "cutline sim: note: 1 of 2 snapshots were compared "
        "(the others have no --expect)\n"
    )
    bench.expect("only one of two is expected", one, note, 0)
    bench.expect("both are expected", one + ["--expect", "two/1.snap"], "", 0)
    shutil.rmtree(bench.work / "two")


def check_columns(bench: Bench) -> None:
    """--columns takes names, or indices in the order of names."""
    sim = "sim -t good.top -e good.events --diagram --ascii --columns".split()
    by_name = bench.run(sim + ["c,a"])
    problem = None if by_name.status == 0 and by_name.output else f"{by_name}"
    bench.tap.result(problem, "columns by name")
    bench.expect("columns by index", sim + ["2,0"], "", 0, by_name.output)
    line = (
        "cutline sim: --columns: unknown server \"3\" (expected names of the"
        " topology, or indices, with commas between)\n"
    )
    bench.expect("an index too large", sim + ["3"], line)


def usage_cases() -> Iterator[tuple[list[str], str]]:
    sim = "sim -t good.top -e good.events".split()
    help_sim = "(try 'cutline sim --help')"
    yield ["sim"], f"sim: missing a PROGRAM, or --topology and --events {help_sim}"
    yield ["sim", *sim[3:]], f"sim: missing --topology {help_sim}"
    yield sim + ["--sede", "3"], "sim: unknown option '--sede' (did you mean '--seed'?)"
    yield sim + ["--topolgy=x"], (
        "sim: unknown option '--topolgy' (did you mean '--topology'?)"
    )
    yield sim + ["--frobnicate"], f"sim: unknown option '--frobnicate' {help_sim}"
    yield sim + ["-z"], f"sim: unknown option '-z' {help_sim}"
    yield sim + ["-qz"], f"sim: unknown option '-z' {help_sim}"
    yield sim + ["-\n"], f"sim: unknown option '-?' {help_sim}"
    yield sim + ["--x\ny\x1bz"], f"sim: unknown option '--x?y?z' {help_sim}"
    yield sim + ["--e"], (
        "sim: option '--e' is ambiguous "
        "(expected one of --events, --events-max, --expect)"
    )
    yield sim + ["--seed"], "sim: option '--seed' has no argument (expected N)"
    yield sim + ["-o"], "sim: option '--out' has no argument (expected DIR)"
    yield sim + ["--log=yes"], "sim: option '--log' has an argument (expected none)"
    yield sim + ["--seed", "1", "--seed=1"], (
        "sim: option '--seed' is given twice (expected once)"
    )
    yield sim + ["extra\n"], (
        "sim: a PROGRAM and the script of --events (expected one of them)"
    )
    for seed in ["", "x", "1.5", "+1", " 1", "1 ", "0x10", "--1", "-", "1e3",
                 str(2**63), str(-(2**63) - 1), "9" * 30]:  # fmt: skip
        yield sim + [f"--seed={seed}"], (
            f"sim: option '--seed': bad N '{seed}' "
            f"(expected an integer, {-(2**63)} to {MAX_63})"
        )
    yield sim + ["--color", "blue"], (
        "sim: option '--color': bad WHEN 'blue' (expected auto, always, never)"
    )
    yield sim + ["--columns", "a"], (
        "sim: --columns are those of --diagram (expected both)"
    )
    yield sim + ["--diagram", "--json"], (
        "sim: --diagram is for people and --json for programs (expected one of them)"
    )
    unknown = (
        '--columns: unknown server "%s" '
        "(expected names of the topology, or indices, with commas between)"
    )
    for names, name in (("a,x", "x"), ("", ""), ("a,,b", ""), ("a b", "a b")):
        yield sim + ["--diagram", f"--columns={names}"], "sim: " + unknown % name
    yield sim + ["--diagram", "--columns=a,b,a"], (
        "sim: --columns: a server is named twice (expected each once)"
    )
    yield ["run", "--launcher", "ssh", "/bin/true"], (
        "run: --launcher without --hosts: there is nothing to launch (expected both)"
    )
    yield ["run", "--hosts", "none", "/bin/true"], (
        "run: none: cannot open: No such file or directory"
    )
    yield ["run", "--hosts", "good.top", "/bin/true"], (
        'run: good.top:2:3: "50" does not belong here (expected a line such as "oslo", "oslo slots=4" or "oslo:4")'
    )
    yield ["smi"], "unknown command 'smi' (did you mean 'sim'?)"
    yield ["elephant"], "unknown command 'elephant' (try 'cutline --help')"
    yield ["--verison"], "unknown option '--verison' (did you mean '--version'?)"
    yield ["help", "smi"], "help: unknown command 'smi' (did you mean 'sim'?)"
    yield ["help", "sim", "sim"], (
        "help: unexpected operand 'sim' (expected [COMMAND])"
    )
    yield ["completion"], "completion: missing operand (expected bash|zsh)"
    yield ["completion", "fish"], (
        "completion: bad operand 'fish' (expected bash, zsh)"
    )


def check_usage(bench: Bench) -> None:
    before = sorted(os.listdir(bench.work))
    for arguments, line in usage_cases():
        separator = " " if line.partition(":")[0].isalpha() else ": "
        name = " ".join(arguments).encode("unicode_escape").decode()
        bench.expect(f"usage: {name}", arguments, f"cutline{separator}{line}\n")
    usage = "Usage: cutline [OPTION]... COMMAND [ARGUMENT]... (try 'cutline --help')\n"
    bench.expect("usage: nothing", [], usage)
    left = sorted(os.listdir(bench.work)) != before
    bench.tap.result("it is" if left else None, "usage: no file is written")


def check_standard_output(bench: Bench) -> None:
    sim = "sim -t good.top -e good.events".split()
    printing = [
        sim,
        sim + ["--log"],
        sim + ["--diagram"],
        sim + ["--json"],
        sim + ["--json", "--log"],
        ["--help"],
        ["--version"],
        ["help", "sim"],
        ["completion", "bash"],
        ["completion", "zsh"],
    ]
    full = os.open("/dev/full", os.O_WRONLY)
    line = "cutline: cannot write to standard output: %s\n"
    for arguments in printing:
        name = " ".join(arguments)
        reason = line % "No space left on device"
        bench.expect(f"full: {name}", arguments, reason, stdout=full)
        reason = line % "Bad file descriptor"
        bench.expect(f"closed: {name}", arguments, reason, before=close_output)
    # Where nothing is printed, nothing is amiss.
    bench.expect("full: -q", sim + ["-q"], "", 0, stdout=full)
    bench.expect("closed: -q", sim + ["-q"], "", 0, before=close_output)
    os.close(full)
    bench.expect("closed: -o", sim + ["-o", "new"], "", 0, before=close_output)
    files = {path.name: path.read_bytes() for path in (bench.work / "new").iterdir()}
    same = files == {"0.snap": SNAP}
    bench.tap.result(None if same else f"{files}", "closed: -o: the file is right")
    shutil.rmtree(bench.work / "new")
    # A run that failed to print leaves no snapshots either.
    reason = "cutline sim: cannot write to standard output: Bad file descriptor\n"
    both = sim + ["-o", "new", "--log"]
    bench.expect("closed: -o --log", both, reason, before=close_output)
    left = os.listdir(bench.work / "new")
    bench.tap.result(f"{left}" if left else None, "closed: -o --log: nothing is left")
    shutil.rmtree(bench.work / "new")


def close_output() -> None:
    os.close(1)


def check_out(bench: Bench) -> None:
    """No snapshot is there unless all are; and no file that was to be one."""
    bench.write("three.events", b"snapshot a\nsend a b 1\nsnapshot b\nsnapshot c\n")
    sim = "sim -t good.top -e three.events -o".split()
    line = "cutline sim: %s: cannot %s\n"
    folder = "make the directory: No such file or directory"
    bench.expect("out: no parent", sim + ["no/dir"], line % ("no/dir", folder))
    json = sim + ["no/dir", "--json"]
    bench.expect("out: no parent, JSON", json, line % ("no/dir", folder))
    written = "make the directory: Not a directory"
    bench.expect("out: a file", sim + ["good.top"], line % ("good.top", written))
    same = (bench.work / "good.top").read_bytes() == TOP
    bench.tap.result(None if same else "it is not", "out: the file is as it was")
    written = "make the directory: File name too long"
    long = "x" * 300
    bench.expect("out: a name too long", sim + [long], line % (long, written))
    out = bench.work / "out"
    for number in range(3):
        # Whatever is written to this draft is written to a full disk.
        out.mkdir()
        os.symlink("/dev/full", out / f".{number}.snap.part")
        reason = line % (f"out/{number}.snap", "write: No space left on device")
        bench.expect(f"out: the disk is full at {number}", sim + ["out"], reason)
        check_left(bench, out, [])
        out.mkdir()
        (out / f"{number}.snap").mkdir()
        kept = [f"{n}.snap" for n in range(number)]
        for name in kept:
            (out / name).write_text("precious")
        reason = line % (f"out/{number}.snap", "write: Is a directory")
        bench.expect(f"out: {number}.snap is a directory", sim + ["out"], reason)
        texts = {(out / name).read_text() for name in kept}
        lost = None if texts <= {"precious"} else f"they hold {texts}"
        bench.tap.result(lost, "out: what was there before is there again")
        check_left(bench, out, kept + [f"{number}.snap"])
    if os.geteuid() != 0:  # root may write all
        out.mkdir(mode=0o555)
        reason = line % ("out/0.snap", "write: Permission denied")
        bench.expect("out: may not be written", sim + ["out"], reason)
        check_left(bench, out, [])
    bench.expect("out: a directory that is there", sim + ["."], "", 0)
    note = "cutline sim: note: ./3.snap is of another run (this one has 3 snapshots)\n"
    (bench.work / "3.snap").write_text("another run's")
    bench.expect("out: another run's are there", sim + ["."], note, 0)
    (bench.work / "3.snap").unlink()
    whole = sorted(path.name for path in bench.work.glob("?.snap"))
    good = whole == ["0.snap", "1.snap", "2.snap"]
    bench.tap.result(None if good else f"{whole}", "out: all snapshots are there")


def check_left(bench: Bench, out: pathlib.Path, expected: list[str]) -> None:
    left = sorted(os.listdir(out))
    problem = None if left == expected else f"there is {left}"
    bench.tap.result(problem, "out: nothing else is left")
    shutil.rmtree(out)


def main() -> int:
    if len(sys.argv) != 2:
        sys.exit("usage: bad_input.py CUTLINE")
    tap = Tap()
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(os.path.abspath(sys.argv[1]), pathlib.Path(name), tap)
        check_good(bench)
        check_tables(bench)
        check_unreadable(bench)
        check_names_of_files(bench)
        check_endless(bench)
        check_expectations(bench)
        check_usage(bench)
        check_standard_output(bench)
        check_out(bench)
        check_columns(bench)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
