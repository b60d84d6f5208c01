#!/usr/bin/env python3
"""Each example program keeps what its page promises.

    examples.py CUTLINE EXAMPLES [SEEDS]

EXAMPLES is the folder of the built programs, SEEDS how many seeds are tried (3
if it is not said). Every program runs with every algorithm: its snapshots are
consistent, quantities are conserved, and a process made again from its saved
state does the same. What is true of one program alone is checked below. TAP.
"""

import json
import pathlib
import subprocess
import sys
from typing import Any, Iterator, NamedTuple

from tap import Tap

TIMEOUT_SECONDS = 60

RIGHT = ["chandy-lamport", "lai-yang", "mattern", "tree", "flush", "clock"]
CONSTANT = ["--delay", "constant:1"]


class Program(NamedTuple):
    topology: str
    arguments: list[str] = []
    until: str = "1s"


PROGRAMS = {
    "bank": Program("complete:4"),
    "diffuse": Program("torus:3x3"),
    "dog": Program("grid:2x3"),
    "flood": Program("complete:3", ["5"], "400"),
    "load": Program("complete:4"),
    "locks": Program("star:5"),
    "objects": Program("complete:3"),
    "philosophers": Program("complete:5"),
    "producer_consumer": Program("complete:2"),
    "ring": Program("ring:4"),
    "three": Program("complete:3"),
    "tokens": Program("complete:2", ["10"]),
}
# What it needs is not there: a topology, arguments, and a word of the answer.
REFUSED = [
    ("bank", "complete:1", [], "outgoing channel"),
    ("bank", "complete:4", ["x"], "argument 1"),
    ("bank", "complete:4", ["-1"], "argument 1"),
    ("dog", "complete:1", [], "could not leave"),
    ("flood", "ring:3", [], "a way back"),
    ("flood", "complete:3", ["1"], "argument 1"),
    ("locks", "ring:3", [], "channel to the server"),
    ("locks", "star:34", [], "32 clients"),
    ("philosophers", "ring:5", [], "both neighbours"),
    ("producer_consumer", "complete:3", [], "one other process"),
    ("producer_consumer", "complete:2", ["5", "0"], "argument 2"),
    ("ring", "star:4", [], "next station"),
    ("three", "complete:4", [], "two others"),
    ("tokens", "complete:3", [], "one other process"),
]


class Broken(Exception):
    """A promise that is not kept."""


def demand(holds: bool, what: object) -> None:
    if not holds:
        raise Broken(str(what))


# --- running --------------------------------------------------------------

Snapshot = dict[str, Any]


class Run(NamedTuple):
    command: str
    status: int
    errors: str
    answer: dict[str, Any]  # empty: there is none

    @property
    def snapshots(self) -> list[Snapshot]:
        return self.answer["snapshots"]

    @property
    def last(self) -> Snapshot:
        demand(self.snapshots[-1]["status"] == "complete", self.command)
        return self.snapshots[-1]

    @property
    def why(self) -> str:
        """Why it ended: quiet, time, events, failure."""
        return self.answer["end"]["why"]


class Runner:
    def __init__(self, cutline: str, examples: str, seeds: int) -> None:
        self.cutline = pathlib.Path(cutline).resolve()
        self.examples = pathlib.Path(examples).resolve()
        self.seeds = range(1, seeds + 1)

    def run(self, name: str, *options: str, seed: int = 1, **changes: Any) -> Run:
        """Run an example; options stand before it. changes: of PROGRAMS."""
        program = PROGRAMS[name]._replace(**changes)
        command = [str(self.cutline), "sim", "--json", "--seed", str(seed)]
        command += ["--topology", program.topology, "--until", program.until]
        command += [*options, str(self.examples / name), *program.arguments]
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
        )
        answer = json.loads(done.stdout) if done.stdout else {}
        return Run(" ".join(command), done.returncode, done.stderr, answer)

    def good(self, name: str, *options: str, seed: int = 1, **changes: Any) -> Run:
        """Run an example that has nothing to complain about."""
        run = self.run(name, *options, seed=seed, **changes)
        demand(run.status == 0 and not run.errors, f"{run.command}: {run.errors}")
        return run


def at(*moments: str) -> list[str]:
    return [word for moment in moments for word in ("--snapshot-at", moment)]


def complete(run: Run) -> list[Snapshot]:
    return [s for s in run.snapshots if s["status"] == "complete"]


