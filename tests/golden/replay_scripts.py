#!/usr/bin/env python3
"""Runs COS 418 scripts and compares every snapshot byte for byte.

    replay_scripts.py CUTLINE MANIFEST          the cases of a manifest
    replay_scripts.py CUTLINE --public FOLDER   the public cases, which name
                                                their files by habit

A manifest's line: topology, events, snapshots (with commas), seed. Where the
folder of the public cases is not there, that is one skipped test.
"""
import subprocess
import sys
from pathlib import Path

SEED = "8053172852482175524"


def manifest_cases(manifest: Path) -> list[tuple[Path, Path, list[Path], str]]:
    folder = manifest.parent
    lines = [line.split() for line in manifest.read_text().splitlines()
             if line and not line.startswith("#")]
    return [(folder / top, folder / events,
             [folder / name for name in snaps.split(",")], seed)
            for top, events, snaps, seed in lines]


def public_cases(folder: Path) -> list[tuple[Path, Path, list[Path], str]]:
    cases = []
    for events in sorted(folder.glob("*.events")):
        stem = events.stem
        top = folder / (stem.split("-")[0] + ".top")
        snaps = [folder / f"{stem}.snap"]
        if not snaps[0].exists():
            snaps = [folder / f"{stem}{i}.snap" for i in range(100)
                     if (folder / f"{stem}{i}.snap").exists()]
        cases.append((top, events, snaps, SEED))
    return cases


def run(cutline: str, top: Path, events: Path, snaps: list[Path],
        seed: str) -> str:
    """What is wrong with a case, "" if nothing is."""
    result = subprocess.run(
        [cutline, "sim", "--topology", top, "--events", events, f"--seed={seed}"],
        capture_output=True, check=False)
    if result.returncode != 0:
        return result.stderr.decode(errors="replace")
    # Snapshots come in id order, with one empty line between two.
    expected = b"\n".join(snap.read_bytes() for snap in snaps)
    return "" if result.stdout == expected else "the output differs"


def main() -> int:
    cutline, where = sys.argv[1], sys.argv[2]
    if where == "--public":
        folder = Path(sys.argv[3])
        if not folder.is_dir():  # they are no part of the project
            print("1..1\nok 1 - public cases # SKIP they are not beside the"
                  " checkout")
            return 0
        cases = public_cases(folder)
    else:
        cases = manifest_cases(Path(where))
    failed = 0
    for number, (top, events, snaps, seed) in enumerate(cases, 1):
        wrong = run(cutline, top, events, snaps, seed)
        failed += wrong != ""
        print(f"{'not ok' if wrong else 'ok'} {number} - {events.stem}:"
              f" {len(snaps)} snapshots")
        if wrong:
            print("# " + wrong.replace("\n", "\n# "))
    print(f"1..{len(cases)}")
    return 1 if failed or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
