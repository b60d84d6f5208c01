#!/usr/bin/env python3
"""`cutline keys`: what it writes, with which modes, and what it refuses.

    keys.py CUTLINE

What was written is judged by the program `openssl`, where there is one. TAP.
"""

import os
import pathlib
import resource
import signal
import stat
import subprocess
import sys
import tempfile
from typing import Callable

from tap import Tap

TIMEOUT_SECONDS = 60
FILES = {"ca.pem": 0o644, "cert.pem": 0o644, "key.pem": 0o600}
DAY = 24 * 60 * 60
BAD_DAYS = ["0", "3651", "4294967297", "18446744073709551615"]
NOT_NUMBERS = ["-1", "x", "1.5", ""]


Done = subprocess.CompletedProcess[str]


class Place:
    """An empty folder to work in."""

    def __init__(self, cutline: str, work: str) -> None:
        self.cutline = cutline
        self.work = pathlib.Path(work)

    def run(self, *command: str, prepare: Callable[[], None] | None = None) -> Done:
        return subprocess.run(
            command,
            cwd=self.work,
            # A build that counts its lines cannot write them on a full disk.
            env=dict(os.environ, LC_ALL="C.UTF-8", GCOV_ERROR_FILE="/dev/null"),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            preexec_fn=prepare,
        )

    def keys(self, *arguments: str, prepare: Callable[[], None] | None = None) -> Done:
        return self.run(self.cutline, "keys", *arguments, prepare=prepare)

    def files(self) -> dict[str, tuple[int, bytes | None]]:
        """All that is there, with its mode."""
        return {
            str(path.relative_to(self.work)): (
                stat.S_IMODE(path.stat().st_mode),
                path.read_bytes() if path.is_file() else None,
            )
            for path in self.work.rglob("*")
        }


def quiet_problem(done: Done) -> str | None:
    """Why a command did not succeed without a word."""
    if done.returncode == 0 and not done.stderr and not done.stdout:
        return None
    return f"status {done.returncode}: {done.stdout!r} {done.stderr!r}"


def refused_problem(place: Place, done: Done, before: dict, what: str) -> str | None:
    """Why a command was not refused as it should be."""
    if done.returncode != 2 or done.stdout:
        return f"status {done.returncode}, said {done.stdout!r}"
    if done.stderr != f"cutline keys: {what}\n":
        return f"said {done.stderr!r}"
    return None if place.files() == before else "something was written"


def modes_problem(place: Place, folder: str, mode: int) -> str | None:
    found = place.files()
    wanted = {folder: mode} | {f"{folder}/{name}": m for name, m in FILES.items()}
    modes = {name: m for name, (m, _) in found.items() if name.startswith(folder)}
    return None if modes == wanted else f"modes are {modes}"


def check_written(place: Place, tap: Tap) -> None:
    def open_to_all() -> None:
        os.umask(0o022)

    tap.result(quiet_problem(place.keys("a", prepare=open_to_all)), "keys are written")
    tap.result(modes_problem(place, "a", 0o700), "the folder is its owner's, so is the key")
    (place.work / "b").mkdir(mode=0o755)
    (place.work / "b" / "other").write_text("mine")
    done = place.keys("b", prepare=open_to_all)
    tap.result(quiet_problem(done), "into a folder with other files")
    other = (place.work / "b" / "other").read_text()
    tap.result(None if other == "mine" else other, "which are left alone")
    done = place.keys("--days", "1", "c", prepare=open_to_all)
    tap.result(quiet_problem(done), "for one day")
    same = (place.work / "a/key.pem").read_text() == (place.work / "b/key.pem").read_text()
    tap.result("they are the same" if same else None, "two keys differ")


