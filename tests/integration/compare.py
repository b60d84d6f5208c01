#!/usr/bin/env python3
"""Compares the algorithms with `cutline compare`, and looks at what it says.

    compare.py CUTLINE COINS

COINS is coins_program.c. What must hold: naive is caught and the others are
right where they have what they need; chandy-lamport and flush are caught where
messages overtake each other. TAP.
"""

import json
import os
import pathlib
import re
import shutil
import sys
import tempfile
from typing import Any, Callable, Iterator

from bad_input import Bench
from sim_program import ALGORITHMS, expect, problem_of
from tap import Tap

Row = dict[str, Any]


def rows_of(bench: Bench, options: str, program: str = "./coins 100") -> dict[str, Row]:
    arguments = ["compare", "--json", *options.split(), *program.split()]
    result = bench.run(arguments)
    expect((result.status, result.errors) == (0, b""), result)
    return {row["name"]: row for row in json.loads(result.output)["algorithms"]}


def check_verdicts(bench: Bench) -> None:
    def is_right(row: Row) -> bool:
        return row["consistent"] == row["runs"] and "proof" not in row

    def is_wrong(row: Row) -> bool:
        return row["wrong"] > 0 and "proof" in row

    def check_good() -> None:
        rows = rows_of(bench, "--runs 30")
        expect(list(rows) == ALGORITHMS, list(rows))
        for name, row in rows.items():
            expect(row["runs"] == 30, row)
            expect(is_wrong(row) if name == "naive" else is_right(row), row)
        expect(rows["naive"]["wrong"] == 30, rows["naive"])

    bench.tap.result(problem_of(check_good), "in order: all but naive are right")

    def check_reorder() -> None:
        rows = rows_of(bench, "--reorder")
        for name in ("chandy-lamport", "flush", "naive"):
            expect(is_wrong(rows[name]), rows[name])
        for name in ("lai-yang", "mattern", "tree"):
            expect(is_right(rows[name]), rows[name])

    bench.tap.result(problem_of(check_reorder), "out of order: who is right")

    def check_clock() -> None:
        options = "--algorithms clock --skew 9 --snapshot-at 20:0 --clock-lead 30"
        rows = rows_of(bench, options)
        expect(is_wrong(rows["clock"]), rows)
        rows = rows_of(bench, options + " --clock-bound 9")
        expect(is_right(rows["clock"]), rows)
        expect(rows["clock"]["costs"]["stopped"] > 0, rows)

    bench.tap.result(problem_of(check_clock), "clock: with and without its bound")

    def check_lost() -> None:
        rows = rows_of(bench, "--algorithms chandy-lamport,naive --loss 100%")
        row = rows["chandy-lamport"]
        expect((row["consistent"], row["not_complete"]) == (0, 20), row)

    bench.tap.result(problem_of(check_lost), "lost markers: not complete")

    def check_aborted() -> None:
        options = "--algorithms chandy-lamport --snapshot-timeout 1us"
        row = rows_of(bench, options)["chandy-lamport"]
        expect((row["aborted"], row["snapshots"]) == (20, 0), row)

    bench.tap.result(problem_of(check_aborted), "aborted")


def check_costs(bench: Bench) -> None:
    def check() -> None:
        rows = rows_of(bench, "--runs 5 --processes 4")
        marker = rows["chandy-lamport"]["costs"]
        expect(marker["control_messages"] == 5 * 12, marker)
        expect(marker["stamp_bytes"] == 0 == marker["stopped"], marker)
        expect(rows["lai-yang"]["costs"]["stamp_bytes"] > 0, rows["lai-yang"])
        expect(rows["flush"]["costs"]["stopped"] > 0, rows["flush"])
        expect(rows["naive"]["costs"]["messages_recorded"] == 0, rows["naive"])
        for row in rows.values():
            expect(row["snapshots"] == 5 and row["duration"] > 0, row)

    bench.tap.result(problem_of(check), "costs")

    def check_sums() -> None:
        """One run of each seed adds up to the runs together."""
        together = rows_of(bench, "--runs 3 --seed 40 --algorithms lai-yang")
        single = [
            rows_of(bench, f"--runs 1 --seed {seed} --algorithms lai-yang")
            for seed in (40, 41, 42)
        ]
        sums = together["lai-yang"]["costs"]
        for key, value in sums.items():
            found = sum(rows["lai-yang"]["costs"][key] for rows in single)
            expect(found == value, f"{key}: {found} is not {value}")

    bench.tap.result(problem_of(check_sums), "costs are those of the runs")


