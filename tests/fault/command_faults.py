#!/usr/bin/env python3
"""Makes calls of the C library fail under `cutline`, one after the other.

    command_faults.py CUTLINE INJECT

INJECT is the library of inject.c. Each run makes the k-th call of a function
fail, or that and all later ones, for k = 1, 2, ... until none is left. The
command must then say so in one line and exit with 2, and leave either all of
its files or none; or, where it can do without what failed, do all as always.
TAP on standard output.
"""

import errno
import json
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile
from typing import NamedTuple

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "integration"))
from segments import Run
from tap import Tap

TOPOLOGY = "4\na 50\nb 30\nc 20\nd 9\na b\nb c\nc d\nd a\nb a\nc a\n"
EVENTS = """\
send a b 3
snapshot a
tick
send b c 9
snapshot c
tick 2
send c d 7
snapshot b
"""
SMALL_TOPOLOGY = "2\na 5\nb 3\na b\nb a\n"
SMALL_EVENTS = "send a b 3\nsnapshot b\n"
CALLS_MAX = 5000
TIMEOUT_SECONDS = 20

# The functions, what they say, and whether the command could do without.
ERRORS = {
    "malloc": errno.ENOMEM,
    "calloc": errno.ENOMEM,
    "realloc": errno.ENOMEM,
    "fopen": errno.EMFILE,
    "fread": errno.EIO,
    "fflush": errno.ENOSPC,
    "fclose": errno.EIO,
    "mkdir": errno.EACCES,
    "rename": errno.EIO,
    "link": errno.EPERM,
    "unlink": errno.EIO,
}
MEMORY = "malloc calloc realloc".split()
# glibc gets by without memory for buffers and for sorting.
MAY_SUCCEED = {"malloc"}


class Case(NamedTuple):
    name: str
    arguments: list[str]
    functions: list[str]  # each of them must be called at least once
    inputs: int = 0  # files that are read, whose fclose does not matter


class Result(NamedTuple):
    status: int
    output: bytes
    errors: bytes
    files: dict[str, bytes] | None  # in the directory of --out; None: no such
    failures: int


class Runner:
    def __init__(self, cutline: str, inject: str, work: pathlib.Path) -> None:
        self.cutline = cutline
        self.inject = inject
        self.work = work
        self.out = work / "out"
        # Plain ASCII, so that no locale has to be loaded.
        self.environment = {"LC_ALL": "C", "PATH": os.environ.get("PATH", "")}
        self.old: dict[str, bytes] = {}  # what is in the directory before

    def prepare(self) -> None:
        shutil.rmtree(self.out, ignore_errors=True)
        if self.old:
            self.out.mkdir()
            for name, content in self.old.items():
                (self.out / name).write_bytes(content)

    def files(self) -> dict[str, bytes] | None:
        if not self.out.is_dir():
            return None
        files = [path for path in self.out.iterdir() if path.is_file()]
        return {path.name: path.read_bytes() for path in files}

    def run(self, arguments: list[str], fail: str = "") -> Result:
        """Run the command, with CUT_FAIL set unless it is empty."""
        self.prepare()
        environment = dict(self.environment)
        read_end, write_end = os.pipe()
        if fail:
            environment["LD_PRELOAD"] = self.inject
            environment["CUT_FAIL"] = fail
            environment["CUT_FAIL_FD"] = str(write_end)
        try:
            done = subprocess.run(
                [self.cutline, *arguments],
                cwd=self.work,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=TIMEOUT_SECONDS,
                pass_fds=[write_end],
            )
            os.close(write_end)
            write_end = -1
            failures = len(os.read(read_end, 65536))
        finally:
            os.close(read_end)
            if write_end >= 0:
                os.close(write_end)
        return Result(
            done.returncode, done.stdout, done.stderr, self.files(), failures
        )


def line_problem(errors: bytes) -> str | None:
    """What is wrong with what must be one line of complaint."""
    if errors.count(b"\n") != 1 or not errors.endswith(b"\n"):
        return f"not one line: {errors!r}"
    if not errors.startswith(b"cutline") or len(errors) < 20:
        return f"not a complaint: {errors!r}"
    return None


