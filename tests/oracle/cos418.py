#!/usr/bin/env python3
"""A second, deliberately naive simulator of COS 418 scripts.

It was written from the description of the format alone, to judge `cutline
sim`; it shares no code, no tables and no cleverness with it. It also judges
itself: every snapshot is compared with the definition of a global state,
applied to a trace that is written before the algorithm sees an event.

    cos418.py --topology T --events E [--seed N] [--out DIR]
    cos418.py --manifest FILE
"""

import argparse
import collections
import functools
import hashlib
import pathlib
import re
import struct
import sys
from typing import Iterator, NamedTuple

SEED = 8053172852482175524

# --- Go's math/rand -------------------------------------------------------

LENGTH = 607
TAP = 273
MASK = 2**64 - 1
TABLE_STEPS = 7_800_000_000_000
TABLE_SHA256 = "1928503b93a563e491119a5889baba73d1605b90b63634c14a408805797a7c7b"


def small_generator(state: int) -> Iterator[int]:
    """The generator that fills the large one, after its 20 discarded steps."""
    for step in range(20 + 3 * LENGTH):
        state = 48271 * state % (2**31 - 1)
        if step >= 20:
            yield state


def multiply(a: list[int], b: list[int]) -> list[int]:
    """Multiply polynomials over Z/2^64 as two big integers.

    A product's coefficient is below 607 * 2^128, so 18 bytes hold each of them
    and none runs over into the next (Kronecker substitution).
    """
    width = 18
    packed = [
        int.from_bytes(b"".join(c.to_bytes(width, "little") for c in p), "little")
        for p in (a, b)
    ]
    size = len(a) + len(b) - 1
    raw = (packed[0] * packed[1]).to_bytes(size * width, "little")
    return [
        int.from_bytes(raw[i * width : i * width + 8], "little") for i in range(size)
    ]


def reduce(p: list[int]) -> list[int]:
    """Reduce modulo z^607 - z^334 - 1, the recurrence's own polynomial."""
    p = p[:]
    while len(p) > LENGTH:
        top = p.pop()
        power = len(p) - LENGTH  # z^607 = z^334 + 1
        p[power] = (p[power] + top) & MASK
        p[power + LENGTH - TAP] = (p[power + LENGTH - TAP] + top) & MASK
    return p


@functools.cache
def table() -> list[int]:
    """The 607 words that Go's source has as constants."""
    power = [1]
    for bit in f"{TABLE_STEPS:b}":
        power = reduce(multiply(power, power))
        if bit == "1":
            power = reduce([0] + power)
    power += [0] * (LENGTH - len(power))

    steps = small_generator(1)
    start = [(a << 20 ^ b << 10 ^ c) & MASK for a, b, c in zip(steps, steps, steps)]
    # y[i] is x_{i-606}, twice as many as the state holds.
    y = [start[(334 - k) % LENGTH] for k in range(-606, 1)]
    for i in range(LENGTH, 2 * LENGTH):
        y.append((y[i - LENGTH] + y[i - TAP]) & MASK)

    # y[N + i] is the sum of power[m] y[m + i]: a product with power reversed.
    product = multiply(power[::-1], y)
    words = [0] * LENGTH
    for i in range(LENGTH):
        words[(334 - (TABLE_STEPS - 606 + i)) % LENGTH] = product[LENGTH - 1 + i]
    digest = hashlib.sha256(struct.pack("<607Q", *words)).hexdigest()
    assert digest == TABLE_SHA256, digest
    return words


class GoRandom:
    def __init__(self, seed: int) -> None:
        steps = small_generator(seed % (2**31 - 1) or 89482311)
        self.words = [
            (a << 40 ^ b << 20 ^ c ^ t) & MASK
            for a, b, c, t in zip(steps, steps, steps, table())
        ]
        self.tap = 0
        self.feed = LENGTH - TAP

    def next(self) -> int:
        self.tap = (self.tap - 1) % LENGTH
        self.feed = (self.feed - 1) % LENGTH
        self.words[self.feed] = (self.words[self.feed] + self.words[self.tap]) & MASK
        return self.words[self.feed]

    def intn(self, n: int) -> int:
        while True:
            v = self.next() >> 32 & 0x7FFFFFFF
            if n & (n - 1) == 0:
                return v & (n - 1)
            if v <= 2**31 - 1 - 2**31 % n:
                return v % n


