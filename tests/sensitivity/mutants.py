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
LAI_YANG = "src/core/lai_yang.c"
MATTERN = "src/core/mattern.c"
TREE = "src/core/tree.c"
FLUSH = "src/core/flush.c"
CLOCK = "src/core/clock.c"
RECORD = "src/sim/record.c"
TOKENS = "src/sim/token_process.c"
TICK = "src/sim/tick.c"
EVENTS = "src/sim/events.c"
HAPPEN = "src/sim/happen.c"
CARRY = "src/sim/carry.c"
BOUNDED = "src/sim/bounded.c"
SEPARATE = "src/sim/separate.c"
JUDGE = "src/analyze/judge.c"
ASSEMBLE = "src/analyze/assemble.c"
SURVEY = "src/analyze/survey.c"
SEGMENT = "src/store/segment.c"
READER = "src/store/trace_reader.c"
LINK_SENDER = "src/proto/link_sender.c"
LINK_RECEIVER = "src/proto/link_receiver.c"
MERGE = "src/proto/merge.c"
COORDINATOR = "src/proto/coordinator.c"
CREDIT_SENDER = "src/proto/credit_sender.c"
CREDIT_RECEIVER = "src/proto/credit_receiver.c"
QUIET = "src/proto/quiet.c"
FRAME = "src/net/frame.c"
HANDSHAKE = "src/net/handshake.c"
TLS_CONTEXT = "src/net/tls_context.c"
KEYS = "src/net/keys.c"

# Judges, by the sources of their programs below tests/. "runs ALGORITHM" are
# random runs by events; conservation and command: scripts.
PROGRAMS = {
    "interleavings": ["property/interleavings.c", "property/world.c"],
    "paper": ["unit/paper_chandy_lamport.c", "unit/stepper.c"],
    "engine": ["unit/test_engine.c", "unit/stepper.c"],
    "link_chaos": ["property/link_chaos.c"],
    "link_cuts": ["property/link_cuts.c"],
    "link": ["unit/test_link.c"],
    "credit_channel": ["property/credit_channel.c"],
    "credit": ["unit/test_credit.c"],
    "quiet_runs": ["property/quiet_runs.c"],
    "quiet": ["unit/test_quiet.c"],
    "merge_interleavings": ["property/merge_interleavings.c"],
    "coordinator_ledger": ["property/coordinator_ledger.c"],
    "judge": ["unit/test_judge.c"],
    "segment": ["unit/test_segment.c"],
    "traces": ["property/trace_runs.c"],
    "program": ["unit/test_program.c"],
    "views": ["unit/test_views.c"],
    "frame": ["unit/test_frame.c"],
    "handshake": ["unit/test_handshake.c"],
    "tls": ["unit/test_tls.c"],
    "keys_faults": ["fault/test_keys_faults.c"],
    "runs": ["property/judged_runs.c", "property/random_run.c",
             "property/witness.c", "property/actor.c"],
}
RUNS = "400"