def files_problem(
    result: Result, clean: Result, old: dict[str, bytes], may_leave: bool
) -> str | None:
    """All files or none, and nothing else but what was there before."""
    files, whole = result.files or {}, clean.files or {}
    if whole and all(files.get(name) == whole[name] for name in whole):
        new = set(files) - set(whole)
    else:
        new = {name for name in files if files[name] != old.get(name)}
        if may_leave:
            new = {name for name in new if not name.endswith(".part")}
    return f"files are left: {sorted(new)}" if new else None


def problem(
    result: Result, clean: Result, function: str, must_fail: bool, runner: Runner
) -> str | None:
    if result.status == 0:
        if must_fail:
            return "success"
        same = result._replace(failures=0) == clean
        return None if same else "success, but the results differ"
    if result.status != 2:
        return f"exit status {result.status}, errors {result.errors!r}"
    return line_problem(result.errors) or files_problem(
        result, clean, runner.old, function == "unlink"
    )


def check_function(
    runner: Runner, case: Case, clean: Result, function: str, mode: str
) -> str | None:
    """Fail each call of a function; return what is wrong, and where."""
    for k in range(1, CALLS_MAX):
        fail = f"{function}:{k}{mode}:{ERRORS[function]}"
        result = runner.run(case.arguments, fail)
        if result.failures == 0:
            return None if k > 1 else f"{function} is never called"
        must_fail = function not in MAY_SUCCEED
        if function == "fclose" and k <= case.inputs and not mode:
            must_fail = False
        found = problem(result, clean, function, must_fail, runner)
        if found:
            return f"CUT_FAIL={fail}: {found}"
    return f"{function} is called without end"


def is_json(text: bytes) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def check_case(runner: Runner, case: Case, tap: Tap) -> None:
    clean = runner.run(case.arguments)
    well = clean.status == 0 and clean.errors == b""
    if well and "--json" in case.arguments:
        well = is_json(clean.output)
    tap.result(None if well else f"{clean}", f"{case.name}: as it should be")
    for function in case.functions:
        for mode in ("", "+"):
            what = f"{case.name}: {function} fails" + (" for good" if mode else "")
            tap.result(check_function(runner, case, clean, function, mode), what)


def check_old_files(runner: Runner, tap: Tap) -> None:
    """Files of an earlier run stay until all new ones are there."""
    arguments = "sim -t case.top -e case.events --out out".split()
    functions = "malloc realloc fopen fflush fclose".split()
    clean = runner.run(arguments)
    assert clean.files is not None
    runner.old = {name: b"of an earlier run\n" for name in clean.files}
    runner.old["notes"] = b"mine\n"
    clean = runner.run(arguments)
    kept = clean.files == {**(clean.files or {}), "notes": b"mine\n"}
    tap.result(None if kept else f"{clean.files}", "old files: are replaced")
    for function in functions:
        found = None
        for k in range(1, CALLS_MAX):
            result = runner.run(arguments, f"{function}:{k}:{ERRORS[function]}")
            if result.failures == 0:
                break
            if result.status == 2 and result.files not in (runner.old, clean.files):
                found = f"{function}:{k}: {result.files}"
                break
        tap.result(found, f"old files: stay when {function} fails")
    runner.old = {}


def check_unlink(runner: Runner, tap: Tap) -> None:
    """Tidying up that fails changes nothing about what is reported."""
    shutil.rmtree(runner.out, ignore_errors=True)
    arguments = "sim -t case.top -e case.events --out out".split()
    # The second file cannot be opened: a directory has its name.
    (runner.out / ".1.snap.part").mkdir(parents=True)
    runner.prepare = lambda: None  # type: ignore[method-assign]
    for mode in ("", "+"):
        result = runner.run(arguments, f"unlink:1{mode}:{errno.EIO}")
        found = line_problem(result.errors)
        if result.status != 2 or result.failures == 0 or b"1.snap" not in result.errors:
            found = f"{result}"
        tap.result(found, f"unlink fails{' for good' if mode else ''}")
    del runner.prepare  # type: ignore[method-assign]


def run_limited(
    runner: Runner, arguments: list[str], limit: int, output: pathlib.Path
) -> Result:
    """Run with files limited to so many bytes, standard output among them."""
    runner.prepare()
    with output.open("wb") as stream:
        done = subprocess.run(
            [runner.cutline, *arguments],
            cwd=runner.work,
            env=runner.environment,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.PIPE,
            timeout=TIMEOUT_SECONDS,
            # Python ignores SIGXFSZ, and so does what it starts.
            restore_signals=False,
            preexec_fn=lambda: resource.setrlimit(
                resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY)
            ),
        )
    return Result(done.returncode, output.read_bytes(), done.stderr, runner.files(), 1)


