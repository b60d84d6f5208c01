#!/usr/bin/env python3
"""The layers of the house, checked on the #include lines.

    includes.py ROOT

Findings go to standard error as `file:line: message`, a TAP line for each
layer to standard output.
"""

import os
import pathlib
import re
import sys
from typing import Iterator

import tidy
from tidy import Finding

# What a layer may include of other layers (design.md, "Layers").
LAYERS: dict[str, set[str]] = {
    "base": set(),
    "core": {"base"},
    "proto": {"base", "core"},
    "facts": {"base"},
    "model": {"base", "facts"},
    "store": {"base", "facts"},
    "analyze": {"base", "facts", "store"},
    "sim": {"base", "core", "proto", "facts", "model", "store", "analyze"},
    "explore": {"base", "core", "proto", "facts", "model", "store", "analyze"},
    "net": {"base", "core", "proto", "facts", "model", "store"},
    "mpi": {"base", "core", "proto", "facts", "model", "store"},
    "cli": set(),
}
LAYERS["main"] = LAYERS.keys() - {"mpi", "cli"}

# Libraries other than the C library that a layer may use: a new dependency is
# a line here, and a decision.
LIBRARIES: dict[str, set[str]] = {
    "model": {"jansson.h"},
    "main": {"jansson.h"},
    "net": {
        f"openssl/{name}.h"
        for name in "bn crypto ec err evp params pem rand ssl types x509v3 x509_vfy".split()
    }
    | {"civetweb.h", "jansson.h", "uv.h"},
    "cli": {"jansson.h"},
    "mpi": {"mpi.h"},
}

# What glibc brings: the C17 headers, POSIX, and its own.
C_LIBRARY = set(
    """
    assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp
    signal stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn
    string tgmath threads time uchar wchar wctype

    aio arpa/inet cpio dirent dlfcn fcntl fmtmsg fnmatch ftw glob grp iconv langinfo
    libgen monetary mqueue ndbm net/if netdb netinet/in netinet/tcp nl_types poll
    pthread pwd regex sched search semaphore spawn strings sys/ipc sys/mman sys/msg
    sys/resource sys/select sys/sem sys/shm sys/socket sys/stat sys/statvfs sys/time
    sys/times sys/types sys/uio sys/un sys/utsname sys/wait syslog tar termios
    ulimit unistd utime utmpx wordexp

    argp byteswap endian err error execinfo features getopt ifaddrs link malloc
    printf pty sys/auxv sys/epoll sys/eventfd sys/file sys/inotify sys/ioctl
    sys/param sys/prctl sys/random sys/sendfile sys/signalfd sys/statfs
    sys/syscall sys/sysinfo sys/timerfd sys/vfs sysexits
    """.split()
)

THREADS_AND_SOCKETS = (
    r"(threads|pthread|semaphore|netdb|poll|ifaddrs)\.h"
    r"|sys/(socket|un|select|epoll)\.h|(net|netinet|arpa)/.*"
)
INPUT_CLOCK_MEMORY = r"(stdio|time|pthread|unistd|stdlib|threads)\.h|sys/.*"
# Of the C library, what a layer may not include, and why.
FORBIDDEN: dict[str, tuple[str, str]] = {
    "base": (THREADS_AND_SOCKETS, "has no threads and no sockets"),
    "core": (INPUT_CLOCK_MEMORY, "has no I/O, clock, thread or heap"),
    "proto": (INPUT_CLOCK_MEMORY, "has no I/O, clock, thread or heap"),
}

INCLUDE = re.compile(r"^[ \t]*#[ \t]*include[ \t]*([^\n]*)", re.MULTILINE)


def is_c_library(name: str) -> bool:
    return name.endswith(".h") and name[:-2] in C_LIBRARY


def wrong_name(layer: str, name: str) -> str | None:
    """Judge <name> from a layer; return what is wrong with it."""
    if name.startswith("cutline/"):
        return None
    if not is_c_library(name) and name not in LIBRARIES.get(layer, set()):
        return f"{layer} may not use <{name}>: it is not of the C library"
    pattern, reason = FORBIDDEN.get(layer, ("", ""))
    if pattern and re.fullmatch(pattern, name):
        return f"{layer} may not include <{name}>: it {reason}"
    return None


def wrong_path(layer: str, name: str, path: str, headers: set[str]) -> str | None:
    """Judge "name" from a layer's file; return what is wrong with it."""
    target, slash, _ = name.partition("/")
    if ".." in name.split("/"):
        return f'"{name}": write the path from src/'
    if not slash:
        if f"{os.path.dirname(path)}/{name}" in headers:
            return None
        # In no folder: the build makes it.
        owners = [h for h in sorted(headers) if re.fullmatch(rf"src/.*/{name}", h)]
        return f'write "{owners[0][4:]}", from src/' if owners else None
    if target not in LAYERS:
        return f'"{name}" is of no known layer'
    if target != layer and target not in LAYERS[layer]:
        return f'{layer} may not include "{name}"'
    return None


def wrong(path: str, spelled: str, headers: set[str]) -> str | None:
    """Judge what stands after #include in a file; return what is wrong."""
    match = re.fullmatch(r'<([^>]+)>|"([^"]+)"', spelled)
    if not match:
        return "an include that only the preprocessor can read"
    angled, quoted = match[1], match[2]
    parts = path.split("/")
    if parts[0] == "examples":
        if quoted or f"src/{angled}" in headers:
            return f"an example may not include {spelled}, only public headers"
        return None
    if parts[0] == "include":
        if quoted or not (is_c_library(angled) or angled.startswith("cutline/")):
            return f"a public header may not include {spelled}"
        return None
    layer = parts[1]
    if len(parts) < 3 or layer not in LAYERS:
        return "a file of no known layer"
    if quoted:
        return wrong_path(layer, quoted, path, headers)
    if f"src/{angled}" in headers:
        return f'write "{angled}", in quotes'
    return wrong_name(layer, angled)


def check(file: tidy.File, headers: set[str]) -> Iterator[Finding]:
    code = tidy.without_comments(file.text, keep_strings=True)
    for match in INCLUDE.finditer(code):
        message = wrong(file.path, match[1].strip(), headers)
        if message:
            yield file.at(match.start(), message)


def group_of(path: str) -> str:
    parts = path.split("/")
    return "/".join(parts[:2]) if parts[0] == "src" and len(parts) > 2 else parts[0]


def main() -> int:
    if len(sys.argv) != 2 or not os.path.isdir(sys.argv[1]):
        sys.exit("usage: includes.py ROOT")
    tree = tidy.read_tree(pathlib.Path(sys.argv[1]))
    folders = "src/", "include/", "examples/"
    files = [f for f in tree if f.is_c and f.path.startswith(folders)]
    headers = {f.path for f in files if f.suffix == ".h"}
    tap = tidy.Tap()
    for group in sorted({group_of(f.path) for f in files}):
        mine = [f for f in files if group_of(f.path) == group]
        tap.findings(group, [finding for f in mine for finding in check(f, headers)])
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