# --- files ----------------------------------------------------------------

Server = bytes  # names stay bytes: their order is that of bytes
Link = tuple[Server, Server]


class BadInput(Exception):
    pass


class Topology(NamedTuple):
    tokens: dict[Server, int]  # keys in byte order
    outgoing: dict[Server, list[Server]]  # in byte order
    incoming: dict[Server, list[Server]]


def topology_of(tokens: dict[Server, int], links: set[Link]) -> Topology:
    links = {(a, b) for a, b in links if a != b}
    return Topology(
        {s: tokens[s] for s in sorted(tokens)},
        {s: sorted(b for a, b in links if a == s) for s in tokens},
        {s: sorted(a for a, b in links if b == s) for s in tokens},
    )


def lines_of(data: bytes) -> list[bytes]:
    lines = [line.removesuffix(b"\r") for line in data.split(b"\n")]
    return lines[:-1] if lines[-1] == b"" else lines


def number_of(text: bytes) -> int:
    if not re.fullmatch(rb"[0-9]+", text):
        raise BadInput(f"{text!r} is not a number")
    return int(text)


def parse_topology(data: bytes, path: str) -> Topology:
    count = -1
    tokens: dict[Server, int] = {}
    links: set[Link] = set()
    for row, line in enumerate(lines_of(data), 1):
        if line == b"" or line.startswith(b"#"):
            continue
        fields = line.split()
        try:
            if count < 0:
                (word,) = fields
                count = number_of(word)
            elif len(tokens) < count:
                name, word = fields
                if name in tokens:
                    raise BadInput("a server given twice")
                tokens[name] = number_of(word)
            else:
                source, destination = fields
                if source not in tokens or destination not in tokens:
                    raise BadInput("no such server")
                links.add((source, destination))
        except (BadInput, ValueError) as error:
            raise BadInput(f"{path}:{row}: {error}") from error
    if count < 1 or len(tokens) != count:
        raise BadInput(f"{path}: the number of servers does not match")
    return topology_of(tokens, links)


class Command(NamedTuple):
    row: int
    word: bytes
    servers: list[Server]
    number: int


def parse_events(data: bytes, path: str, topology: Topology) -> list[Command]:
    commands = []
    for row, line in enumerate(lines_of(data), 1):
        if line in (b"", b"#"):
            continue
        try:
            match line.split():
                case [b"send", source, destination, tokens]:
                    if destination not in topology.outgoing.get(source, []):
                        raise BadInput("no such link")
                    servers = [source, destination]
                    commands.append(Command(row, b"send", servers, number_of(tokens)))
                case [b"snapshot", server]:
                    if server not in topology.tokens:
                        raise BadInput("no such server")
                    lost = unreachable(topology, server)
                    if lost:
                        raise BadInput(f"the snapshot would never reach {lost[0]!r}")
                    commands.append(Command(row, b"snapshot", [server], 0))
                case [b"tick"]:
                    commands.append(Command(row, b"tick", [], 1))
                case [b"tick", times]:
                    commands.append(Command(row, b"tick", [], number_of(times)))
                case _:
                    raise BadInput("expected send, snapshot or tick")
        except BadInput as error:
            raise BadInput(f"{path}:{row}: {error}") from error
    return commands


def unreachable(topology: Topology, start: Server) -> list[Server]:
    seen = {start}
    todo = [start]
    while todo:
        for neighbour in topology.outgoing[todo.pop()]:
            if neighbour not in seen:
                seen.add(neighbour)
                todo.append(neighbour)
    return [s for s in topology.tokens if s not in seen]


# --- the simulation -------------------------------------------------------


class Message(NamedTuple):
    due: int
    is_marker: bool
    value: int  # tokens, or the snapshot's id
    position: int  # among the token messages of its link; markers have none


class Event(NamedTuple):
    kind: str  # "send", "deliver", "capture"
    server: Server  # whose event it is
    link: Link | None
    position: int
    value: int  # tokens, or the snapshot's id


class Snapshot:
    def __init__(self) -> None:
        self.tokens: dict[Server, int] = {}
        self.waiting: dict[Server, set[Server]] = {}  # no marker from these yet
        self.recorded: dict[Server, list[tuple[Server, int, int]]] = {}


