#!/usr/bin/env python3
"""Makes memory calls fail in a program that answers a request.

    answer_faults.py INJECT COINS

INJECT is the library of inject.c, COINS a program, to which this speaks over
its control connection (docs/formats/control.md), as `cutline` does. Whatever
call fails, the answers are those of a run without failures, or there is one
that says that memory is missing, or they end early: no other answer is told.
TAP on standard output.
"""

import errno
import json
import os
import pathlib
import socket
import subprocess
import sys
from typing import Any, NamedTuple

from command_faults import MEMORY, Tap

TIMEOUT_SECONDS = 20
CALLS_MAX = 100000
REQUEST: dict[str, Any] = {
    "command": "run",
    "seed": 1,
    "until": "14",
    "snapshot-at": ["2:0"],
    "algorithm": "chandy-lamport",
    "judge": True,
    "observe": True,
    "snapshots": True,
}
OUT_OF_MEMORY = b'{"error":{"what":"out of memory"}}\n'


class Answers(NamedTuple):
    status: int
    text: bytes
    failures: int


def ask(program: pathlib.Path, mode: str, inject: str, fail: str = "") -> Answers:
    own, other = socket.socketpair()
    read_end, write_end = os.pipe()
    environment = {"CUTLINE_CONTROL": str(other.fileno()), "LC_ALL": "C"}
    if fail:
        environment |= {
            "LD_PRELOAD": inject,
            "CUT_FAIL": fail,
            "CUT_FAIL_FD": str(write_end),
        }
    process = subprocess.Popen(
        [program],
        env=environment,
        pass_fds=[other.fileno(), write_end],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    other.close()
    os.close(write_end)
    own.settimeout(TIMEOUT_SECONDS)
    text = b""
    try:
        request = {**REQUEST, "arguments": ["20", mode]}
        own.sendall(json.dumps(request).encode() + b"\n")
        own.shutdown(socket.SHUT_WR)
        while some := own.recv(65536):
            text += some
    except OSError:
        pass  # it has gone: there are no more answers
    own.close()
    status = process.wait(TIMEOUT_SECONDS)
    failures = len(os.read(read_end, 65536))
    os.close(read_end)
    return Answers(status, text, failures)


def problem(answers: Answers, clean: Answers) -> str | None:
    """All, or the beginning and what is missing, or the beginning."""
    if answers.status not in (0, 2, clean.status):
        return f"exit status {answers.status}"
    text = answers.text.removesuffix(OUT_OF_MEMORY)
    if not clean.text.startswith(text):
        return f"another answer: {text[-300:]!r}"
    return None


def check(
    program: pathlib.Path, mode: str, inject: str, function: str, way: str
) -> str | None:
    clean = ask(program, mode, inject)
    if b'{"system":' not in clean.text:
        return f"{clean}"
    k = 1
    while k < CALLS_MAX:
        fail = f"{function}:{k}{way}:{errno.ENOMEM}"
        answers = ask(program, mode, inject, fail)
        if answers.failures == 0:
            return None if k > 1 else f"{function} is never called"
        found = problem(answers, clean)
        if found:
            return f"CUT_FAIL={fail}: {found}"
        # Every call at first, then ever fewer: it is the first ones that differ.
        k += 1 + k // 60
    return f"{function} is called without end"


def main() -> int:
    if len(sys.argv) != 3:
        sys.exit("usage: answer_faults.py INJECT COINS")
    inject = os.path.abspath(sys.argv[1])
    program = pathlib.Path(sys.argv[2]).absolute()
    tap = Tap()
    for mode in ("plain", "fail", "crash"):
        for function in MEMORY:
            for way in ("", "+"):
                what = f"{function} fails{' for good' if way else ''}"
                found = check(program, mode, inject, function, way)
                tap.result(found, f"{mode}: {what}")
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
