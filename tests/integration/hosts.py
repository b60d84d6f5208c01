#!/usr/bin/env python3
"""Runs over many hosts: network namespaces, linked by veth pairs to a bridge,
each with its own mount of what lies on a disk.

    hosts.py CUTLINE EXAMPLES

The hub, where the supervisor is, is a namespace of its own, which this process
enters; nothing of it is seen from outside. Without root, or a kernel with
namespaces, each test is skipped. TAP.
"""

import atexit
import ctypes
import hashlib
import hmac
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import time
from typing import Any, Callable, Iterator

from segments import checksum
from tap import Tap

TIMEOUT_SECONDS = 120
CLONE_NEWNET = 0x40000000
HOSTS = 3
PORT = 4711
SUPERVISOR = 0xFFFFFFFF
HELLO, CHALLENGE, PROOF, REFUSE = 1, 2, 3, 5
GREETING_OF_HTTP = b"GET / HTTP/1.0\r\nHost: somewhere.example\r\n\r\n"

# Says what it is given on standard input, and goes on with it; the end of that
# is not seen then.
TELLTALE = """#!/usr/bin/env python3
import os, sys
line = b""
while not line.endswith(b"\\n"):
    line += os.read(0, 1)
with open({file!r}, "wb") as file:
    file.write(line)
out, into = os.pipe()
os.write(into, line)
os.dup2(out, 0)
os.set_inheritable(into, True)
os.execvp("ip", ["ip", "netns", "exec", *sys.argv[1:]])
"""


class Problem(Exception):
    pass


def must(condition: object, problem: str) -> None:
    if not condition:
        raise Problem(problem)


# --- hosts -------------------------------------------------------------------


def ip(*arguments: str, check: bool = True) -> None:
    subprocess.run(["ip", *arguments], check=check, capture_output=True)


class Network:
    """The hub, 10.77.0.1 and fd77::1, and hosts 10.77.0.11, fd77::11, ..."""

    def __init__(self) -> None:
        self.hub = f"cutline-hub-{os.getpid()}"
        self.hosts = [f"cutline-{os.getpid()}-{i}" for i in range(HOSTS)]
        atexit.register(self.remove)
        for name in [self.hub, *self.hosts]:
            ip("netns", "add", name)
            ip("-n", name, "link", "set", "lo", "up")
        hub = ["-n", self.hub]
        ip(*hub, "link", "add", "bridge", "type", "bridge")
        ip(*hub, "addr", "add", "10.77.0.1/24", "dev", "bridge")
        ip(*hub, "addr", "add", "fd77::1/64", "dev", "bridge", "nodad", check=False)
        ip(*hub, "link", "set", "bridge", "up")
        for i, host in enumerate(self.hosts):
            ip(*hub, "link", "add", f"to{i}", "type", "veth", "peer", "name", "eth0", "netns", host)
            ip(*hub, "link", "set", f"to{i}", "master", "bridge")
            ip(*hub, "link", "set", f"to{i}", "up")
            there = ["-n", host]
            ip(*there, "addr", "add", f"10.77.0.{11 + i}/24", "dev", "eth0")
            ip(*there, "addr", "add", f"fd77::{11 + i}/64", "dev", "eth0", "nodad", check=False)
            ip(*there, "link", "set", "eth0", "up")
        self.enter()

    def enter(self) -> None:
        with open(f"/run/netns/{self.hub}", "rb") as file:
            libc = ctypes.CDLL(None, use_errno=True)
            if libc.setns(file.fileno(), CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")

    def set_link(self, host: int, state: str) -> None:
        ip("link", "set", f"to{host}", state)

    def heal(self) -> None:
        for i in range(HOSTS):
            self.set_link(i, "up")

    def remove(self) -> None:
        for name in [*self.hosts, self.hub]:
            ip("netns", "del", name, check=False)


def pids_on(host: str, word: str) -> list[int]:
    """The processes of a host whose program is called so."""
    said = subprocess.run(["ip", "netns", "pids", host], capture_output=True, text=True)
    found = []
    for pid in map(int, said.stdout.split()):
        try:
            name = pathlib.Path(f"/proc/{pid}/comm").read_text().strip()
        except OSError:
            continue
        if name == word:
            found.append(pid)
    return found


# --- runs --------------------------------------------------------------------


class Run:
    """A run that goes on: its events, as they are told."""

    def __init__(self, command: list[str], cwd: pathlib.Path) -> None:
        self.command = command
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            command,
            cwd=cwd,
            env=dict(os.environ, LC_ALL="C.UTF-8", TMPDIR=str(cwd)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
        )
        self.events: list[dict[str, Any]] = []
        self.deadline = time.monotonic() + TIMEOUT_SECONDS

    def read(self) -> Iterator[dict[str, Any]]:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            event = json.loads(line)
            self.events.append(event)
            yield event
            must(time.monotonic() < self.deadline, "the run goes on for ever")

    def until(self, kind: str) -> dict[str, Any]:
        for event in self.read():
            if event["event"] == kind:
                return event
        raise Problem(f"no event {kind}: {self.all_said()}")

    def end(self) -> int:
        for _ in self.read():
            pass
        return self.process.wait(timeout=TIMEOUT_SECONDS)

    def errors_said(self) -> str:
        self.errors.seek(0)
        return self.errors.read()

    def all_said(self) -> str:
        return "\n".join(map(json.dumps, self.events[-8:])) + self.errors_said()

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["event"] == kind]

    def logged(self, text: str) -> int:
        return sum(text in event["text"] for event in self.of("log"))

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.errors.close()


