#!/usr/bin/env python3
"""Make a random, valid COS 418 case from a seed.

    random_script.py SEED DIR    writes DIR/case.top and DIR/case.events, and
                                 prints the seed to simulate them with

The oracle runs along while the script is made, so that tokens which arrived
are sent on and no send ever overspends.
"""

import pathlib
import random
import sys
from typing import Callable, NamedTuple

import cos418
from cos418 import Link, Server

INT64_MAX = 2**63 - 1
Edge = tuple[int, int]


class Case(NamedTuple):
    topology: bytes
    events: bytes
    seed: int


# --- topologies -----------------------------------------------------------


def both_ways(edges: set[Edge]) -> set[Edge]:
    return edges | {(b, a) for a, b in edges}


def line(_: random.Random, n: int) -> set[Edge]:
    return both_ways({(i, i + 1) for i in range(n - 1)})


def path(_: random.Random, n: int) -> set[Edge]:
    """One way: only its first server can initiate."""
    return {(i, i + 1) for i in range(n - 1)}


def star(_: random.Random, n: int) -> set[Edge]:
    return both_ways({(0, i) for i in range(1, n)})


def clique(_: random.Random, n: int) -> set[Edge]:
    n = min(n, 14)  # markers grow with the square
    return {(a, b) for a in range(n) for b in range(n) if a != b}


def grid(rng: random.Random, n: int) -> set[Edge]:
    width = rng.randint(1, n)
    right = {(i, i + 1) for i in range(n - 1) if (i + 1) % width}
    down = {(i, i + width) for i in range(n - width)}
    return both_ways(right | down)


def tree(rng: random.Random, n: int) -> set[Edge]:
    return both_ways({(rng.randrange(i), i) for i in range(1, n)})


def ring(rng: random.Random, n: int) -> set[Edge]:
    order = rng.sample(range(n), n)
    return {(a, b) for a, b in zip(order, order[1:] + order[:1])}


def ring_and_more(rng: random.Random, n: int) -> set[Edge]:
    more = rng.randint(0, 3 * n)
    return ring(rng, n) | {
        (rng.randrange(n), rng.randrange(n)) for _ in range(more)
    }  # among them links from a server to itself


def two_rings(rng: random.Random, n: int) -> set[Edge]:
    half = (n + 1) // 2
    second = {(a + half, b + half) for a, b in ring(rng, n - half)}
    return ring(rng, half) | second | {(0, n - 1), (n - 1, 0)}


SHAPES: list[Callable[[random.Random, int], set[Edge]]] = [
    line, path, star, clique, grid, tree, ring, ring_and_more, ring_and_more, two_rings,
]

# Words that parsers trip over, and letters whose byte order, code point order
# and dictionary order differ.
ODD_NAMES = (
    "_x Z a A n02 N02 0 00 10 9 ~ - + % a#b token(1) send tick snapshot é É ß Ω "
    "ж 日本 😀 \uffee \U00010000 a.b a-b a_b aa aB " + "L" * 255
).split(" ")


def names(rng: random.Random, n: int) -> list[Server]:
    style = rng.randrange(4)
    if style == 0:  # N10 stands before N2
        found = [f"N{i + 1}" for i in range(n)]
    elif style == 1:
        found = [f"p{i}" for i in range(n)]
    else:
        numbered = [f"{rng.choice('NnZz_é')}{i}" for i in range(n)]
        count = rng.randint(0, n) if style == 2 else 0
        count = min(count, len(ODD_NAMES))
        found = rng.sample(ODD_NAMES, count) + numbered[count:]
    rng.shuffle(found)
    return [name.encode() for name in found]


def initial_tokens(rng: random.Random, n: int) -> list[int]:
    style = rng.randrange(5)
    if style == 0:
        return [10] * n
    if style == 1:
        return [rng.choice([0, 0, rng.randint(1, 100)]) for _ in range(n)]
    if style == 2:  # the most that a system may hold, to the last one
        cuts = sorted(rng.randint(0, INT64_MAX) for _ in range(n - 1))
        return [b - a for a, b in zip([0] + cuts, cuts + [INT64_MAX])]
    if style == 3:
        lonely = rng.randrange(n)
        return [1000 if i == lonely else 0 for i in range(n)]
    return [rng.randint(0, 1000) for _ in range(n)]


# --- scripts --------------------------------------------------------------


def amount(rng: random.Random, held: int) -> int:
    if rng.random() < 0.02:
        return 0
    return rng.choice([1, held, min(held, rng.randint(1, 5)), rng.randint(1, held)])


