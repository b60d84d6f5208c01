#!/usr/bin/env python3
"""Write the systems and scripts that whole commands are measured with.

    generate.py KIND:N[:DEGREE] DIR [--rounds R] [--snapshots S]

writes DIR/case.top and DIR/case.events. KIND is

    ring      i -> i + 1
    both      i -> i + 1 and i -> i - 1
    random    the ring, and DEGREE - 1 random channels more from each server
    clique    every server to every other

In each of R rounds every server sends one token along one of its channels
(each in turn), then a tick passes. The S snapshots begin in the middle of the
rounds, at servers that are spread evenly. The same arguments always write the
same files.
"""

import argparse
import pathlib
import random
from typing import Iterator

TOKENS = 1000  # what each server holds at the start


def destinations(kind: str, n: int, degree: int) -> Iterator[list[int]]:
    """For each server, where its channels lead."""
    source = random.Random(n)
    for i in range(n):
        ahead = (i + 1) % n
        if kind == "ring":
            yield [ahead]
        elif kind == "both":
            yield [ahead, (i - 1) % n]
        elif kind == "random":
            drawn = [source.randrange(n) for _ in range(degree - 1)]
            yield [ahead] + [j for j in drawn if j != i]
        elif kind == "clique":
            yield [j for j in range(n) if j != i]
        else:
            raise SystemExit(f"unknown kind: {kind}")


def write(
    system: str, folder: pathlib.Path, rounds: int = 0, snapshots: int = 0
) -> tuple[pathlib.Path, pathlib.Path]:
    kind, *numbers = system.split(":")
    n = int(numbers[0])
    degree = int(numbers[1]) if len(numbers) > 1 else 4
    folder.mkdir(parents=True, exist_ok=True)
    paths = folder / "case.top", folder / "case.events"
    first: list[list[int]] = []  # as many of each server's channels as are used
    with paths[0].open("w") as top:
        top.write(f"{n}\n")
        top.writelines(f"p{i} {TOKENS}\n" for i in range(n))
        for i, ends in enumerate(destinations(kind, n, degree)):
            top.writelines(f"p{i} p{j}\n" for j in ends)
            first.append(ends[: max(rounds, 1)])
    with paths[1].open("w") as events:
        for r in range(rounds + 1):
            if r == rounds // 2:
                at = [i * n // snapshots for i in range(snapshots)]
                events.writelines(f"snapshot p{i}\n" for i in at)
            if r == rounds:
                break
            for i, ends in enumerate(first):
                events.write(f"send p{i} p{ends[r % len(ends)]} 1\n")
            events.write("tick\n")
    return paths


def main() -> None:
    parser = argparse.ArgumentParser(description="write a .top and a .events file")
    parser.add_argument("system", metavar="KIND:N[:DEGREE]")
    parser.add_argument("folder", type=pathlib.Path, metavar="DIR")
    parser.add_argument("--rounds", type=int, default=0)
    parser.add_argument("--snapshots", type=int, default=0)
    options = parser.parse_args()
    write(options.system, options.folder, options.rounds, options.snapshots)


if __name__ == "__main__":
    main()