@dataclass
class Mutant:
    what: str
    source: str
    right: str
    wrong: str
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
    Mutant("a capture has a token too many", RECORD,
           "        memcpy(memory, state, size);",
           "        memcpy(memory, state, size), memory[0] += size == 8;",
           "conservation"),
    Mutant("a recorded message has a token too many", TOKENS,
           "memcpy(&out->tokens, recorded.message.data, sizeof out->tokens);",
           "memcpy(&out->tokens, recorded.message.data, sizeof out->tokens);"
           " out->tokens++;", "conservation"),
    Mutant("a frame that is kept is kept again", LINK_RECEIVER,
           "(receiver->kept & bit) != 0", "false", "link_chaos"),
    Mutant("frames that are on their way are taken for lost", LINK_SENDER,
           "recovery = sender->aged", "recovery = sender->next", "link_chaos"),
    Mutant("an old acknowledgement is progress", LINK_SENDER,
           "next <= sender->oldest", "next < sender->oldest", "link_chaos"),
    Mutant("what a new connection's end has is not forgotten", LINK_SENDER,
           "    sender->oldest = next;\n    sender->recovery = next;",
           "    sender->recovery = next;", "link_cuts"),
    Mutant("frames of a new connection are taken for lost", LINK_SENDER,
           "    sender->recovery = next;\n", "", "link_cuts"),
    Mutant("the timer of the old connection runs on", LINK_SENDER,
           "    set_deadline(sender, now);\n    if (is_idle(sender))\n"
           "        sender->deadline = CUT_LINK_NEVER;\n    return CUT_OK;",
           "    if (is_idle(sender))\n"
           "        sender->deadline = CUT_LINK_NEVER;\n    return CUT_OK;",
           "link_cuts"),
    Mutant("a new connection with nothing to resend has a timer", LINK_SENDER,
           "    set_deadline(sender, now);\n    if (is_idle(sender))\n"
           "        sender->deadline = CUT_LINK_NEVER;\n",
           "    set_deadline(sender, now);\n", "link_cuts"),
    Mutant("the newest frame is not resent over a new connection", LINK_SENDER,
           ".count = (uint32_t)(sender->next - next)}",
           ".count = (uint32_t)(sender->next - next) / 2}", "link_cuts"),
    Mutant("the distance of time-outs outlives the connection", LINK_SENDER,
           "    sender->timeout = sender->timeout_min;\n"
           "    sender->resent +=", "    sender->resent +=", "link"),
    Mutant("a new connection's end may have gone back", LINK_SENDER,
           "next < sender->oldest || next > sender->next",
           "next > sender->next", "link"),
    Mutant("a new connection's end may have what was not sent", LINK_SENDER,
           "next < sender->oldest || next > sender->next",
           "next < sender->oldest", "link"),
    Mutant("what was thrown away counts as kept", LINK_RECEIVER,
           "    receiver->kept = 0;\n", "", "link_cuts"),
    Mutant("one message more than there is credit for", CREDIT_SENDER,
           "sender->sent.messages - sender->delivered.messages <\n",
           "sender->sent.messages - sender->delivered.messages <=\n",
           "credit_channel"),
    Mutant("bytes need no credit", CREDIT_SENDER,
           "sender->sent.bytes - sender->delivered.bytes <",
           "0 <", "credit_channel"),
    Mutant("an old report takes credit back", CREDIT_SENDER,
           "if (is_up_to(delivered, sender->delivered))", "if (false)",
           "credit_channel"),
    Mutant("a report of more than was sent is taken", CREDIT_SENDER,
           "is_up_to(delivered, sender->sent)", "true", "credit"),
    Mutant("a report is wanted when all and more is delivered",
           CREDIT_RECEIVER,
           "return of / 4 + (of % 4 > 0);", "return of + 1;",
           "credit_channel"),
    Mutant("a report is wanted when nothing is delivered", CREDIT_RECEIVER,
           "return of / 4 + (of % 4 > 0);", "return of / 4;",
           "credit_channel"),
    Mutant("large messages are not reported for their bytes",
           CREDIT_RECEIVER,
           "quarter(receiver->config.bytes_max)", "UINT64_MAX",
           "credit_channel"),
    Mutant("a report that is lost with its connection is not repeated",
           CREDIT_RECEIVER,
           "    receiver->is_due = true;", "    receiver->is_due = false;",
           "credit_channel"),
    Mutant("what came is reported, not what was delivered", CREDIT_RECEIVER,
           "    receiver->reported = receiver->delivered;",
           "    receiver->reported = receiver->arrived;", "credit_channel"),
    Mutant("what there was no credit for is taken", CREDIT_RECEIVER,
           "receiver->config.messages_max ||",
           "UINT64_MAX ||", "credit"),
    Mutant("a wave that learnt something is the last", QUIET,
           "    quiet->is_new = true;\n",
           "    quiet->is_new = quiet->missing == 0;\n", "quiet_runs"),
    Mutant("what was said before the wave answers it", QUIET,
           "event->wave < quiet->wave || ", "", "quiet_runs"),
    Mutant("one answer counts for two", QUIET,
           "    quiet->processes[event->process].answered = quiet->wave;\n",
           "", "quiet_runs"),
    Mutant("messages that are under way do not matter", QUIET,
           "           quiet->sent == quiet->delivered;",
           "           true;", "quiet_runs"),
    Mutant("who is not idle does not matter", QUIET,
           "quiet->idle_count == quiet->member_count", "true",
           "quiet_runs"),
    Mutant("a wave is begun while one is under way", QUIET,
           "    if (quiet->missing > 0)\n        return 0;\n", "",
           "quiet"),
    Mutant("the same wave again and again", QUIET,
           "    quiet->is_new = false;\n    return", "    return",
           "quiet_runs"),
    Mutant("a view takes over what was known in the last one", QUIET,
           "    quiet->sent = 0;\n    quiet->delivered = 0;\n", "",
           "quiet_runs"),
    Mutant("a wave outlives its view", QUIET,
           "    quiet->missing = 0;\n", "", "quiet_runs"),
    Mutant("reports of older views count", QUIET,
           "event->view < quiet->view ||\n", "false ||\n", "quiet_runs"),
    Mutant("an idle process may wake by itself", QUIET,
           "        return CUT_PROTOCOL;\n    return CUT_OK;",
           "        return CUT_OK;\n    return CUT_OK;", "quiet"),
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
    Mutant("messages are delivered in another order", TICK,
           ".due = sim->now + 1 +", ".due = sim->now + 2 +",
           "command"),

    # The other algorithms, rule by rule.
    Mutant("chandy-lamport: what a marker has overtaken is not recorded",
           RULES, "if (event->waiting > 0)", "if (false)",
           "runs chandy-lamport"),
    Mutant("chandy-lamport: who has left is awaited", RULES,
           "if (engine->closed != NULL)", "if (false)", "views"),
    Mutant("lai-yang: a red message turns nobody red", LAI_YANG,
           ".opens_by_message = cut_epoch_opens,", "", "runs lai-yang"),
    Mutant("lai-yang: all messages are white", LAI_YANG,
           "    return *epoch_of(engine);", "    return 0;", "runs lai-yang"),
    Mutant("lai-yang: red messages are recorded too", LAI_YANG,
           "    if (cut_epoch_is_old(slot, event->stamp)) {", "    {",
           "runs lai-yang"),
    Mutant("lai-yang: what is sent is not counted", LAI_YANG,
           "    counts_of(engine).sent[event->channel]++;\n", "",
           "runs lai-yang"),
    Mutant("lai-yang: what came before the capture is not counted", LAI_YANG,
           "    cut_counts_begin(&counts, engine->incoming_count);\n", "",
           "runs lai-yang"),
    Mutant("mattern: nothing is missing at the capture", MATTERN,
           "own->deficit = own->balance;", "own->deficit = 0;",
           "runs mattern"),
    Mutant("mattern: the token forgets what it was told", MATTERN,
           "next.value[0] += own->deficit;", "next.value[0] = own->deficit;",
           "runs mattern"),
    Mutant("mattern: a red message is taken for a white one", MATTERN,
           "    own->epoch = cut_epoch_of(slot);\n", "", "runs mattern"),
    Mutant("mattern: a red message turns nobody red", MATTERN,
           ".opens_by_message = cut_epoch_opens,", "", "runs mattern"),
    Mutant("tree: the end comes one message early", TREE,
           "    if (missing == 0)", "    if (missing <= 1)", "runs tree"),
    Mutant("tree: nodes keep their last messages to themselves", TREE,
           "return part > 1 ? part : 1;", "return part + 2;", "runs tree"),
    Mutant("tree: what crosses is not counted", TREE,
           "own->crossing = own->balance;", "own->crossing = 0;",
           "runs tree"),
    Mutant("tree: late reports count twice", TREE,
           "    if (report->round < own->round)\n        return false;\n", "",
           "runs tree"),
    Mutant("tree: a red message turns nobody red", TREE,
           ".opens_by_message = cut_epoch_opens,", "", "runs tree"),
    Mutant("flush: what has been pushed out is not recorded", FLUSH,
           "    if (event->waiting > 0)\n", "    if (false)\n",
           "runs flush"),
    Mutant("flush: all resume when all but one are ready", FLUSH,
           "if (own->ready_count < own->place.process_count)",
           "if (own->ready_count + 1 < own->place.process_count)",
           "runs flush"),
    Mutant("flush: who stops pushes nothing out", FLUSH,
           "    if (engine->outgoing_count > 0)\n"
           "        cut_act(out, CUT_ACTION_TRANSMIT,",
           "    if (engine->outgoing_count > 1)\n"
           "        cut_act(out, CUT_ACTION_TRANSMIT,", "runs flush"),
    Mutant("clock: nobody stands still", CLOCK,
           "own->resume_at = open_of(engine)->at + own->bound;",
           "own->resume_at = open_of(engine)->at;", "runs clock"),
    Mutant("clock: what was sent after X is recorded", CLOCK,
           "        event->stamp >= open_of(engine)->at)", "        false)",
           "runs clock"),
    Mutant("clock: what is sent is not counted", CLOCK,
           "    counts_of(engine).sent[event->channel]++;\n", "",
           "runs clock"),

    # What the simulator does for them.
    Mutant("a marker is not sent on the last channel", HAPPEN,
           "    for (uint32_t k = 0; k < count && error == CUT_OK; k++) {",
           "    for (uint32_t k = 0; k + 1 < count && error == CUT_OK; k++) {",
           "runs chandy-lamport"),
    Mutant("a state is captured after the message is taken", HAPPEN,
           "return kind == CUT_ACTION_CAPTURE || kind == CUT_ACTION_TRANSMIT ||",
           "return kind == CUT_ACTION_TRANSMIT ||", "runs lai-yang"),
    Mutant("messages overtake each other", CARRY,
           "if (due < *last)", "if (false)", "runs chandy-lamport"),
    Mutant("what waits at the sender is not recorded", BOUNDED,
           "cut_sim_record_queued(sim, packet->source, i, packet->id)",
           "CUT_OK", "runs chandy-lamport"),
    Mutant("what waits for who has left is recorded", BOUNDED,
           "if (!cut_events_is_member(sim, packet->destination))",
           "if (false)", "views"),
    Mutant("a process with a full channel goes on", BOUNDED,
           "error = cut_events_hold(sim, source, CUT_HELD_FULL);", "",
           "runs chandy-lamport"),
    Mutant("a marker is taken to have overtaken what it has not", EVENTS,
           "packet->incoming == marker->incoming;", "true;",
           "runs chandy-lamport"),
    Mutant("an engine is woken after what else happens then", EVENTS,
           "wake_at[process] <= sim->now ?", "wake_at[process] < sim->now ?",
           "program"),
    Mutant("what who has left had sent is lost", EVENTS,
           "? (sim->events.held[packet->source] & CUT_HELD_CRASHED) != 0",
           "? !cut_events_is_member(sim, packet->source)", "views"),
    Mutant("messages pass before the marker closes", SEPARATE,
           "    if (error == CUT_OK)\n        error = close_markers(sim, merge);\n"
           "    return error == CUT_OK ? release_held(sim, merge) : error;",
           "    if (error == CUT_OK)\n        error = release_held(sim, merge);\n"
           "    return error == CUT_OK ? close_markers(sim, merge) : error;",
           "runs chandy-lamport"),

    # The judge itself.
    Mutant("the judge sees no orphans", JUDGE,
           "if (place == ORPHAN)", "if (false)", "runs naive"),
    Mutant("the judge misses what was never recorded", JUDGE,
           "if (recorded == 0)", "if (false)", "runs naive"),
    Mutant("the judge does not mind what is recorded twice", JUDGE,
           "if (recorded > (place == CROSSING ? 1 : 0))",
           "if (recorded > 0 && place != CROSSING)", "judge"),
    Mutant("the judge does not mind what does not cross", JUDGE,
           "if (recorded > (place == CROSSING ? 1 : 0))",
           "if (recorded > 1)", "runs chandy-lamport"),
    Mutant("the judge goes by the last delivery", JUDGE,
           "    if (message->delivered_at == NEVER)\n", "", "runs naive"),
    Mutant("the judge counts those who have left", JUDGE,
           "process->is_member = is_join;", "process->is_member = true;",
           "runs chandy-lamport"),
    Mutant("the judge does not look at the order", JUDGE,
           "!is_fifo)\n        return CUT_OK;", "true)\n        return CUT_OK;",
           "judge"),
    Mutant("a frame's checksum is not looked at", FRAME,
           "get32(data + AT_CHECKSUM) != checksum(data, opening->size)",
           "false", "frame"),
    Mutant("a proof is not looked at", HANDSHAKE,
           "CRYPTO_memcmp(expected, proof, CUT_PROOF_SIZE) == 0", "true",
           "handshake"),
    Mutant("a proof is good for any conversation", HANDSHAKE,
           "size += CUT_NONCE_SIZE;", ";", "handshake"),
    Mutant("a proof does not cover the link's position", HANDSHAKE,
           "if (acknowledged != NULL) {", "if (false) {", "handshake"),
    Mutant("it does not matter who is called", HANDSHAKE,
           "get32(hello + AT_TO) != config->self", "false", "handshake"),
    Mutant("a peer without a certificate is taken", TLS_CONTEXT,
           "SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT",
           "SSL_VERIFY_PEER", "tls"),
    Mutant("a key may be read by all", TLS_CONTEXT,
           "(status.st_mode & 077) != 0", "false", "tls"),
    Mutant("a file that fails leaves those before it", KEYS,
           "unlinkat(folder, files[j].name, 0);", ";", "keys_faults"),

    # Traces of real runs.
    Mutant("messages come out of a channel before they go in", ASSEMBLE,
           "return record->position < assembly->links[link].sent ||",
           "return record->position < assembly->links[link].total ||", "traces"),
    Mutant("a FIFO channel may have any order", ASSEMBLE,
           "if (ends->is_fifo && record->position < state->received)",
           "if (false)", "traces"),
    Mutant("the last process goes on, whatever the time", ASSEMBLE,
           "return a != b ? a < b : left < right;", "return left > right;",
           "traces"),
    Mutant("a snapshot is one of each process", SURVEY,
           "cut_snapshot_id_compare(&ids[count - 1], &ids[i]) != 0)",
           "true)", "traces"),
    Mutant("events may be missing", READER,
           "record->sequence != place->sequence + is_event",
           "record->sequence < place->sequence + is_event", "segment"),
    Mutant("a process that was killed has ended in order", READER,
           "return reader->place.has_ended ? CUT_SEGMENT_ENDED :",
           "return true ? CUT_SEGMENT_ENDED :", "segment"),
    Mutant("checksums are not compared", SEGMENT,
           "if (cut_crc32c(0, data + 4, whole - 4) != cut_get_u32(data))",
           "if (false)", "segment"),
]