def check_refusals(place: Place, tap: Tap) -> None:
    before = place.files()
    there = "ca.pem is there already (expected a directory without keys)"
    cases = [
        (["a"], f"a: {there}", "keys are there"),
        (["a/"], f"a/: {there}", "a slash at the end"),
        (
            ["a/key.pem"],
            "a/key.pem: cannot open the directory: Not a directory",
            "a file is there",
        ),
        (
            ["no/where"],
            "no/where: cannot make the directory: No such file or directory",
            "no folder to make it in",
        ),
        (
            [""],
            '"": cannot make the directory: No such file or directory',
            "no name",
        ),
        (
            ["n" * 256],
            f"{'n' * 256}: cannot make the directory: File name too long",
            "a name that is too long",
        ),
    ]
    for days in BAD_DAYS:
        what = f"option '--days': bad N '{days}' (expected an integer, 1 to 3650)"
        cases.append((["--days", days, "new"], what, f"{days} days"))
    for arguments, what, name in cases:
        done = place.keys(*arguments)
        tap.result(refused_problem(place, done, before, what), f"refused: {name}")
    for arguments in [[], ["a", "b"], *(["--days", days, "new"] for days in NOT_NUMBERS)]:
        done = place.keys(*arguments)
        problem = None
        if done.returncode != 2 or done.stdout or done.stderr.count("\n") != 1:
            problem = f"status {done.returncode}: {done.stdout!r} {done.stderr!r}"
        elif place.files() != before:
            problem = "something was written"
        tap.result(problem, f"refused: {arguments}")


def check_full_disk(place: Place, tap: Tap) -> None:
    """A file may have so many bytes only: each of the three is too long once."""

    def limit(size: int) -> Callable[[], None]:
        def prepare() -> None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

        return prepare

    before = place.files()
    sizes = {name: len(before[f"a/{name}"][1] or b"") for name in FILES}
    for name, size in (("ca.pem", 0), ("cert.pem", sizes["ca.pem"] + 8)):
        done = place.keys("full", prepare=limit(size))
        what = f"full: cannot write {name}: File too large"
        tap.result(refused_problem(place, done, before, what), f"{name} cannot be written")
        (place.work / "room").mkdir()
        done = place.keys("room", prepare=limit(size))
        problem = None if not list((place.work / "room").iterdir()) else "a file is left"
        tap.result(problem, f"{name} cannot be written, into a folder that is there")
        (place.work / "room").rmdir()


def openssl_problem(place: Place, *arguments: str, says: str = "") -> str | None:
    done = place.run("openssl", *arguments)
    if done.returncode != 0 or says not in done.stdout:
        return f"status {done.returncode}: {done.stdout!r} {done.stderr!r}"
    return None


def check_openssl(place: Place, tap: Tap) -> None:
    def verify(authority: str, certificate: str, purpose: str) -> list[str]:
        return [
            "verify",
            *("-x509_strict", "-purpose", purpose),
            *("-CAfile", f"{authority}/ca.pem", f"{certificate}/cert.pem"),
        ]

    for purpose in ("sslserver", "sslclient"):
        problem = openssl_problem(place, *verify("a", "a", purpose))
        tap.result(problem, f"openssl: good as {purpose}")
        problem = openssl_problem(place, *verify("b", "a", purpose))
        tap.result(None if problem else "it is taken", f"openssl: not of another, {purpose}")
    for folder, days in (("a", 30), ("c", 1)):
        for file in ("ca.pem", "cert.pem"):
            path = f"{folder}/{file}"
            for seconds, valid in ((days * DAY - 600, True), (days * DAY + 60, False)):
                check = ["x509", "-in", path, "-noout", "-checkend", str(seconds)]
                is_valid = openssl_problem(place, *check) is None
                problem = None if is_valid == valid else f"valid: {is_valid}"
                tap.result(problem, f"openssl: {path} in {seconds} s")
    problem = openssl_problem(place, "pkey", "-in", "a/key.pem", "-check", "-noout")
    tap.result(problem, "openssl: the key is one")
    keys = [
        place.run("openssl", *command).stdout
        for command in (
            ["pkey", "-in", "a/key.pem", "-pubout"],
            ["x509", "-in", "a/cert.pem", "-noout", "-pubkey"],
        )
    ]
    problem = None if keys[0] == keys[1] and keys[0] else f"{keys}"
    tap.result(problem, "openssl: it is the certificate's")
    text = ["x509", "-in", "a/cert.pem", "-noout", "-text"]
    tap.result(openssl_problem(place, *text, says="NIST CURVE: P-256"), "openssl: P-256")


def main() -> int:
    if len(sys.argv) != 2:
        sys.exit("usage: keys.py CUTLINE")
    tap = Tap()
    with tempfile.TemporaryDirectory() as work:
        place = Place(os.path.abspath(sys.argv[1]), work)
        check_written(place, tap)
        check_refusals(place, tap)
        check_full_disk(place, tap)
        check_openssl(place, tap)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