def check_table(bench: Bench) -> None:
    def check() -> None:
        result = bench.run("compare --ascii --runs 7 ./coins 100".split())
        expect((result.status, result.errors) == (0, b""), result)
        table, _, rest = result.output.decode().partition("\n\n")
        lines = table.split("\n")
        expect(len(lines) == 2 + len(ALGORITHMS), table)
        expect(len({len(line) for line in lines}) == 1, table)
        expect([line.split()[0] for line in lines[2:]] == ALGORITHMS, table)
        for line in lines[2:-1]:
            expect(line.split()[1:4] == ["7", "of", "7"], line)
        expect(lines[-1].split()[1:4] == ["0", "of", "7"], table)
        expect("aborted" not in table, table)
        # The proof: in words, and the message and the cut in the picture.
        words = " ".join(rest.partition("\n\n")[0].split())
        found = re.match(
            r"naive, seed -?\d+: snapshot 0 is not consistent: message (\d+) \(\w+\) "
            r"from (p\d) to (p\d) .*\.$",
            words,
        )
        expect(found is not None, rest)
        if found:
            picture = rest.partition("\n\n")[2]
            names = picture.split("\n")[0].split()
            expect(names == [found[2], found[3]], rest)
            expect(picture.count("#" + found[1]) == 2, rest)
            expect(len(re.findall(r"\*0", picture)) == 2, rest)

    bench.tap.result(problem_of(check), "table and picture")

    def check_same() -> None:
        runs = [bench.run("compare --runs 3 ./coins".split()) for _ in range(2)]
        expect(runs[0].output == runs[1].output, "they differ")

    bench.tap.result(problem_of(check_same), "same seed, same bytes")

    def check_refused() -> None:
        arguments = "compare --crash 40:1 --snapshot-at 5:0 ./coins"
        text = bench.run(arguments.split()).output.decode()
        refusal = "option '--crash': the algorithm mattern does not follow"
        expect(refusal in text, text)
        expect(re.search(r"^chandy-lamport +20 of 20 ", text, re.M), text)

    bench.tap.result(problem_of(check_refused), "an algorithm that cannot be run")