class Place:
    def __init__(self, cutline: str, examples: str, work: str) -> None:
        self.cutline = cutline
        self.bank = str(pathlib.Path(examples).resolve() / "bank")
        self.work = pathlib.Path(work)
        self.network = Network()
        self.runs: list[Run] = []
        self.count = 0

    def write(self, name: str, text: str, mode: int = 0o644) -> str:
        path = self.work / name
        path.write_text(text)
        path.chmod(mode)
        return str(path)

    def hosts(self, *lines: str) -> str:
        self.count += 1
        chosen = lines or tuple(f"{host} slots=2" for host in self.network.hosts)
        return self.write(f"hosts{self.count}", "\n".join(chosen) + "\n")

    def mounting(self, folder: str) -> str:
        """A launcher that gives each host its own folder."""
        for host in self.network.hosts:
            (self.work / "disks" / host).mkdir(parents=True, exist_ok=True)
        (self.work / folder).mkdir(exist_ok=True)
        return self.write(
            f"launch-{folder}",
            "#!/bin/sh\n"
            "host=$1; shift\n"
            f"mount=\"mount --bind '{self.work}/disks/$host' '{self.work}/{folder}'\"\n"
            "exec ip netns exec \"$host\" unshare -m sh -c \"$mount\"' && exec \"$@\"' sh \"$@\"\n",
            0o755,
        )

    def run(
        self,
        *options: str,
        transfers: int = 100,
        hosts: str | None = None,
        launcher: str = "ip netns exec {host}",
        program: str | None = None,
        listen: str | None = f"10.77.0.1:{PORT}",
    ) -> Run:
        address = [] if listen is None else ["--listen", listen]
        run = Run(
            [
                self.cutline,
                "run",
                "--json",
                "--hosts",
                hosts or self.hosts(),
                "--launcher",
                launcher,
                *address,
                *options,
                program or self.bank,
                str(transfers),
            ],
            self.work,
        )
        self.runs.append(run)
        return run

    def end_all(self) -> None:
        for run in self.runs:
            run.kill()
        self.runs.clear()
        self.network.heal()


def check_money(run: Run, status: int, processes: int, transfers: int) -> None:
    """Every transfer arrived, and each snapshot has all of the money."""
    must(status == 0, f"status {status}\n{run.all_said()}")
    end = run.of("end")[0]
    sent, delivered = end["messages_sent"], end["messages_delivered"]
    must(
        sent == delivered == processes * transfers,
        f"{sent} sent, {delivered} delivered\n{run.all_said()}",
    )
    snapshots = run.of("snapshot")
    must(snapshots, f"no snapshots\n{run.all_said()}")
    for snapshot in snapshots:
        must(snapshot["status"] == "complete", f"not complete: {snapshot}")
        for total in snapshot["totals"]:
            now = total["in_processes"] + total["in_channels"]
            must(now == total["at_start"] == processes * transfers * 9, f"money: {snapshot}")


