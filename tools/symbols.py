#!/usr/bin/env python3
"""What `nm` says of compiled code.

    symbols.py STATIC_LIBRARY_OR_OBJECT...    of layers without I/O, clock, heap
    symbols.py --exports SHARED_LIBRARY HEADER...

The first: nothing undefined but mem*, cut_* and the compiler's own, and no
variable that can change: a run is decided by its input alone, and any number of
systems share a process. The second: the library exports what the headers
declare CUT_PUBLIC, no more and no less.

Findings go to standard error, TAP to standard output. $NM names another nm.
"""

import os
import pathlib
import re
import subprocess
import sys
from typing import Iterator, NamedTuple

import tidy
from tidy import Finding

ALLOWED = re.compile(r"mem(cpy|move|set|cmp)|cut_\w+|_GLOBAL_OFFSET_TABLE_|__\w+")
# The C library's behind two underscores: printf becomes __printf_chk where
# fortified, errno is *__errno_location(), assert calls __assert_fail.
DISGUISED = re.compile(
    r"__(?!mem(cpy|move|set)_chk$|stack_chk)\w+_chk(_\w+)?"
    r"|__(errno_location|assert\w*|isoc\w+|ctype\w*|libc_\w+|sched_\w+|xpg_\w+"
    r"|sigsetjmp|x?stat\w*|cxa_\w+)"
)


class Symbol(NamedTuple):
    owner: str  # "library.a:member.o" or "object.o"
    name: str
    kind: str  # nm's letter
    section: str


def symbols(path: str, *options: str) -> list[Symbol]:
    """Read the symbols of an object or a library.

    The sysv format is the one that names sections, without which a constant
    table of pointers (.data.rel.ro) looks like a variable.
    """
    nm = os.environ.get("NM", "nm").split()
    command = [*nm, "--format=sysv", "--print-file-name", *options, "--", path]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"symbols.py: {result.stderr.strip()}")
    found = []
    for line in result.stdout.splitlines():
        fields = [field.strip() for field in line.split("|")]
        if len(fields) == 7:
            owner, _, name = fields[0].rpartition(":")
            found.append(Symbol(owner, name.strip(), fields[2], fields[6]))
    return found


def undefined(found: list[Symbol]) -> Iterator[Finding]:
    for owner, name, kind, _ in found:
        if kind in "Uvw":
            if not ALLOWED.fullmatch(name) or DISGUISED.fullmatch(name):
                yield Finding(owner, 0, f"uses {name}")


def variables(found: list[Symbol]) -> Iterator[Finding]:
    for owner, name, kind, section in found:
        constant = section.startswith(".data.rel.ro")
        if kind in "BbDdCcGgSs" and not constant:
            yield Finding(owner, 0, f"{name} is a variable ({section})")


def check_objects(paths: list[str]) -> int:
    tap = tidy.Tap()
    for path in paths:
        found = symbols(path)
        label = pathlib.Path(path).name
        # An object of an LTO build, or an empty library, would prove nothing.
        tap.result(any(s.kind in "TtRr" for s in found), f"{label} has code")
        tap.findings(f"{label} needs only mem* and cut_*", list(undefined(found)))
        tap.findings(f"{label} has no variables", list(variables(found)))
    return tap.end()


# Attributes may stand between the mark and the name: the name is what stands
# before the first parenthesis that is not theirs.
DECLARATION = re.compile(r"^CUT_PUBLIC\b([^;{]*)", re.MULTILINE)


def declared(path: str) -> Iterator[tuple[str, Finding]]:
    code = tidy.without_comments(pathlib.Path(path).read_text())
    for match in DECLARATION.finditer(code):
        found = tidy.function_name(match[1])
        if found:
            line = tidy.line_at(code, match.start(1) + found[1])
            yield found[0], Finding(path, line, f"{found[0]} is not exported")


def check_exports(library: str, headers: list[str]) -> int:
    tap = tidy.Tap()
    wanted = dict(item for path in headers for item in declared(path))
    options = "--dynamic", "--defined-only"
    # The linker's own marks of sections, which old linkers export.
    marks = re.compile(r"_init|_fini|_edata|_end|__bss_start|CUTLINE_[0-9.]+")
    names = {s.name.partition("@")[0] for s in symbols(library, *options)}
    exported = {name for name in names if not marks.fullmatch(name)}

    missing = [wanted[name] for name in sorted(wanted.keys() - exported)]
    extra = [
        Finding(library, 0, f"exports {name}, which no header declares")
        for name in sorted(exported - wanted.keys())
    ]
    tap.result(bool(wanted), f"{len(wanted)} functions declared")
    tap.findings("all that is declared is exported", missing)
    tap.findings("nothing else is exported", extra)
    return tap.end()


def main() -> int:
    arguments = sys.argv[1:]
    if arguments[:1] == ["--exports"] and len(arguments) > 2:
        return check_exports(arguments[1], arguments[2:])
    if not arguments or arguments[0].startswith("-"):
        sys.exit("usage: symbols.py OBJECT... | --exports LIBRARY HEADER...")
    return check_objects(arguments)


if __name__ == "__main__":
    sys.exit(main())