def states(snapshot: Snapshot) -> dict[str, Any]:
    return {process["process"]: process["state"] for process in snapshot["processes"]}


def messages(snapshot: Snapshot) -> Iterator[Any]:
    for channel in snapshot["channels"]:
        yield from channel["messages"]


def total(snapshot: Snapshot, quantity: str) -> int:
    """How much there is of something, in processes and channels."""
    for sums in snapshot["totals"]:
        if sums["quantity"] == quantity:
            return sums["in_processes"] + sums["in_channels"]
    raise Broken(f"there is no {quantity}")


# --- what all of them promise ---------------------------------------------


def check_snapshots(runner: Runner, name: str, algorithm: str) -> None:
    for seed in runner.seeds:
        options = ["--algorithm", algorithm, "--judge", "--check-save"]
        run = runner.good(name, *options, *at("9:p0", "40:p1"), seed=seed)
        demand(len(run.snapshots) == 2, run.command)
        for snapshot in run.snapshots:
            demand(snapshot["status"] == "complete", run.command)
            demand(snapshot["verdict"]["kind"] == "consistent", run.command)
            for sums in snapshot["totals"]:
                now = sums["in_processes"] + sums["in_channels"]
                is_constant = name != "load"
                holds = now == sums["at_start"] or not is_constant
                demand(holds, f"{run.command}: {sums}")


def check_naive(runner: Runner, name: str) -> None:
    """Naive snapshots are caught."""
    options = ["--algorithm", "naive", "--judge", *at("9:p0", "40:p1")]
    runs = [runner.run(name, *options, seed=seed) for seed in range(1, 11)]
    demand(any(run.status == 1 for run in runs), "all ten seem to be right")


def check_repeated(runner: Runner, name: str) -> None:
    runs = [runner.good(name, "--log", *at("20:p1"), seed=7) for _ in range(2)]
    demand(runs[0] == runs[1], "the same seed makes another run")


def check_refused(runner: Runner, case: tuple[str, str, list[str], str]) -> None:
    name, topology, arguments, word = case
    run = runner.run(name, topology=topology, arguments=arguments)
    demand(run.status != 0 and run.errors.count("\n") == 1, run)
    demand(word in run.errors, run.errors)


# --- what each promises ---------------------------------------------------


def check_bank(runner: Runner) -> None:
    """The balances at the end depend on nothing but the program."""
    ends = []
    for seed in runner.seeds:
        for delay in ("uniform:1-5", "constant:0", "exponential:20"):
            options = ["--delay", delay, *at("30s:p0")]
            run = runner.good("bank", *options, seed=seed, until="31s")
            demand(list(messages(run.last)) == [], run.command)
            ends.append(states(run.last))
    demand(all(end == ends[0] for end in ends), ends)
    demand(all(state["left"] == 0 for state in ends[0].values()), ends[0])


def check_diffuse(runner: Runner) -> None:
    """It ends, all are passive then, and all the work is done."""
    for seed in runner.seeds:
        run = runner.good("diffuse", *at("20s:p1"), seed=seed, until="21s")
        demand(run.why == "quiet" and not list(messages(run.last)), run.command)
        for process in run.last["processes"]:
            demand(process["state"]["left"] == 0, run.command)
        done = sum(state["done"] for state in states(run.last).values())
        demand(done == 100, f"{run.command}: {done}")


def check_dog(runner: Runner) -> None:
    """The dog is there once: not never, not twice."""
    for seed in runner.seeds:
        run = runner.good("dog", "--snapshot-every", "20", seed=seed)
        for snapshot in complete(run):
            demand(total(snapshot, "dog") == 1, run.command)
    options = ["--algorithm", "naive", "--snapshot-every", "20"]
    seen = {total(s, "dog") for s in complete(runner.run("dog", *options))}
    demand(seen - {1} != set(), "naive sees one dog, always")


BOUNDED = ["--delay", "constant:5", "--capacity", "5"]
AT_ONCE = at("1:p0", "1:p1", "1:p2")


