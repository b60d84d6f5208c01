#!/usr/bin/env python3
"""Break each rule of tools/includes.py in a small tree, and see it fire."""

import pathlib
import subprocess
import sys
import tempfile

TOOLS = pathlib.Path(__file__).resolve().parents[2] / "tools"
sys.path.insert(0, str(TOOLS))
import includes  # noqa: E402
import tidy  # noqa: E402

HEADERS = {f"src/{layer}/{layer}_own.h": "" for layer in includes.LAYERS} | {
    "include/cutline/error.h": "#include <stdint.h>\n",
    "src/net/if.h": "",
}

# File, line, and whether it is allowed.
CASES: list[tuple[str, str, bool]] = [
    ("src/base/x.c", "#include <stdlib.h>", True),
    ("src/base/x.c", "#include <cutline/error.h>", True),
    ("src/base/x.c", '#include "base_own.h"', True),
    ("src/base/x.c", '#include "base/base_own.h"', True),
    ("src/base/x.c", '#include "made_by_the_build.h"', True),
    ("src/base/x.c", "/* #include <threads.h> */", True),
    ("src/base/x.c", '#include "core/core_own.h"', False),
    ("src/base/x.c", '#include "core_own.h"', False),
    ("src/base/x.c", '#include "../core/core_own.h"', False),
    ("src/base/x.c", "#include <core/core_own.h>", False),
    ("src/base/x.c", '#include "nowhere/x.h"', False),
    ("src/base/x.c", "#include SOMETHING", False),
    ("src/base/x.c", "#include <threads.h>", False),
    ("src/base/x.c", "#include <pthread.h>", False),
    ("src/base/x.c", "#include <sys/socket.h>", False),
    ("src/base/x.c", "#include <sqlite3.h>", False),
    ("src/core/x.c", "#include <string.h>", True),
    ("src/core/x.c", '  #  include "base/base_own.h" /* why */', True),
    ("src/core/x.c", '#include "sim/sim_own.h"', False),
    *(
        (f"src/{layer}/x.h", f"#include <{name}>", False)
        for layer in ("core", "proto")
        for name in "stdio.h time.h pthread.h unistd.h stdlib.h sys/types.h "
        "sys/time.h threads.h".split()
    ),
    ("src/proto/x.c", '#include "core/core_own.h"', True),
    ("src/proto/x.c", '#include "facts/facts_own.h"', False),
    ("src/facts/x.c", '#include "core/core_own.h"', False),
    ("src/model/x.c", '#include "facts/facts_own.h"', True),
    ("src/store/x.c", '#include "model/model_own.h"', False),
    ("src/analyze/x.c", '#include "store/store_own.h"', True),
    ("src/analyze/x.c", '#include "core/core_own.h"', False),
    ("src/sim/x.c", '#include "analyze/analyze_own.h"', True),
    ("src/sim/x.c", '#include "net/net_own.h"', False),
    ("src/explore/x.c", '#include "sim/sim_own.h"', False),
    ("src/net/x.c", "#include <sys/socket.h>", True),
    ("src/net/x.c", '#include "sim/sim_own.h"', False),
    ("src/net/x.c", "#include <mpi.h>", False),
    ("src/mpi/x.c", "#include <mpi.h>", True),
    ("src/main/x.c", '#include "explore/explore_own.h"', True),
    ("src/main/x.c", '#include "mpi/mpi_own.h"', False),
    ("src/main/x.c", '#include "cli/cli_own.h"', False),
    ("src/cli/x.c", '#include "cli_own.h"', True),
    ("src/cli/x.c", "#include <cutline/error.h>", True),
    ("src/cli/x.c", '#include "base/base_own.h"', False),
    ("src/new/x.c", "#include <stdio.h>", False),
    ("src/x.c", "#include <stdio.h>", False),
    ("examples/x.c", "#include <cutline/error.h>", True),
    ("examples/x.c", "#include <sys/wait.h>", True),
    ("examples/x.c", '#include "base/base_own.h"', False),
    ("examples/x.c", "#include <base/base_own.h>", False),
    ("include/cutline/x.h", '#include "error.h"', False),
    ("include/cutline/x.h", "#include <base/base_own.h>", False),
    ("tests/unit/x.c", '#include "core/core_own.h"', True),
]


def run(root: pathlib.Path, files: dict[str, str]) -> tuple[int, list[str]]:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    command = [sys.executable, str(TOOLS / "includes.py"), str(root)]
    result = subprocess.run(command, capture_output=True, text=True)
    return result.returncode, result.stderr.splitlines()


def main() -> int:
    # All in one tree, a file each: x.c becomes x0.c, x1.c, ...
    cases = [
        (path.replace("x.", f"x{number}."), line, allowed)
        for number, (path, line, allowed) in enumerate(CASES)
    ]
    files = {path: f"/* x */\n{line}\n" for path, line, _ in cases}
    good = {path: files[path] for path, _, allowed in cases if allowed}
    tap = tidy.Tap()
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        verdict = run(root / "good", HEADERS | good)
        tap.result(verdict == (0, []), "a tree that keeps the rules passes")
        (root / "empty").mkdir()
        tap.result(run(root / "empty", {})[0] == 1, "an empty tree is no pass")
        status, findings = run(root / "all", HEADERS | files)
    tap.result(status == 1, "a finding is an exit status of 1")
    for path, line, allowed in cases:
        mine = [f for f in findings if f.startswith(f"{path}:")]
        holds = not mine if allowed else len(mine) == 1 and f"{path}:2: " in mine[0]
        name = f"{path} {'may' if allowed else 'may not'} say {line}"
        tap.result(holds, name.replace("#", ""))  # "#" begins a TAP directive
        if not holds:
            print(f"# {mine}")
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
