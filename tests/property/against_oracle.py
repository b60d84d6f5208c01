#!/usr/bin/env python3
"""Compare `cutline sim` with the oracle on random cases, byte for byte.

    against_oracle.py CUTLINE FIRST COUNT    cases of the seeds FIRST, FIRST+1, ...

TAP on standard output. The files of a case that fails are kept, with what
each side printed.
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "oracle"))
import cos418  # noqa: E402
import random_script  # noqa: E402

CASES_PER_TEST = 50
TIMEOUT_SECONDS = 20


def differs(cutline: str, seed: int, folder: pathlib.Path) -> str | None:
    """Run one case; return what is wrong with it, None where all is well."""
    case = random_script.write(seed, folder)
    command = [
        cutline,
        "sim",
        "--topology", str(folder / "case.top"),
        "--events", str(folder / "case.events"),
        f"--seed={case.seed}",
    ]  # fmt: skip
    # Started first, so that it runs on the other core while the oracle works.
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, **pipes) as process:
        try:
            expected = b"\n".join(
                cos418.simulate(case.topology, case.events, case.seed)
            )
            found, messages = process.communicate(timeout=TIMEOUT_SECONDS)
        except BaseException as error:
            process.kill()
            if isinstance(error, subprocess.TimeoutExpired):
                return f"no end after {TIMEOUT_SECONDS} s"
            raise
    (folder / "expected").write_bytes(expected)
    (folder / "found").write_bytes(found)
    (folder / "messages").write_bytes(messages)
    if process.returncode != 0:
        return f"exit status {process.returncode}"
    return None if found == expected else "the snapshots differ"


def run_range(cutline: str, seeds: range, work: pathlib.Path) -> int:
    """Run cases; return how many failed, whose folders stay."""
    failed = 0
    for seed in seeds:
        folder = work / str(seed)
        folder.mkdir()
        wrong = differs(cutline, seed, folder)
        if wrong is None:
            shutil.rmtree(folder)
            continue
        failed += 1
        print(f"# seed {seed}: {wrong}; see {folder}")
        print(f"# again: {sys.executable} {sys.argv[0]} {cutline} {seed} 1")
    return failed


def main() -> int:
    if len(sys.argv) != 4 or int(sys.argv[3]) < 1:
        sys.exit("usage: against_oracle.py CUTLINE FIRST COUNT")
    cutline, first, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    work = pathlib.Path(tempfile.mkdtemp(prefix="cutline-oracle-"))
    failed = 0
    tests = 0
    for start in range(first, first + count, CASES_PER_TEST):
        seeds = range(start, min(start + CASES_PER_TEST, first + count))
        failed_here = run_range(cutline, seeds, work)
        failed += failed_here
        tests += 1
        verdict = "not ok" if failed_here else "ok"
        print(f"{verdict} {tests} - seeds {seeds[0]} to {seeds[-1]}", flush=True)
    print(f"1..{tests}")
    if failed == 0:
        work.rmdir()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