def check_flood(runner: Runner) -> None:
    """Only markers that overtake leave the program alone, and get through."""
    quiet = runner.good("flood", *BOUNDED, arguments=["4"], until="2s")
    for markers in ("overtake", "separate"):
        options = [*BOUNDED, *AT_ONCE, "--judge", "--marker-links", markers]
        run = runner.good("flood", *options, arguments=["4"], until="2s")
        sent = [r.answer["end"]["stats"]["messages_sent"] for r in (quiet, run)]
        demand(run.why == "time" and sent[0] == sent[1], f"{markers}: {sent}")
        demand(all(s["status"] == "complete" for s in run.snapshots), markers)
    options = [*BOUNDED, *AT_ONCE, "--marker-links", "queue"]
    run = runner.run("flood", *options, arguments=["4"], until="2s")
    demand(run.status == 1 and run.why == "quiet", f"queue: {run.status} {run.why}")
    demand(all(s["status"] == "open" for s in run.snapshots), "queue")


def check_fill(runner: Runner) -> None:
    """A program that deadlocks by itself can have its picture taken."""
    for arguments in (["fill"], ["9"]):
        options = [*BOUNDED, *at("1s:p0"), "--judge"]
        run = runner.good("flood", *options, arguments=arguments, until="2s")
        count = len(list(messages(run.last)))
        demand(run.why == "quiet" and count >= 30, f"{arguments}: {count}")
        numbers = [m["data"] for c in run.last["channels"] for m in c["messages"]]
        demand(len(numbers) == count, numbers)
        for channel in run.last["channels"]:
            order = [message["data"] for message in channel["messages"]]
            demand(order == sorted(order), order)
        options += ["--marker-links", "queue"]
        run = runner.run("flood", *options, arguments=arguments, until="2s")
        demand(run.snapshots[0]["status"] == "open", "a marker got through")


def check_load(runner: Runner) -> None:
    """What is said of it on its page holds now and then."""
    run = runner.good("load", "--snapshot-every", "50", until="3s")
    found: dict[str, set[bool]] = {"idle": set(), "more than six": set()}
    for snapshot in complete(run):
        jobs = [state["jobs"] for state in states(snapshot).values()]
        found["idle"].add(total(snapshot, "jobs") == 0)
        found["more than six"].add(max(jobs) > 6)
    demand(found["idle"] == {False, True}, found)


def check_locks(runner: Runner) -> None:
    """It is safe while channels keep the order, and says when they do not."""
    for seed in runner.seeds:
        for options in ([], ["--reorder", "--link", "reliable"]):
            moment = at("30s:p0")
            run = runner.good("locks", *options, *moment, seed=seed, until="31s")
            demand(run.why == "quiet", run.command)
            demand(states(run.last)["p0"] == {"queue": []}, run.command)
            turns = [s.get("turns", 0) for s in states(run.last).values()]
            demand(sum(turns) == 0, run.command)
    runs = [runner.run("locks", "--reorder", seed=seed) for seed in range(1, 11)]
    caught = [run for run in runs if "was overtaken" in run.errors]
    demand(len(caught) > 0, "no swap was noticed")
    demand(all(run.status != 0 for run in caught), "a swap is no failure")


def garbage(snapshot: Snapshot) -> set[int]:
    """The objects that nobody can reach."""
    inside: dict[int, int | None] = {}
    reached: set[int | None] = {None}
    found: list[int | None] = [message["data"] for message in messages(snapshot)]
    for name, state in states(snapshot).items():
        found += state["variables"]
        for i, reference in enumerate(state["objects"]):
            inside[2 * int(name[1:]) + i] = reference
    while found:
        reference = found.pop()
        if reference is not None and reference not in reached:
            found.append(inside[reference])
        reached.add(reference)
    return set(inside) - reached


def is_stable(run: Run) -> bool:
    known: set[int] = set()
    for snapshot in complete(run):
        found = garbage(snapshot)
        if not known <= found:
            return False
        known = found
    return True


def check_objects(runner: Runner) -> None:
    """Garbage stays garbage, and there comes some."""
    last = set()
    for seed in runner.seeds:
        run = runner.good("objects", "--snapshot-every", "10", seed=seed)
        demand(is_stable(run), run.command)
        last |= garbage(complete(run)[-1])
    demand(last != set(), "there is no garbage")
    options = ["--algorithm", "naive", "--snapshot-every", "10"]
    runs = [runner.run("objects", *options, seed=seed) for seed in range(1, 6)]
    demand(not all(is_stable(run) for run in runs), "naive is not caught")