def check_limits(runner: Runner, name: str, arguments: list[str], tap: Tap) -> None:
    """Let each file end early, after 0 bytes, 1, 2, ..."""
    output = runner.work / "stdout"
    clean = runner.run(arguments)
    sizes = [len(content) for content in (clean.files or {}).values()]
    size = max(sizes + [len(clean.output)])
    found = None
    # Every size at first, then ever fewer: it is the first ones that differ.
    limit = 0
    while limit < size and found is None:
        result = run_limited(runner, arguments, limit, output)
        if result.status != 2:
            found = f"exit status {result.status}"
        found = found or line_problem(result.errors)
        found = found or files_problem(result, clean, {}, False)
        if found:
            found = f"at most {limit} bytes: {found}"
        limit += 1 + limit // 50
    if size == 0:
        found = "it writes nothing"
    whole = run_limited(runner, arguments, size, output)
    if found is None and (whole.status, whole.output) != (0, clean.output):
        found = f"{size} bytes are not enough: {whole}"
    tap.result(found, name)


SIM = "sim -t case.top -e case.events".split()
SMALL = "sim -t small.top -e small.events".split()
ALWAYS = "malloc calloc fflush".split()
READING = ALWAYS + "realloc fopen fread".split()
CASES = [
    Case("print", SIM, READING),
    Case(
        "files",
        SIM + "--out out --expect 0.snap --expect 1.snap --expect 2.snap".split(),
        READING + "fclose mkdir link rename".split(),
        inputs=5,
    ),
    Case("log", SIM + ["--log"], READING),
    Case("diagram", SIM + "--diagram --columns c,a".split(), READING),
    Case("json", SMALL + ["--json"], READING),
    Case("json log", SMALL + "--json --log".split(), READING),
    Case("json files", SMALL + "--json --log --out out".split(), READING),
    Case("new", ["new", "out"], ALWAYS + "fopen fclose mkdir".split()),
    Case("judge", ["judge", "run"], ALWAYS + ["realloc"]),
    Case("judge json", ["judge", "--json", "run"], ALWAYS + ["realloc"]),
    Case("help", ["help", "sim"], ALWAYS),
    Case("version", ["--version"], ALWAYS),
    Case("completion", ["completion", "bash"], ALWAYS),
]


def write_trace(directory: pathlib.Path) -> None:
    """One process that is killed; one snapshot is complete by then, one not."""
    run = Run(2, types=["coin"])
    run.start()
    for process in 0, 1:
        run.mark(process, "CAPTURE", 1)
        run.mark(process, "COMPLETE", 1)
    run.add(1, "TIMER")
    run.receive(0, 1, run.send(1, 0))
    run.mark(1, "CAPTURE", 2)
    run.end(0)
    run.write(directory)


def main() -> int:
    if len(sys.argv) != 3:
        sys.exit("usage: command_faults.py CUTLINE INJECT")
    cutline, inject = (os.path.abspath(argument) for argument in sys.argv[1:])
    tap = Tap()
    with tempfile.TemporaryDirectory() as name:
        work = pathlib.Path(name)
        runner = Runner(cutline, inject, work)
        (work / "case.top").write_text(TOPOLOGY)
        (work / "case.events").write_text(EVENTS)
        (work / "small.top").write_text(SMALL_TOPOLOGY)
        (work / "small.events").write_text(SMALL_EVENTS)
        write_trace(work / "run")
        for file, content in (runner.run(SIM + ["--out", "out"]).files or {}).items():
            (work / file).write_bytes(content)
        for case in CASES:
            check_case(runner, case, tap)
        check_old_files(runner, tap)
        check_unlink(runner, tap)
        check_limits(runner, "snapshots are cut short", SIM + ["-o", "out"], tap)
        check_limits(runner, "a program is cut short", ["new", "out"], tap)
        for arguments in ["judge", "run"], ["judge", "--json", "run"]:
            name = f"output is cut short: {' '.join(arguments)}"
            check_limits(runner, name, arguments, tap)
        for option in ("--quiet --log", "--diagram", "--json", "--json --log"):
            name = f"output is cut short: {option}"
            check_limits(runner, name, SMALL + option.split(), tap)
        check_limits(runner, "output is cut short: help", ["--help"], tap)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
