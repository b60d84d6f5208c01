#!/usr/bin/env python3
"""Breaks one rule of the engine or the simulator at a time and sees a checker
fire: a test that no fault can fail shows nothing.

    mutants.py ROOT BUILD CC

Each mutant is a copy of a source file with one line changed. It is linked, in
the place of the right one, with the programs that judge; the named judge must
fail by its own judgement (exit status 1) or by an assertion of the core, which
traps; not by any other crash.

A mutant whose line is no longer in the source is an error: it breaks nothing.
"""
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

RULES = "src/core/chandy_lamport.c"
ENGINE = "src/core/engine.c"
SLOT = "src/core/slot.c"
SIM = "src/sim/sim.c"
RECORD = "src/sim/record.c"
LINK_SENDER = "src/proto/link_sender.c"
LINK_RECEIVER = "src/proto/link_receiver.c"
MERGE = "src/proto/merge.c"
COORDINATOR = "src/proto/coordinator.c"

# Judges that are one program of their own.
PROPERTIES = "link_chaos", "merge_interleavings", "coordinator_ledger"


@dataclass
class Mutant:
    what: str
    source: str
    right: str
    wrong: str
    # interleavings, paper, engine; conservation, command: scripts; PROPERTIES
    judge: str


MUTANTS = [
    Mutant("no marker on a single channel", RULES,
           "if (engine->outgoing_count > 0)",
           "if (engine->outgoing_count > 1)", "interleavings"),
    Mutant("a part is complete one marker early", RULES,
           "if (slot->missing > 0)", "if (slot->missing > 1)",
           "interleavings"),
    Mutant("messages are recorded after the marker, not before", RULES,
           "if (cut_slot_awaits(slot, channel)) {",
           "if (!cut_slot_awaits(slot, channel)) {", "interleavings"),
    Mutant("messages are recorded for the oldest snapshot only", RULES,
           "end = &slot->recording.next;",
           "slot->recording.next = NULL; return first;", "interleavings"),
    Mutant("the first marker is not the end of its channel", RULES,
           "    cut_slot_marker_came(slot, channel);",
           "    if (!is_first || slot->missing == 1)\n"
           "        cut_slot_marker_came(slot, channel);", "interleavings"),
    Mutant("a closed snapshot is begun again", ENGINE,
           "return *slot != NULL ? OPEN : IGNORED;",
           "return *slot != NULL ? OPEN : NEW;", "interleavings"),
    Mutant("all channels are awaited but the last", SLOT,
           "slot->missing = incoming_count;",
           "slot->missing = incoming_count > 1 ? incoming_count - 1 : 1;",
           "interleavings"),
    Mutant("numbers below the window are taken", ENGINE,
           "    case CUT_STANDING_BELOW:\n        return REFUSED;",
           "    case CUT_STANDING_BELOW:\n        return NEW;", "engine"),
    Mutant("markers of older views are taken", ENGINE,
           "return snapshot.view < engine->view ? IGNORED : REFUSED;",
           "return NEW;", "engine"),
    Mutant("messages are recorded only where a marker can go on", RULES,
           "    if (recordings != NULL)\n",
           "    if (recordings != NULL && engine->outgoing_count > 1)\n",
           "paper"),
    Mutant("the end of what is open is lost when it is closed", ENGINE,
           "engine->open_end = slot->link;", "engine->open_end = &slot->next;",
           "engine"),
    Mutant("the window leaves open snapshots behind", "src/core/window.c",
           "            return false;", "            return true;", "engine"),
    Mutant("the window forgets too little as it moves", "src/core/window.c",
           "n < number; n++)", "n + 1 < number; n++)", "engine"),
    Mutant("the slot of another engine is found", "src/core/pool.c",
           "(slot->engine != engine ||", "(false ||", "engine"),
    Mutant("a capture has a token too many", SIM,
           "cut_record_capture(&sim->record, number, process, tokens);",
           "cut_record_capture(&sim->record, number, process, tokens + 1);",
           "conservation"),
    Mutant("a recorded message has a token too many", RECORD,
           ".tokens = logged->tokens,", ".tokens = logged->tokens + 1,",
           "conservation"),
    Mutant("a frame that is kept is kept again", LINK_RECEIVER,
           "(receiver->kept & bit) != 0", "false", "link_chaos"),
    Mutant("frames that are on their way are taken for lost", LINK_SENDER,
           "recovery = sender->aged", "recovery = sender->next", "link_chaos"),
    Mutant("an old acknowledgement is progress", LINK_SENDER,
           "next <= sender->oldest", "next < sender->oldest", "link_chaos"),
    Mutant("messages do not wait for the marker before them", MERGE,
           "return markers_before <= receiver->markers;",
           "return markers_before <= receiver->markers + 1;",
           "merge_interleavings"),
    Mutant("a marker closes a message early", MERGE,
           "receiver->arrived < messages_before",
           "receiver->arrived + 1 < messages_before", "merge_interleavings"),
    Mutant("what waits behind a marker is counted too", MERGE,
           "? messages_before - receiver->delivered",
           "? receiver->arrived - receiver->delivered", "merge_interleavings"),
    Mutant("a change of view leaves snapshots open", COORDINATOR,
           "    while (c->open != NULL)\n        abort_slot(c, c->open);\n",
           "    if (c->open != NULL)\n        abort_slot(c, c->open);\n",
           "coordinator_ledger"),
    Mutant("a part counts twice", COORDINATOR,
           "!cut_coordinator_has_bit(slot->missing, event->process)",
           "false", "coordinator_ledger"),
    Mutant("a number is used again", COORDINATOR,
           ".number = c->number++,", ".number = c->number,",
           "coordinator_ledger"),
    Mutant("messages are delivered in another order", SIM,
           ".due = sim->now + 1 +", ".due = sim->now + 2 +",
           "command"),
]