def check_philosophers(runner: Runner) -> None:
    """Sooner or later each has the left fork and waits for the right one."""
    for seed in runner.seeds:
        moment = at("60s:p0")
        run = runner.good("philosophers", *moment, seed=seed, until="61s")
        phases = [state["phase"] for state in states(run.last).values()]
        demand(run.why == "quiet" and phases == ["wants right"] * 5, phases)


def check_producer_consumer(runner: Runner) -> None:
    """Each goes through the same states in every run."""
    digests: dict[int, int] = {}
    for seed in runner.seeds:
        run = runner.good("producer_consumer", "--snapshot-every", "3", seed=seed)
        for snapshot in complete(run):
            state = states(snapshot)["p1"]
            known = digests.setdefault(state["used"], state["digest"])
            demand(known == state["digest"], state)
    demand(max(digests) == 20 and len(digests) > 5, digests)


def check_ring(runner: Runner) -> None:
    """The token gets lost where messages do, and not with a link layer."""
    for seed in runner.seeds:
        run = runner.run("ring", "--loss", "0.1", seed=seed, until="60s")
        demand(run.why == "quiet", run.command)
        options = ["--loss", "0.1", "--duplicate", "0.1", "--link", "reliable"]
        run = runner.good("ring", *options, *at("2s:p0"), seed=seed, until="3s")
        demand(run.why == "time" and total(run.last, "token") == 1, run.command)
    run = runner.good("ring", *at("5s:p0"), arguments=["3"], until="6s")
    demand(run.why == "quiet", run.command)
    demand(states(run.last)["p0"] == {"tokens": 1, "laps": 3}, states(run.last))


def check_three(runner: Runner) -> None:
    """Several runs, one computation, one snapshot."""
    orders = set()
    taken = []
    for seed in range(1, 21):
        run = runner.good("three", "--log", *CONSTANT, *at("0:p0"), seed=seed)
        sent = [e for e in run.answer["log"] if e["event"] == "send"]
        orders.add(tuple(e["process"] for e in sent if "marker" not in e))
        taken.append(states(run.last))
    demand(len(orders) >= 3, orders)
    demand(all(t == {"p0": [], "p1": ["said"], "p2": ["said"]} for t in taken), taken)


def check_tokens(runner: Runner) -> None:
    """A token on its way is recorded in some snapshots, in others it is not."""
    places = set()
    for seed in range(1, 11):
        run = runner.good("tokens", *at("20:p0"), seed=seed, arguments=["1"])
        held = {p for p, state in states(run.last).items() if state["tokens"]}
        places.add(min(held, default="channel"))
        demand(total(run.last, "tokens") == 1, run.command)
    demand("channel" in places and len(places) > 1, places)


OWN = {
    check.__doc__: check
    for check in (
        check_bank,
        check_diffuse,
        check_dog,
        check_flood,
        check_fill,
        check_load,
        check_locks,
        check_objects,
        check_philosophers,
        check_producer_consumer,
        check_ring,
        check_three,
        check_tokens,
    )
}


def attempt(tap: Tap, name: str, check: Any, *arguments: Any) -> None:
    problem = None
    try:
        check(*arguments)
    except Broken as broken:
        problem = str(broken).replace("\n", " ")
    except (KeyError, IndexError, json.JSONDecodeError) as error:
        problem = f"the answer is not as expected: {error!r}"
    except subprocess.TimeoutExpired:
        problem = "it does not end"
    tap.result(problem, name)


def main() -> int:
    if len(sys.argv) not in (3, 4):
        sys.exit("usage: examples.py CUTLINE EXAMPLES [SEEDS]")
    seeds = int(sys.argv[3]) if len(sys.argv) == 4 else 3
    runner = Runner(sys.argv[1], sys.argv[2], seeds)
    tap = Tap()
    for name in PROGRAMS:
        for algorithm in RIGHT:
            attempt(tap, f"{name}: {algorithm}", check_snapshots, runner, name, algorithm)
        if name not in ("three", "load"):
            attempt(tap, f"{name}: naive is caught", check_naive, runner, name)
        attempt(tap, f"{name}: repeated", check_repeated, runner, name)
    for case in REFUSED:
        what = f"{case[0]}: refuses {case[1]} {' '.join(case[2])}".rstrip()
        attempt(tap, what, check_refused, runner, case)
    for what, check in OWN.items():
        name = check.__name__.removeprefix("check_")
        attempt(tap, f"{name}: {what}", check, runner)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