def random_send(rng: random.Random, system: cos418.Simulation) -> bytes | None:
    links = [link for link in system.queues if system.tokens[link[0]] > 0]
    if not links:
        return None
    source, destination = rng.choice(links)
    tokens = amount(rng, system.tokens[source])
    system.send(source, destination, tokens)
    return b"send %s %s %d" % (source, destination, tokens)


def random_tick(rng: random.Random, system: cos418.Simulation) -> bytes:
    if rng.random() < 0.5:
        system.tick()
        return b"tick"
    times = rng.choice([0, 1, 2, rng.randint(0, 10), rng.randint(0, 40)])
    system.tick(times)
    return b"tick %d" % times


def script(rng: random.Random, topology: cos418.Topology, seed: int) -> list[bytes]:
    system = cos418.Simulation(topology, seed)
    initiators = [s for s in topology.tokens if not cos418.unreachable(topology, s)]
    assert initiators  # each shape has one
    sends = rng.randint(0, rng.choice([5, 40, 200]))
    snapshots = rng.choice([0, 1, 2, rng.randint(1, 12), rng.randint(1, 12)])
    ticks = rng.randint(0, rng.choice([3, 15, 40]))
    if rng.random() < 0.2:  # the same initiator again and again
        initiators = [rng.choice(initiators)]
    words = ["send"] * sends + ["snapshot"] * snapshots + ["tick"] * ticks
    rng.shuffle(words)

    lines: list[bytes] = []
    for word in words:
        if word == "send":
            sent = random_send(rng, system)
            if sent:
                lines.append(sent)
        elif word == "snapshot":
            server = rng.choice(initiators)
            system.snapshot(server)
            lines.append(b"snapshot " + server)
        else:
            lines.append(random_tick(rng, system))
    return lines


# --- dressing -------------------------------------------------------------


def dress(rng: random.Random, lines: list[bytes], skipped: list[bytes]) -> bytes:
    """Write lines with all that the format allows around them."""
    fancy = rng.random() < 0.6
    ending = rng.choice([b"\n", b"\n", b"\r\n", None])  # None: both in one file
    out = b""
    for text in lines:
        while fancy and rng.random() < 0.15:
            out += rng.choice(skipped) + (ending or rng.choice([b"\n", b"\r\n"]))
        if fancy and rng.random() < 0.3:
            text = rng.choice([b"\t", b"  ", b" \t "]).join(text.split(b" "))
            text += rng.choice([b"", b" ", b"\t"])
        out += text + (ending or rng.choice([b"\n", b"\r\n"]))
    if rng.random() < 0.2:
        out = out.removesuffix(b"\n").removesuffix(b"\r")
    return out


def topology_lines(
    rng: random.Random, tokens: dict[Server, int], links: set[Link]
) -> list[bytes]:
    shuffled = sorted(links)
    if rng.random() < 0.5:
        shuffled += rng.choices(shuffled, k=rng.randint(0, 3))  # given twice
    rng.shuffle(shuffled)
    return (
        [b"%d" % len(tokens)]
        + [b"%s %d" % item for item in tokens.items()]
        + [b"%s %s" % link for link in shuffled]
    )


def sim_seed(rng: random.Random) -> int:
    extremes = [0, 1, -1, INT64_MAX, -INT64_MAX - 1, 2**31 - 1, 1 - 2**31, 2**31]
    if rng.random() < 0.3:
        return rng.choice(extremes)
    return rng.randint(-INT64_MAX - 1, INT64_MAX)


def generate(seed: int) -> Case:
    rng = random.Random(seed)
    n = rng.randint(2, rng.choice([3, 8, 30]))
    edges = rng.choice(SHAPES)(rng, n)
    n = 1 + max(max(edge) for edge in edges)
    servers = names(rng, n)
    tokens = dict(zip(servers, initial_tokens(rng, n)))
    assert len(tokens) == n
    links = {(servers[a], servers[b]) for a, b in edges}
    run_seed = sim_seed(rng)
    events = script(rng, cos418.topology_of(tokens, links), run_seed)
    lines = topology_lines(rng, tokens, links)
    return Case(
        dress(rng, lines, [b"", b"#", b"# 3 N1 \xc3\xa9", b"#x"]),
        dress(rng, events, [b"", b"#"]),  # a comment there is "#" alone
        run_seed,
    )


def write(seed: int, folder: pathlib.Path) -> Case:
    """Write case.top and case.events into a folder that is there."""
    case = generate(seed)
    (folder / "case.top").write_bytes(case.topology)
    (folder / "case.events").write_bytes(case.events)
    return case


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: random_script.py SEED DIR")
    print(write(int(sys.argv[1]), pathlib.Path(sys.argv[2])).seed)