class Simulation:
    def __init__(self, topology: Topology, seed: int) -> None:
        self.topology = topology
        self.random = GoRandom(seed)
        self.now = 0
        self.in_flight = 0
        self.tokens = dict(topology.tokens)
        self.queues: dict[Link, collections.deque[Message]] = {
            (a, b): collections.deque()
            for a in topology.tokens
            for b in topology.outgoing[a]
        }
        self.sent = dict.fromkeys(self.queues, 0)  # token messages, ever
        self.snapshots: list[Snapshot] = []
        self.trace: list[Event] = []

    def put(self, link: Link, is_marker: bool, value: int, position: int) -> None:
        due = self.now + 1 + self.random.intn(5)
        self.queues[link].append(Message(due, is_marker, value, position))
        self.in_flight += 1

    def send(self, source: Server, destination: Server, tokens: int) -> None:
        if tokens > self.tokens[source]:
            raise BadInput(f"{source!r} holds only {self.tokens[source]} tokens")
        link = source, destination
        position = self.sent[link]
        self.trace.append(Event("send", source, link, position, tokens))
        self.tokens[source] -= tokens
        self.sent[link] += 1
        self.put(link, False, tokens, position)

    def snapshot(self, server: Server) -> None:
        self.snapshots.append(Snapshot())
        self.capture(server, len(self.snapshots) - 1)

    def capture(self, server: Server, number: int) -> None:
        self.trace.append(Event("capture", server, None, 0, number))
        snapshot = self.snapshots[number]
        snapshot.tokens[server] = self.tokens[server]
        snapshot.waiting[server] = set(self.topology.incoming[server])
        snapshot.recorded[server] = []
        for destination in self.topology.outgoing[server]:
            self.put((server, destination), True, number, -1)

    def tick(self, times: int = 1) -> None:
        while times > 0:
            if self.in_flight == 0:  # nothing can happen but that time passes
                self.now += times
                return
            self.now += 1
            times -= 1
            for source in self.topology.tokens:
                self.deliver_first_due(source)

    def deliver_first_due(self, source: Server) -> None:
        for destination in self.topology.outgoing[source]:
            queue = self.queues[source, destination]
            if queue and queue[0].due <= self.now:
                self.in_flight -= 1
                self.receive(source, destination, queue.popleft())
                return

    def receive(self, source: Server, server: Server, message: Message) -> None:
        if message.is_marker:
            snapshot = self.snapshots[message.value]
            if server not in snapshot.tokens:
                self.capture(server, message.value)
            snapshot.waiting[server].remove(source)
            return
        link = source, server
        event = Event("deliver", server, link, message.position, message.value)
        self.trace.append(event)
        self.tokens[server] += message.value
        for snapshot in self.snapshots:
            if source in snapshot.waiting.get(server, ()):
                entry = source, message.position, message.value
                snapshot.recorded[server].append(entry)

    def is_complete(self, snapshot: Snapshot) -> bool:
        return len(snapshot.tokens) == len(self.tokens) and not any(
            snapshot.waiting.values()
        )

    def finish(self) -> None:
        while not all(map(self.is_complete, self.snapshots)):
            self.tick()
        self.tick(6)
        for number in range(len(self.snapshots)):
            check_total(self, number)
            check_definition(self, number)

    def text(self, number: int) -> bytes:
        """A snapshot in the canonical form of `.snap` files."""
        snapshot = self.snapshots[number]
        lines = [b"%d" % number]
        for server in self.topology.tokens:
            lines.append(b"%s %d" % (server, snapshot.tokens[server]))
        for server in self.topology.tokens:
            for source, _, tokens in snapshot.recorded[server]:
                lines.append(b"%s %s token(%d)" % (source, server, tokens))
        return b"".join(line + b"\n" for line in lines)


# --- the checks -----------------------------------------------------------


def check_total(simulation: Simulation, number: int) -> None:
    snapshot = simulation.snapshots[number]
    total = sum(snapshot.tokens.values())
    for messages in snapshot.recorded.values():
        total += sum(tokens for _, _, tokens in messages)
    assert total == sum(simulation.topology.tokens.values()), f"snapshot {number}"