def check_failures(bench: Bench) -> None:
    """A program that fails ends neither its other runs nor the comparison."""

    def failed(options: str, ways: str = "fail") -> tuple[dict[str, Row], str]:
        arguments = f"{options} ./coins 20 {ways}".split()
        result = bench.run(["compare", "--json", *arguments])
        expect((result.status, result.errors) == (1, b""), result)
        rows = json.loads(result.output)["algorithms"]
        result = bench.run(["compare", "--ascii", *arguments])
        expect((result.status, result.errors) == (1, b""), result)
        return {row["name"]: row for row in rows}, result.output.decode()

    def check_all(way: str, what: str) -> None:
        rows, text = failed("--runs 3", way)
        expect(list(rows) == ALGORITHMS, list(rows))
        for name, row in rows.items():
            expect((row["runs"], row["failed"]) == (3, 3), row)
            expect(row["consistent"] == row["wrong"] == row["not_complete"] == 0, row)
            expect(row["snapshots"] == 0 == sum(row["costs"].values()), row)
            expect(row["failure"]["seed"] == 8053172852482175524, row)
            expect(what in row["failure"]["what"] and "proof" not in row, row)
            line = f"{name}, seed 8053172852482175524: the program failed: "
            expect(text.count(f"\n{line}") == 1, text)
            expect(re.search(f"^{name} +- +3( +-){{7}}$", text, re.M), text)

    bench.tap.result(
        problem_of(lambda: check_all("fail", "that was one too many")), "it fails"
    )
    bench.tap.result(
        problem_of(lambda: check_all("crash", "died by signal 6 (Aborted)")), "it dies"
    )
    bench.tap.result(
        problem_of(lambda: check_all("exit", "ended with status 3 before the run did")),
        "it exits",
    )

    def check_some() -> None:
        """Runs that do not fail are measured, under every algorithm."""
        # p1 receives for the tenth time in some of these runs; under flush,
        # which stops the program, in none.
        options = "--runs 12 --snapshot-at 2:0 --until 12"
        rows, text = failed(options)
        whole = rows_of(bench, options, "./coins 20 plain")
        kinds = ("consistent", "wrong", "not_complete", "aborted", "failed")
        expect(rows["flush"] == whole["flush"], rows["flush"])
        expect("flush, seed" not in text, text)
        for name, row in rows.items():
            if name == "flush":
                continue
            expect(0 < row["failed"] < 12 == row["runs"], row)
            expect(sum(row[kind] for kind in kinds) == 12, row)
            expect(row["costs"]["control_messages"] > 0, row)
            for key, value in row["costs"].items():
                expect(value <= whole[name]["costs"][key], (key, row))
            failure = row["failure"]
            expect(f"\n{name}, seed {failure['seed']}: the program failed: "
                   f"{failure['what']}\n" in text, text)  # fmt: skip
            alone = f"sim -q --seed {failure['seed']} --algorithm {name}"
            alone += " --snapshot-at 2:0 --until 12 ./coins 20 fail"
            result = bench.run(alone.split())
            expect(failure["what"].encode() in result.errors, result)
        expect(rows["naive"]["wrong"] > 0 and "proof" in rows["naive"], rows)
        expect(re.search("^chandy-lamport +8 of 8 +0 +4 ", text, re.M), text)

    bench.tap.result(problem_of(check_some), "it fails in some runs")


def usage_cases() -> Iterator[tuple[str, str]]:
    yield "compare", (
        "missing a PROGRAM, or --topology and --events (try 'cutline compare --help')"
    )
    yield "compare ./nocoins", "./nocoins: cannot run it: No such file or directory"
    yield "compare --runs 0 ./coins", (
        "option '--runs': bad N '0' (expected an integer, 1 to 1000000)"
    )
    yield "compare --algorithms navie ./coins", (
        "--algorithms: unknown algorithm 'navie' (did you mean 'naive'?)"
    )
    yield "compare --algorithms naive,,tree ./coins", (
        "--algorithms: unknown algorithm '' (try 'cutline sim --help')"
    )
    yield "compare --algorithms tree,tree ./coins", (
        "--algorithms: 'tree' is named twice (expected each once)"
    )
    yield "compare --capacity 0 ./coins", (
        "option '--capacity': bad value '0' (expected an integer, 1 to 4294967295)"
    )
    yield "compare --algorithms mattern --leave 5:0 ./coins", (
        "option '--leave': the algorithm mattern does not follow changes of membership "
        "(expected chandy-lamport)"
    )


def check_usage(bench: Bench) -> None:
    for arguments, line in usage_cases():
        name = f"usage: {arguments}"
        bench.expect(name, arguments.split(), f"cutline compare: {line}\n")

    full = os.open("/dev/full", os.O_WRONLY)
    line = "cutline: cannot write to standard output: No space left on device\n"
    for way in ("", "--json "):
        arguments = f"compare {way}--runs 1 ./coins".split()
        bench.expect(f"full: {way}", arguments, line, stdout=full)
    os.close(full)


def main() -> int:
    if len(sys.argv) != 3:
        sys.exit("usage: compare.py CUTLINE COINS")
    tap = Tap()
    with tempfile.TemporaryDirectory() as name:
        work = pathlib.Path(name)
        shutil.copy(sys.argv[2], work / "coins")
        bench = Bench(os.path.abspath(sys.argv[1]), work, tap)
        checks: list[Callable[[Bench], None]] = [
            check_verdicts,
            check_costs,
            check_table,
            check_failures,
            check_usage,
        ]
        for check in checks:
            check(bench)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