FLAGS = ["-std=gnu17", "-O1", "-D_GNU_SOURCE", "-w"]


class Workshop:
    """Compiles mutants and runs judges on them."""

    def __init__(self, root: Path, build: Path, cc: str, folder: Path):
        self.root, self.build, self.cc, self.folder = root, build, cc, folder

    def mutate(self, mutant: Mutant) -> Path:
        text = (self.root / mutant.source).read_text()
        if text.count(mutant.right) != 1:
            raise ValueError(f"{mutant.source} does not have exactly once: "
                             f"{mutant.right}")
        path = self.folder / Path(mutant.source).name
        path.write_text(text.replace(mutant.right, mutant.wrong))
        return path

    def link(self, sources: list[Path], libraries: list[str]) -> Path:
        """The mutant comes first, so its functions are taken, not the
        library's."""
        out = self.folder / "judge"
        subprocess.run(
            [self.cc, *FLAGS, *self.includes(), *map(str, sources),
             str(self.build / "src" / "libcutline.a"), *libraries,
             "-o", str(out)], check=True, capture_output=True, text=True)
        return out

    def includes(self) -> list[str]:
        return [f"-I{self.root / name}" for name in
                ("include", "src", "tests", "tests/property", "tests/unit",
                 "src/cli")]

    def judge(self, mutant: Mutant) -> subprocess.CompletedProcess:
        source, tests = self.mutate(mutant), self.root / "tests"
        if mutant.judge == "interleavings":
            program = self.link([source, tests / "property/interleavings.c",
                                 tests / "property/world.c"], [])
            return self.run([program])
        if mutant.judge in ("paper", "engine"):
            name = {"paper": "paper_chandy_lamport", "engine": "test_engine"}
            program = self.link([source, tests / f"unit/{name[mutant.judge]}.c",
                                 tests / "unit/stepper.c"], [])
            return self.run([program])
        if mutant.judge in PROPERTIES:
            program = self.link(
                [source, tests / f"property/{mutant.judge}.c"], [])
            return self.run([program])
        command = self.link([source, *self.cli_sources()], ["-ljansson"])
        if mutant.judge == "conservation":
            result = self.run([command, *self.case("h07-4n-clique-order")])
            if "does not conserve tokens" not in result.stderr:
                result.returncode = -1  # it failed for another reason
            return result
        return self.run([sys.executable,
                         tests / "golden/replay_scripts.py", command,
                         tests / "golden/conformance/manifest.txt"])

    def cli_sources(self) -> list[Path]:
        builders = {"docgen.c", "manual.c"}
        return [path for path in sorted((self.root / "src/cli").glob("*.c"))
                if path.name not in builders]

    def case(self, stem: str) -> list[str]:
        base = self.root / "tests/golden/conformance" / stem
        return ["sim", "--topology", f"{base}.top", "--events",
                f"{base}.events", "--quiet"]

    @staticmethod
    def run(command: list) -> subprocess.CompletedProcess:
        return subprocess.run([str(word) for word in command], check=False,
                              capture_output=True, text=True, timeout=120)


def main() -> int:
    root, build, cc = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    failed = 0
    for number, mutant in enumerate(MUTANTS, 1):
        with tempfile.TemporaryDirectory() as folder:
            try:
                result = Workshop(root, build, cc, Path(folder)).judge(mutant)
                fires = result.returncode in (1, -signal.SIGILL)
                says = result.stdout[-1000:] + result.stderr[-1000:]
            except (ValueError, subprocess.SubprocessError) as error:
                fires, says = False, f"{error} {getattr(error, 'stderr', '')}"
        failed += not fires
        print(f"{'ok' if fires else 'not ok'} {number} - {mutant.what}")
        if not fires:
            print("# no judge fired:\n# " + says.replace("\n", "\n# "))
    print(f"1..{len(MUTANTS)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