def check_definition(simulation: Simulation, number: int) -> None:
    """Compare what was recorded with what a global state is.

    The trace and the servers' points in it decide everything: a server's
    tokens are what it had at the start and what its events up to its point
    made of it; the state of a channel is the messages sent at or before the
    sender's point and not delivered at the receiver's point.
    """
    trace = simulation.trace
    point = {
        event.server: i
        for i, event in enumerate(trace)
        if event.kind == "capture" and event.value == number
    }
    assert point.keys() == simulation.tokens.keys(), f"snapshot {number}: captures"
    inside = [
        event
        for i, event in enumerate(trace)
        if event.kind != "capture" and i < point[event.server]
    ]
    sent = {(e.link, e.position): e.value for e in inside if e.kind == "send"}
    delivered = {(e.link, e.position) for e in inside if e.kind == "deliver"}
    assert delivered <= sent.keys(), f"snapshot {number}: not consistent"

    tokens = dict(simulation.topology.tokens)
    for event in inside:
        tokens[event.server] += event.value if event.kind == "deliver" else -event.value
    snapshot = simulation.snapshots[number]
    assert tokens == snapshot.tokens, f"snapshot {number}: tokens"

    # `sent` is in the order of sending, so each list is in channel order.
    channels: dict[Link, list[tuple[int, int]]] = collections.defaultdict(list)
    for (link, position), value in sent.items():
        if (link, position) not in delivered:
            channels[link].append((position, value))
    recorded: dict[Link, list[tuple[int, int]]] = collections.defaultdict(list)
    for server, messages in snapshot.recorded.items():
        for source, position, value in messages:
            recorded[source, server].append((position, value))
    assert channels == recorded, f"snapshot {number}: channels"


# --- the command ----------------------------------------------------------


def simulate(
    topology: bytes,
    events: bytes,
    seed: int,
    paths: tuple[str, str] = ("case.top", "case.events"),
) -> list[bytes]:
    """Run a script; return its snapshots as the bytes of `.snap` files."""
    system = parse_topology(topology, paths[0])
    simulation = Simulation(system, seed)
    for command in parse_events(events, paths[1], system):
        try:
            if command.word == b"send":
                simulation.send(*command.servers, command.number)
            elif command.word == b"snapshot":
                simulation.snapshot(*command.servers)
            else:
                simulation.tick(command.number)
        except BadInput as error:
            raise BadInput(f"{paths[1]}:{command.row}: {error}") from error
    simulation.finish()
    return [simulation.text(i) for i in range(len(simulation.snapshots))]


def simulate_files(
    topology: pathlib.Path, events: pathlib.Path, seed: int
) -> list[bytes]:
    paths = str(topology), str(events)
    return simulate(topology.read_bytes(), events.read_bytes(), seed, paths)


def run_manifest(path: pathlib.Path) -> int:
    """Run the cases that a manifest lists; TAP."""
    rows = [line.split() for line in path.read_text().splitlines() if line[:1] != "#"]
    rows = [row for row in rows if row]
    failed = 0
    for index, (top, events, snaps, seed) in enumerate(rows, 1):
        found = simulate_files(path.parent / top, path.parent / events, int(seed))
        expected = [(path.parent / name).read_bytes() for name in snaps.split(",")]
        failed += found != expected
        print(f"{'ok' if found == expected else 'not ok'} {index} - {events}")
    print(f"1..{len(rows)}")
    return 1 if failed or not rows else 0


def main() -> int:
    parser = argparse.ArgumentParser(description="simulate a COS 418 script, naively")
    parser.add_argument("--topology", type=pathlib.Path, metavar="FILE")
    parser.add_argument("--events", type=pathlib.Path, metavar="FILE")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--out", type=pathlib.Path, metavar="DIR",
                        help="write EVENTS0.snap, ... there, instead of printing")
    parser.add_argument("--manifest", type=pathlib.Path, metavar="FILE",
                        help="run all cases of a manifest and compare")
    options = parser.parse_args()
    if options.manifest:
        return run_manifest(options.manifest)
    if not (options.topology and options.events):
        parser.error("--topology and --events are needed")
    try:
        texts = simulate_files(options.topology, options.events, options.seed)
    except BadInput as error:
        print(error, file=sys.stderr)
        return 2
    if options.out:
        for number, text in enumerate(texts):
            (options.out / f"{options.events.stem}{number}.snap").write_bytes(text)
    else:
        sys.stdout.buffer.write(b"\n".join(texts))
    return 0


if __name__ == "__main__":
    sys.exit(main())