FLAGS = ["-std=gnu17", "-O1", "-D_GNU_SOURCE", "-w"]


class Workshop:
    """Compiles mutants and runs judges on them. What is not mutated is compiled
    once."""

    def __init__(self, root: Path, build: Path, cc: str, folder: Path):
        self.root, self.build, self.cc, self.folder = root, build, cc, folder
        self.objects: dict[Path, Path] = {}

    def mutate(self, mutant: Mutant) -> Path:
        text = (self.root / mutant.source).read_text()
        if text.count(mutant.right) != 1:
            raise ValueError(f"{mutant.source} does not have exactly once: "
                             f"{mutant.right}")
        path = self.folder / Path(mutant.source).name
        path.write_text(text.replace(mutant.right, mutant.wrong))
        return self.compile(path, self.folder / "mutant.o")

    def compile(self, source: Path, out: Path) -> Path:
        self.call([*FLAGS, *self.includes(), "-c", source, "-o", out])
        return out

    def test_object(self, source: str) -> Path:
        path = self.root / "tests" / source
        if path not in self.objects:
            out = self.folder / f"test_{len(self.objects)}.o"
            self.objects[path] = self.compile(path, out)
        return self.objects[path]

    def link(self, objects: list[Path]) -> Path:
        """The mutant comes first, so its functions are taken, not the
        library's."""
        out = self.folder / "judge"
        self.call([*objects, self.build / "src" / "libcutline.a",
                   "-ljansson", "-lssl", "-lcrypto", "-luv", "-lcivetweb",
                   "-o", out])
        return out

    def call(self, words: list) -> None:
        subprocess.run([self.cc, *map(str, words)], check=True,
                       capture_output=True, text=True)

    def includes(self) -> list[str]:
        return [f"-I{self.root / name}" for name in
                ("include", "src", "tests", "tests/property", "tests/unit")]

    def judge(self, mutant: Mutant) -> subprocess.CompletedProcess:
        changed = self.mutate(mutant)
        program, *algorithm = mutant.judge.split()
        if program in PROGRAMS:
            judge = self.link([changed, *map(self.test_object,
                                             PROGRAMS[program])])
            return self.run([judge, *([RUNS] if algorithm else []),
                             *algorithm])
        command = self.link([changed, *self.command_objects()])
        if program == "conservation":
            result = self.run([command, *self.case("h07-4n-clique-order")])
            if "does not conserve tokens" not in result.stderr:
                result.returncode = -1  # it failed for another reason
            return result
        return self.run([sys.executable,
                         self.root / "tests/golden/replay_scripts.py", command,
                         self.root / "tests/golden/conformance/manifest.txt"])

    def command_objects(self) -> list[Path]:
        return sorted((self.build / "cutline.p").glob("*.o"))

    def case(self, stem: str) -> list[str]:
        base = self.root / "tests/golden/conformance" / stem
        return ["sim", "--topology", f"{base}.top", "--events",
                f"{base}.events", "--quiet"]

    @staticmethod
    def run(command: list) -> subprocess.CompletedProcess:
        return subprocess.run([str(word) for word in command], check=False,
                              capture_output=True, text=True, timeout=60)


def fires(workshop: Workshop, mutant: Mutant) -> tuple[bool, str]:
    """Whether the judge fires, and what it says."""
    try:
        result = workshop.judge(mutant)
    except (ValueError, subprocess.SubprocessError) as error:
        return False, f"{error} {getattr(error, 'stderr', '')}"
    return (result.returncode in (1, -signal.SIGILL),
            result.stdout[-1000:] + result.stderr[-1000:])


def main() -> int:
    root, build, cc = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        workshop = Workshop(root, build, cc, Path(folder))
        for number, mutant in enumerate(MUTANTS, 1):
            is_found, says = fires(workshop, mutant)
            failed += not is_found
            print(f"{'ok' if is_found else 'not ok'} {number} - {mutant.what}",
                  flush=True)
            if not is_found:
                print("# no judge fired:\n# " + says.replace("\n", "\n# "))
    print(f"1..{len(MUTANTS)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