# --- a process that does not belong ------------------------------------------


def frame(kind: int, body: bytes, incarnation: int = 0) -> bytes:
    def header(check: int) -> bytes:
        return struct.pack("<IBxxxIIQQ", len(body), kind, incarnation, check, 0, 0)

    return header(checksum(header(0) + body)) + body


def hello(run: bytes, version: int = 1, incarnation: int = 0, process: int = 0) -> bytes:
    return (
        b"CUTL"
        + struct.pack("<I", version)
        + run
        + struct.pack("<III", incarnation, process, SUPERVISOR)
        + os.urandom(32)
    )


def call() -> socket.socket:
    return socket.create_connection(("10.77.0.1", PORT), timeout=20)


def read_exactly(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = connection.recv(size - len(data))
        if not more:
            break
        data += more
    return data


def read_frame(connection: socket.socket) -> tuple[int, bytes]:
    header = read_exactly(connection, 32)
    if len(header) < 32:
        return 0, b""
    size, kind = struct.unpack_from("<IB", header)
    return kind, read_exactly(connection, size)


def is_refused(body: bytes, expected: str, incarnation: int = 0) -> None:
    """Say HELLO; the answer is to be REFUSE, with this, and the end."""
    with call() as connection:
        connection.sendall(frame(HELLO, body, incarnation))
        kind, line = read_frame(connection)
        must(kind == REFUSE and expected in line.decode(), f"answer {kind}: {line!r}")
        must(connection.recv(1) == b"", "the connection goes on")


def prove(run: bytes, secret: bytes, process: int) -> tuple[int, bytes]:
    """Go through the handshake with a secret; return the last answer."""
    with call() as connection:
        first = hello(run, process=process)
        connection.sendall(frame(HELLO, first))
        kind, body = read_frame(connection)
        must(kind == CHALLENGE and len(body) == 64, f"answer {kind}: {body!r}")
        said = first + body[:32]
        proof = hmac.digest(secret, b"connect" + said + bytes(8), hashlib.sha256)
        connection.sendall(frame(PROOF, proof))
        return read_frame(connection)


# --- tests -------------------------------------------------------------------


def test_sums(place: Place) -> None:
    """bank on three hosts, two processes each: snapshots have all the money"""
    run = place.run("--every", "50ms", transfers=200)
    run.until("started")
    for host in place.network.hosts:
        pids = pids_on(host, "bank")
        must(len(pids) == 2, f"{host} has {len(pids)} processes")
        for pid in pids:
            for what in ("cmdline", "environ"):
                text = pathlib.Path(f"/proc/{pid}/{what}").read_text()
                must(not re.search("[0-9a-f]{32}", text), f"{what} tells a secret: {text!r}")
    check_money(run, run.end(), 6, 200)
    must(len(run.of("snapshot")) >= 3, run.all_said())


def test_places(place: Place) -> None:
    """processes fill the slots of hosts in order, then take turns"""
    first, second, _ = place.network.hosts
    hosts = place.hosts("# three lines", f"{first} slots=2", "", "localhost", f"{second}:1 # last")
    run = place.run("-n", "7", "--every", "50ms", transfers=200, hosts=hosts)
    run.until("started")
    must(len(pids_on(first, "bank")) == 3, "the first host has not 3 processes")
    must(len(pids_on(second, "bank")) == 2, "the second host has not 2 processes")
    must(len(pids_on(place.network.hub, "bank")) == 2, "this host has not 2 processes")
    check_money(run, run.end(), 7, 200)


def run_by_address(place: Place, addresses: list[str]) -> None:
    table = " ".join(
        f"{address.strip('[]')}) host={host};;" for address, host in zip(addresses, place.network.hosts)
    )
    launcher = place.write(
        "by-address",
        f'#!/bin/sh\ncase $1 in {table} esac\nshift\nexec ip netns exec "$host" "$@"\n',
        0o755,
    )
    hosts = place.hosts(*[f"{address}:2" for address in addresses])
    run = place.run("--every", "50ms", hosts=hosts, launcher=launcher, listen=None)
    check_money(run, run.end(), 6, 100)


def test_route(place: Place) -> None:
    """without --listen the address of the way to the first host is taken"""
    run_by_address(place, [f"10.77.0.{11 + i}" for i in range(HOSTS)])


def test_ipv6(place: Place) -> None:
    """hosts may be addresses of IPv6"""
    run_by_address(place, [f"[fd77::{11 + i}]" for i in range(HOSTS)])


def make_keys(place: Place) -> str:
    """Keys at one path, of which each host has its own copy."""
    launcher = place.mounting("keys")
    keys = place.work / "keys"
    if not (keys / "key.pem").exists():
        subprocess.run([place.cutline, "keys", str(keys)], check=True, capture_output=True)
    for host in place.network.hosts:
        shutil.copytree(keys, place.work / "disks" / host, dirs_exist_ok=True)
    return launcher


def make_other_keys(place: Place) -> pathlib.Path:
    other = place.work / "other"
    if not other.exists():
        subprocess.run([place.cutline, "keys", str(other)], check=True, capture_output=True)
    return other


def test_tls(place: Place) -> None:
    """with --tls, each host with its own copy of the keys"""
    launcher = make_keys(place)
    run = place.run("--every", "50ms", "--tls", "keys", transfers=200, launcher=launcher)
    check_money(run, run.end(), 6, 200)


def test_tls_here(place: Place) -> None:
    """--tls on one host, over Unix sockets and over TCP"""
    make_keys(place)
    for more in ([], ["--tcp"]):
        run = place.run("-n", "4", "--every", "50ms", "--tls", "keys", *more,
                        hosts=place.hosts("localhost"), listen=None)
        check_money(run, run.end(), 4, 100)


def test_other_authority(place: Place) -> None:
    """a host with keys of another authority is refused, and the run says so"""
    launcher = make_keys(place)
    last = place.network.hosts[-1]
    shutil.copytree(make_other_keys(place), place.work / "disks" / last, dirs_exist_ok=True)
    run = place.run("--tls", "keys", launcher=launcher)
    status = run.end()
    why = run.of("end")[0]["text"]
    must(status == 2, f"status {status}\n{run.all_said()}")
    must(f"on {last} could not be started" in why and "certificate" in why, run.all_said())
    must(run.logged("a caller was refused, tcp:10.77.0.13:") >= 1, run.all_said())


def test_strangers_tls(place: Place) -> None:
    """who calls without TLS, or with another certificate, disturbs nothing"""
    launcher = make_keys(place)
    other = make_other_keys(place)
    run = place.run("--every", "50ms", "--tls", "keys", transfers=700, launcher=launcher)
    run.until("started")
    with call() as connection:
        connection.sendall(frame(HELLO, hello(bytes(16))))
        must(len(connection.recv(4096)) < 64, "plain bytes are answered")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    for has_certificate in (False, True):
        if has_certificate:
            context.load_cert_chain(other / "cert.pem", other / "key.pem")
        try:
            with context.wrap_socket(call()) as connection:
                connection.sendall(frame(HELLO, hello(bytes(16))))
                must(connection.recv(100) == b"", "it was answered inside")
        except (ssl.SSLError, ConnectionError):
            pass
    check_money(run, run.end(), 6, 700)
    must(run.logged("a caller was refused, tcp:10.77.0.1:") == 3, run.all_said())


def peer_addresses(host: str) -> list[tuple[str, int]]:
    """Where the processes of a host are called by others."""
    said = subprocess.run(
        ["ip", "netns", "exec", host, "ss", "-Hltn"], capture_output=True, text=True, check=True
    )
    found = re.findall(r"(10\.77\.0\.\d+):(\d+)", said.stdout)
    return [(address, int(port)) for address, port in found]


def test_strangers_at_processes(place: Place) -> None:
    """who calls a process, and does not belong, is refused there"""
    run = place.run("--every", "50ms", transfers=700)
    run.until("started")
    called = peer_addresses(place.network.hosts[0])
    must(len(called) == 2, f"listeners: {called}")
    for address in called:
        with socket.create_connection(address, timeout=20) as connection:
            connection.sendall(GREETING_OF_HTTP)
            must(connection.recv(1) == b"", "garbage is answered")
        with socket.create_connection(address, timeout=20) as connection:
            connection.sendall(frame(HELLO, hello(bytes(16))))
            kind, line = read_frame(connection)
            must(kind == REFUSE and b"another run" in line, f"{kind} {line!r}")
    check_money(run, run.end(), 6, 700)
    must(run.logged("somebody who called was refused") == 4, run.all_said())


def test_strangers(place: Place) -> None:
    """callers that do not belong are refused, each with a line, and disturb nothing"""
    secrets = place.work / "invitation"
    telltale = place.write("telltale", TELLTALE.format(file=str(secrets)), 0o755)
    run = place.run("--every", "50ms", transfers=2500, launcher=f"python3 {telltale}" + " {host}")
    run.until("started")
    invitation = json.loads(secrets.read_text())
    name, secret = bytes.fromhex(invitation["run"]), bytes.fromhex(invitation["secret"])
    must(invitation["supervisor"] == f"tcp:10.77.0.1:{PORT}", f"{invitation}")
    for garbage in (GREETING_OF_HTTP, os.urandom(4096), b"\xff" * 32, struct.pack("<IB", 1 << 24, 1) + bytes(27)):
        with call() as connection:
            connection.sendall(garbage)
            try:
                must(connection.recv(1) == b"", "garbage is answered")
            except ConnectionError:
                pass
    is_refused(hello(bytes(16)), "another run")
    is_refused(hello(name, version=9), "version")
    is_refused(hello(name, incarnation=3), "incarnation", 3)
    is_refused(hello(name, process=99), "there is no process 99")
    kind, line = prove(name, bytes(32), 0)
    must(kind == REFUSE and line == b"wrong secret", f"a wrong secret: {kind} {line!r}")
    kind, line = prove(name, secret, 0)
    must(kind == REFUSE and b"here already" in line, f"a second process 0: {kind} {line!r}")
    silent = [call() for _ in range(100)]
    for connection in silent:
        must(connection.recv(1) == b"", "the silent go on")
        connection.close()
    check_money(run, run.end(), 6, 2500)
    lines = [event["text"] for event in run.of("log") if "refused" in event["text"]]
    for words in ("another run", "wrong protocol version", "another incarnation", "no process 99",
                  "wrong secret", "here already", "did not show", "too many call", "too large"):
        must(any(words in line for line in lines), f"no line on {words}: {lines}")
    more = sum(map(int, re.findall("and (\\d+) more", "\n".join(lines))))
    said = [line for line in lines if "more callers" not in line]
    must(len(said) + more == 110, f"{len(said)} lines, and {more} more")
    must(len(lines) < 90, f"{len(lines)} lines")


def cut_link(place: Place, seconds: float, silence: str, *options: str) -> Run:
    run = place.run("--every", "20ms", "--silence", silence, *options, transfers=1200)
    run.until("snapshot")
    time.sleep(0.5)
    place.network.set_link(1, "down")
    time.sleep(seconds)
    place.network.set_link(1, "up")
    check_money(run, run.end(), 6, 1200)
    longest = max(snapshot["ended"] - snapshot["begun"] for snapshot in run.of("snapshot"))
    must(longest > seconds * 0.9e9, f"no snapshot was under way: {longest} ns")
    return run


def test_short_cut(place: Place) -> None:
    """a link is away for less than the silence, in mid-snapshot: nothing is lost"""
    # TCP tries again after 0.2, 0.4, 0.8 s: it is quiet for longer than the link.
    run = cut_link(place, 0.4, "10s")
    must(run.of("end")[0]["reconnects"] == 0, run.all_said())


def test_long_cut(place: Place) -> None:
    """a link is away for more than the silence: connections are made again"""
    run = cut_link(place, 2.5, "1s")
    must(run.of("end")[0]["reconnects"] >= 8, run.all_said())
    must(run.logged("again after") >= 8, run.all_said())


def test_long_cut_tls(place: Place) -> None:
    """and so are those with TLS"""
    make_keys(place)
    run = cut_link(place, 2.5, "1s", "--tls", "keys")
    must(run.of("end")[0]["reconnects"] >= 8, run.all_said())


def wait_until_gone(place: Place, seconds: float) -> None:
    end = time.monotonic() + seconds
    while any(pids_on(host, "bank") for host in place.network.hosts):
        must(time.monotonic() < end, "processes live on")
        time.sleep(0.05)


def test_lost_for_good(place: Place) -> None:
    """a host that is away for long is lost: the run ends and says which"""
    run = place.run("--every", "50ms", "--silence", "500ms", transfers=100000)
    run.until("snapshot")
    place.network.set_link(2, "down")
    status = run.end()
    why = run.of("end")[0]["text"]
    must(status == 2, f"status {status}\n{run.all_said()}")
    must(f"on {place.network.hosts[2]}: nothing came from it for 3 s" in why, why)
    wait_until_gone(place, 10)


def test_supervisor_gone(place: Place) -> None:
    """a killed supervisor leaves no process on any host"""
    # A launcher that does not end with its supervisor, as a remote shell.
    launcher = place.write(
        "outliving", '#!/bin/sh\nsh -c \'ip netns exec "$@"; exit $?\' sh "$@"\nexit $?\n', 0o755
    )
    run = place.run("--every", "50ms", transfers=100000, launcher=launcher)
    run.until("snapshot")
    must(len(pids_on(place.network.hosts[0], "bank")) == 2, "there are no processes")
    run.process.kill()
    run.process.wait()
    wait_until_gone(place, 5)


def test_supervisor_unreachable(place: Place) -> None:
    """nor does one that cannot be reached any more"""
    # Standard input stays open, so that nothing but silence tells.
    secrets = place.work / "unreachable"
    telltale = place.write("telltale2", TELLTALE.format(file=str(secrets)), 0o755)
    forking = place.write("forking", f'#!/bin/sh\nsh -c \'setsid "$@"; exit $?\' sh python3 {telltale} "$@"\nexit $?\n', 0o755)
    run = place.run("--silence", "500ms", transfers=100000, launcher=forking)
    run.until("started")
    for i in range(HOSTS):
        place.network.set_link(i, "down")
    run.process.kill()
    run.process.wait()
    must(len(pids_on(place.network.hosts[0], "bank")) == 2, "they ended before they could know")
    wait_until_gone(place, 15)


def test_process_killed(place: Place) -> None:
    """a process that dies on its host ends the run, which says who, where, how"""
    run = place.run(transfers=100000)
    run.until("started")
    os.kill(pids_on(place.network.hosts[1], "bank")[0], signal.SIGKILL)
    status = run.end()
    why = run.of("end")[0]["text"]
    must(status == 137, f"status {status}\n{run.all_said()}")
    must(f"on {place.network.hosts[1]} was killed by signal 9" in why, why)
    wait_until_gone(place, 5)


def test_mounts(place: Place) -> None:
    """snapshots are written where the supervisor is; hosts share nothing with it"""
    launcher = place.mounting("place")
    run = place.run("--every", "50ms", "--out", "place", launcher=launcher, transfers=200)
    check_money(run, run.end(), 6, 200)
    files = list((place.work / "place").glob("*.json"))
    must(len(files) == len(run.of("snapshot")), f"{files}")
    for host in place.network.hosts:
        must(not list((place.work / "disks" / host).glob("*.json")), f"{host} has snapshots")


def refusal(place: Place, status: int, *parts: str, **how: Any) -> None:
    run = place.run(**how)
    got = run.end()
    ends = run.of("end")
    said = ends[0]["text"] if ends else run.errors_said()
    must(got == status, f"status {got}\n{run.all_said()}")
    must(said.strip().count("\n") == 0, f"more than a line: {said}")
    for part in parts:
        must(part in said, f"{part!r} is not in {said!r}")


def test_no_launcher(place: Place) -> None:
    """a launcher that is not there"""
    refusal(place, 2, "the launcher /no/such: cannot run it: No such file", launcher="/no/such {host}")
    refusal(place, 2, 'the launcher " ": no command', launcher=" ")


def test_failing_launcher(place: Place) -> None:
    """a launcher that fails, and what it said"""
    hosts = place.hosts("no-such-host")
    refusal(place, 255, "p0 on no-such-host could not be started", "no-such-host\"", hosts=hosts)
    refusal(place, 3, "the launcher ended with status 3", launcher=place.write("three", "#!/bin/sh\nexit 3\n", 0o755))


def test_no_way_back(place: Place) -> None:
    """a host from which the supervisor cannot be reached"""
    last = place.network.hosts[-1]
    place.network.set_link(HOSTS - 1, "down")
    refusal(place, 2, f"on {last} could not be started", "cannot join the run at tcp:10.77.0.1:4711: ")


def test_no_program(place: Place) -> None:
    """a program that is not there on a host, and one that is none"""
    hidden = place.write(
        "hide",
        "#!/bin/sh\nhost=$1; shift\n"
        f"exec ip netns exec \"$host\" unshare -m sh -c 'mount -t tmpfs none {os.path.dirname(place.bank)} && exec \"$@\"' sh \"$@\"\n",
        0o755,
    )
    refusal(place, 127, "could not be started (status 127 of the launcher)", "bank", "No such file", launcher=hidden)
    refusal(place, 1, "could not be started: the launcher ended with status 0", program="/bin/true")


def test_bad_program(place: Place) -> None:
    """a path that a remote shell would read otherwise is refused"""
    path = place.work / "a bank"
    shutil.copy(place.bank, path)
    refusal(place, 2, "a bank: no path for another host's shell", program=str(path))


def test_bad_listen(place: Place) -> None:
    """addresses that are none of this host, or all"""
    refusal(place, 2, "cannot listen at tcp:192.0.2.1:0", listen="192.0.2.1")
    refusal(place, 2, "0.0.0.0 is no address that other hosts can call", listen="0.0.0.0")
    refusal(place, 2, "(expected --listen ADDRESS)", listen=None)


TESTS: list[Callable[[Place], None]] = [
    test_sums,
    test_places,
    test_route,
    test_ipv6,
    test_tls,
    test_tls_here,
    test_other_authority,
    test_strangers_tls,
    test_strangers_at_processes,
    test_strangers,
    test_short_cut,
    test_long_cut,
    test_long_cut_tls,
    test_lost_for_good,
    test_supervisor_gone,
    test_supervisor_unreachable,
    test_process_killed,
    test_mounts,
    test_no_launcher,
    test_failing_launcher,
    test_no_way_back,
    test_no_program,
    test_bad_program,
    test_bad_listen,
]


def why_not() -> str | None:
    """Why there can be no hosts here, if so: what no package brings."""
    if os.geteuid() != 0:
        return "only root can make network namespaces"
    name = f"cutline-try-{os.getpid()}"
    done = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True)
    subprocess.run(["ip", "netns", "del", name], capture_output=True)
    return f"no network namespaces: {done.stderr.strip()}" if done.returncode else None


def perform(test: Callable[[Place], None], place: Place, tap: Tap) -> None:
    problem = None
    try:
        test(place)
    except (Problem, OSError, subprocess.SubprocessError, ValueError, LookupError) as error:
        problem = f"{type(error).__name__}: {error}"
    place.end_all()
    tap.result(problem, (test.__doc__ or test.__name__).split("\n")[0])


def main() -> int:
    cutline, examples = os.path.abspath(sys.argv[1]), sys.argv[2]
    chosen = [test for test in TESTS if not sys.argv[3:] or test.__name__ in sys.argv[3:]]
    tap = Tap()
    reason = why_not()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if reason is not None:
        for test in chosen:
            tap.skip(test.__doc__ or test.__name__, reason)
        return tap.end()
    with tempfile.TemporaryDirectory() as work:
        place = Place(cutline, examples, work)
        try:
            for test in chosen:
                perform(test, place, tap)
        finally:
            place.end_all()
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
