#!/usr/bin/env python3
"""What `cutline new` writes compiles without a warning and runs at once.

    new_program.py CUTLINE BUILD_ROOT CC

CC may be several words: a build with sanitizers needs their options. Nothing
is overwritten, and what cannot be written leaves nothing behind. TAP.
"""

import os
import pathlib
import resource
import signal
import subprocess
import sys
import tempfile
from typing import Callable

from tap import Tap

TIMEOUT_SECONDS = 60
RULE = (
    "is not a name for a program (expected a lower-case letter, then lower-case "
    "letters, digits, '_' or '-', at most 64)"
)
BAD_NAMES = [
    "",
    ".",
    "..",
    "a.c",
    "a/b",
    "../a",
    "/tmp/a",
    "Counter",
    "1st",
    "_a",
    "a b",
    "a'b",
    "a$b",
    "\u00e4",
    "makefile",
    "a" * 65,
]
GOOD_NAMES = ["a", "all", "clean", "int", "main", "skeleton", "x-1_y", "b" * 64]


Done = subprocess.CompletedProcess[str]


class Place:
    """An empty folder to work in."""

    def __init__(self, cutline: str, build: str, compiler: str, work: str) -> None:
        self.cutline = cutline
        self.work = pathlib.Path(work)
        self.make = ["make", f"CC={compiler}", "CFLAGS=-O1 -Wall -Wextra -Werror"]
        path = f"{build}/meson-uninstalled"
        self.environment = dict(
            os.environ,
            LC_ALL="C.UTF-8",
            PKG_CONFIG_PATH=path,
            # A build that counts its lines cannot write them on a full disk.
            GCOV_ERROR_FILE="/dev/null",
        )

    def run(self, command: list[str], prepare: Callable[[], None] | None = None) -> Done:
        return subprocess.run(
            command,
            cwd=self.work,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            preexec_fn=prepare,
        )

    def new(self, *names: str, prepare: Callable[[], None] | None = None) -> Done:
        return self.run([self.cutline, "new", *names], prepare)

    def files(self) -> dict[str, bytes | None]:
        """All that is there; None: no file."""
        return {
            str(path.relative_to(self.work)): path.read_bytes() if path.is_file() else None
            for path in self.work.rglob("*")
        }


def quiet_problem(done: Done) -> str | None:
    """Why a command did not succeed without a complaint."""
    if done.returncode == 0 and not done.stderr:
        return None
    return f"status {done.returncode}: {done.stderr!r}"


def refused_problem(place: Place, done: Done, before: dict, what: str) -> str | None:
    """Why a command was not refused as it should be."""
    if done.returncode != 2 or done.stdout:
        return f"status {done.returncode}, said {done.stdout!r}"
    if done.stderr != f"cutline new: {what}\n":
        return f"said {done.stderr!r}"
    return None if place.files() == before else "the folder has changed"


def check_written(place: Place, tap: Tap) -> None:
    done = place.new("counter")
    tap.result(quiet_problem(done), "a program is written")
    said = "cd counter && make && cutline sim ./counter\n"
    tap.result(None if done.stdout == said else done.stdout, "it says how to go on")
    files = place.files()
    expected = {"counter", "counter/Makefile", "counter/counter.c"}
    problem = None if files.keys() == expected else f"{sorted(files)}"
    tap.result(problem, "it is a folder with two files")
    rest = [n for n, text in files.items() if text and b"skeleton" in text]
    tap.result(f"in {rest}" if rest else None, "it has the name everywhere")


def check_runs(place: Place, tap: Tap) -> None:
    built = place.run([*place.make, "-C", "counter"])
    tap.result(quiet_problem(built), "make builds it without a warning")
    again = place.run([*place.make, "-C", "counter", "--question"])
    tap.result(quiet_problem(again), "make has nothing to do then")
    by_hand = place.run(["counter/counter"])
    said = by_hand.stdout + by_hand.stderr
    tap.result(None if "counter" in said else said, "run by hand, it says what it is")
    for more in (["--check-save"], ["--judge", "--snapshot-at", "5:p0"]):
        command = [place.cutline, "sim", "--topology", "ring:3", *more]
        done = place.run([*command, "counter/counter"])
        tap.result(quiet_problem(done), f"it runs: {' '.join(more)}")


def check_refused(place: Place, tap: Tap) -> None:
    (place.work / "taken").mkdir()
    (place.work / "file").write_text("mine")
    (place.work / "dangling").symlink_to("nowhere")
    before = place.files()
    for name in ("counter", "taken", "file", "dangling"):
        what = f"{name} is there already (expected a new name)"
        done = place.new(name)
        tap.result(refused_problem(place, done, before, what), f"refused: {name}")
    for name in BAD_NAMES:
        done = place.new(name)
        problem = refused_problem(place, done, before, f'"{name}" {RULE}')
        tap.result(problem, f"no name: {name[:8]!r}")
    for names in ([], ["a", "b"]):
        done = place.new(*names)
        is_right = done.returncode == 2 and done.stderr.count("\n") == 1
        tap.result(None if is_right else str(done), f"{len(names)} names")


def write_nothing() -> None:
    """As if the disk were full."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def write_little() -> None:
    """The Makefile fits, the program does not."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024))


def check_full(place: Place, tap: Tap) -> None:
    before = place.files()
    for prepare in (write_nothing, write_little):
        done = place.new("full", prepare=prepare)
        what = "full/full.c: cannot write: File too large"
        problem = refused_problem(place, done, before, what)
        tap.result(problem, f"a full disk leaves nothing: {prepare.__name__}")


def check_names(place: Place, tap: Tap) -> None:
    for name in GOOD_NAMES:
        problem = quiet_problem(place.new(name))
        if problem is None:
            problem = quiet_problem(place.run([*place.make, "-C", name]))
        if problem is None:
            command = [place.cutline, "sim", "--topology", "ring:2"]
            problem = quiet_problem(place.run([*command, f"{name}/{name}"]))
        tap.result(problem, f"a name: {name[:8]}")


def main() -> int:
    if len(sys.argv) != 4:
        sys.exit("usage: new_program.py CUTLINE BUILD_ROOT CC")
    tap = Tap()
    cutline, build = (os.path.realpath(path) for path in sys.argv[1:3])
    with tempfile.TemporaryDirectory(prefix="cutline-new-") as work:
        place = Place(cutline, build, sys.argv[3], work)
        check_written(place, tap)
        check_runs(place, tap)
        check_refused(place, tap)
        check_full(place, tap)
        check_names(place, tap)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
