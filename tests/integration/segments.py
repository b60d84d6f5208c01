"""Trace segments, written from docs/formats/trace.md alone: nothing here is
shared with the library that reads them.

A run is put together by what happens, in any order that could be:

    run = Run(2, types=["coin"])
    run.start(0); run.start(1)
    run.send(0, 1)
    run.capture(0, 7)
    ...
    run.write(directory)
"""

import dataclasses
import pathlib
import struct

KINDS = """START RECEIVE TIMER INPUT SEND CAPTURE RECORD COMPLETE ABORT JOIN LEAVE
STOP RESUME FACTS END""".split()
EVENTS = {"START", "RECEIVE", "TIMER", "INPUT"}
WITH_MESSAGE = {"RECEIVE", "SEND", "RECORD"}
WITH_SNAPSHOT = "CAPTURE RECORD COMPLETE ABORT JOIN LEAVE STOP RESUME".split()


def make_table() -> list[int]:
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return table


TABLE = make_table()


def checksum(data: bytes) -> int:
    value = 0xFFFFFFFF
    for byte in data:
        value = value >> 8 ^ TABLE[(value ^ byte) & 0xFF]
    return value ^ 0xFFFFFFFF


def text(value: str) -> bytes:
    data = value.encode()
    return struct.pack("<I", len(data)) + data + b"\0"


@dataclasses.dataclass
class Record:
    kind: str
    sequence: int
    time: int
    channel: int = 0
    message: tuple[int, int, int] = (0, 0, 0)  # position, type, size
    snapshot: tuple[int, int, int] = (0, 0, 0)  # incarnation, view, number
    flags: int = 0
    facts: bytes = b""

    def encode(self) -> bytes:
        tail = b""
        if self.kind in WITH_MESSAGE:
            tail += struct.pack("<QII", *self.message)
        if self.kind in WITH_SNAPSHOT:
            tail += struct.pack("<IIQ", *self.snapshot)
        tail += self.facts
        kind = KINDS.index(self.kind) + 1 if self.kind in KINDS else int(self.kind)
        rest = struct.pack(
            "<IBBHIQQ",
            32 + len(tail),
            kind,
            self.flags,
            0,
            self.channel,
            self.sequence,
            self.time,
        )
        rest += tail
        return struct.pack("<I", checksum(rest)) + rest


@dataclasses.dataclass
class Head:
    process: int
    count: int
    outgoing: list[tuple[int, int]]  # peer, flags
    incoming: list[tuple[int, int]]
    name: str
    types: list[str]
    run_id: bytes = bytes(range(16))
    started: int = 1_700_000_000_000_000_000
    incarnation: int = 0
    algorithm: str = "chandy-lamport"
    version: int = 1

    def encode(self) -> bytes:
        channels = [*self.outgoing, *self.incoming]
        body = self.run_id + struct.pack(
            "<QIIIIIII",
            self.started,
            self.process,
            self.count,
            self.incarnation,
            0,
            len(self.types),
            len(self.outgoing),
            len(self.incoming),
        )
        body += text(self.name) + text(self.algorithm)
        body += b"".join(map(text, self.types))
        body += b"".join(struct.pack("<II", *channel) for channel in channels)
        size = 16 + len(body) + 4
        head = b"cuttrace" + struct.pack("<II", self.version, size) + body
        return head + struct.pack("<I", checksum(head))


class Run:
    """A complete graph of processes; each call is something that happens."""

    def __init__(
        self,
        count: int,
        types: list[str] | None = None,
        fifo: bool = True,
        incarnation: int = 0,
    ) -> None:
        self.count = count
        self.time = 0
        self.records: list[list[Record]] = [[] for _ in range(count)]
        self.sequences = [0] * count
        self.sent: dict[tuple[int, int], int] = {}
        self.heads = [
            Head(
                p,
                count,
                [(q, int(fifo)) for q in range(count) if q != p],
                [(q, int(fifo)) for q in range(count) if q != p],
                f"p{p}",
                types or [],
                incarnation=incarnation,
            )
            for p in range(count)
        ]

    def add(self, process: int, kind: str, **fields) -> Record:
        self.time += 1_000_000
        self.sequences[process] += kind in EVENTS
        record = Record(kind, self.sequences[process], self.time, **fields)
        self.records[process].append(record)
        return record

    def channel(self, process: int, peer: int) -> int:
        return [q for q in range(self.count) if q != process].index(peer)

    def start(self, *processes: int) -> None:
        for process in processes or range(self.count):
            self.add(process, "START")

    def send(self, sender: int, receiver: int, type: int = 0) -> int:
        position = self.sent.get((sender, receiver), 0)
        self.sent[sender, receiver] = position + 1
        self.add(
            sender,
            "SEND",
            channel=self.channel(sender, receiver),
            message=(position, type, 8),
        )
        return position

    def receive(self, receiver: int, sender: int, position: int) -> None:
        channel = self.channel(receiver, sender)
        self.add(receiver, "RECEIVE", channel=channel, message=(position, 0, 8))

    def record(
        self, receiver: int, sender: int, position: int, snapshot: int, view: int = 0
    ) -> None:
        self.add(
            receiver,
            "RECORD",
            channel=self.channel(receiver, sender),
            message=(position, 0, 8),
            snapshot=(self.heads[receiver].incarnation, view, snapshot),
        )

    def mark(self, process: int, kind: str, snapshot: int, view: int = 0) -> None:
        incarnation = self.heads[process].incarnation
        self.add(process, kind, snapshot=(incarnation, view, snapshot))

    def change(self, process: int, kind: str, who: int, view: int) -> None:
        self.add(process, kind, channel=who, snapshot=(0, view, 0))

    def end(self, *processes: int) -> None:
        for process in processes or range(self.count):
            self.add(process, "END")

    def encode(self, process: int) -> bytes:
        records = b"".join(record.encode() for record in self.records[process])
        return self.heads[process].encode() + records

    def path(self, directory: pathlib.Path, process: int) -> pathlib.Path:
        return directory / f"p{process}.{self.heads[process].incarnation}.trace"

    def write(self, directory: pathlib.Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        for process in range(self.count):
            self.path(directory, process).write_bytes(self.encode(process))
