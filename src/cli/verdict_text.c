#include "verdict_text.h"

#include <inttypes.h>
#include <string.h>

bool cut_verdict_is_right(const json_t *verdict)
{
    return strcmp(cut_answer_text(verdict, "kind"), "consistent") == 0;
}

bool cut_verdict_is_wrong(const json_t *verdict)
{
    const char *kind = cut_answer_text(verdict, "kind");

    return strcmp(kind, "orphan") == 0 || strcmp(kind, "missing") == 0 ||
           strcmp(kind, "extra") == 0 || strcmp(kind, "order") == 0;
}

/* A moment of a process: where it stands in the run, and when that was. */
struct moment {
    bool is_there;
    uint64_t position;
    char time[CUT_CAST_TIME_SIZE];
};

static struct moment
moment_of(const json_t *verdict, const char *key, const struct cut_cast *cast)
{
    const json_t *object = json_object_get(verdict, key);
    struct moment moment = {
        .is_there = object != NULL,
        .position = cut_answer_number(object, "position"),
    };

    cut_cast_time(cast, cut_answer_number(object, "time"), moment.time);
    return moment;
}

/* "p0 sent it at 3 ms, before its capture at 5 ms" */
static void say_when(const char *name,
                     const char *verb,
                     const struct moment *moment,
                     const struct moment *capture,
                     size_t size,
                     char *out)
{
    if (!moment->is_there && capture->is_there)
        snprintf(out,
                 size,
                 "%s had not %s it at its capture at %s ms",
                 name,
                 verb,
                 capture->time);
    else if (capture->is_there)
        snprintf(out,
                 size,
                 "%s %s it at %s ms, %s its capture at %s ms",
                 name,
                 verb,
                 moment->time,
                 moment->position < capture->position ? "before" : "after",
                 capture->time);
    else
        snprintf(out, size, "%s %s it at %s ms", name, verb, moment->time);
}

/* A message that proves it, and what became of it, in words. */
struct proof {
    char message[600];
    char send[512];
    char receipt[512];
    const char *why_extra; /* why, recorded, it is one too many */
};

static const char *find_why_extra(const struct moment *sent,
                                  const struct moment *delivered,
                                  const struct moment *sender,
                                  const struct moment *receiver)
{
    if (sender->is_there && sent->position > sender->position)
        return "but it was not yet sent";
    if (delivered->is_there && receiver->is_there &&
        delivered->position < receiver->position)
        return "but it had been received";
    return "more often than it is on its way";
}

static void
describe(const json_t *verdict, const struct cut_cast *cast, struct proof *out)
{
    char from_room[CUT_CAST_NAME_SIZE];
    char to_room[CUT_CAST_NAME_SIZE];
    char type_room[CUT_CAST_NAME_SIZE];
    const char *from =
        cut_cast_name(cast, cut_answer_process(verdict, "sender"), from_room);
    const char *to =
        cut_cast_name(cast, cut_answer_process(verdict, "receiver"), to_room);
    uint32_t type = cut_answer_process(verdict, "type");
    struct moment sent = moment_of(verdict, "sent", cast);
    struct moment delivered = moment_of(verdict, "delivered", cast);
    struct moment sender = moment_of(verdict, "sender_capture", cast);
    struct moment receiver = moment_of(verdict, "receiver_capture", cast);

    snprintf(out->message,
             sizeof out->message,
             "message %" PRIu64 " (%s) from %s to %s",
             cut_answer_number(verdict, "message"),
             cut_cast_type(cast, type, type_room),
             from,
             to);
    say_when(from, "sent", &sent, &sender, sizeof out->send, out->send);
    say_when(to,
             "received",
             &delivered,
             &receiver,
             sizeof out->receipt,
             out->receipt);
    out->why_extra = find_why_extra(&sent, &delivered, &sender, &receiver);
}

static void
say_wrong(const char *kind, const struct proof *proof, size_t size, char *out)
{
    if (strcmp(kind, "orphan") == 0)
        snprintf(out,
                 size,
                 "%s is received and was never sent: %s, and %s",
                 proof->message,
                 proof->receipt,
                 proof->send);
    else if (strcmp(kind, "missing") == 0)
        snprintf(out,
                 size,
                 "%s is on its way and not recorded: %s, and %s",
                 proof->message,
                 proof->send,
                 proof->receipt);
    else if (strcmp(kind, "extra") == 0)
        snprintf(out,
                 size,
                 "%s is recorded, %s: %s, and %s",
                 proof->message,
                 proof->why_extra,
                 proof->send,
                 proof->receipt);
    else
        snprintf(out,
                 size,
                 "%s is recorded before one that was sent earlier",
                 proof->message);
}

const char *cut_verdict_text(const json_t *verdict,
                             const struct cut_cast *cast,
                             char out[CUT_VERDICT_SIZE])
{
    const char *kind = cut_answer_text(verdict, "kind");
    uint64_t count = cut_answer_number(verdict, "crossing");
    struct proof proof = {0};

    if (cut_verdict_is_wrong(verdict)) {
        size_t used =
            (size_t)snprintf(out, CUT_VERDICT_SIZE, "not consistent: ");
        describe(verdict, cast, &proof);
        say_wrong(kind, &proof, CUT_VERDICT_SIZE - used, out + used);
    } else if (!cut_verdict_is_right(verdict)) {
        snprintf(out, CUT_VERDICT_SIZE, "not judged: %s", kind);
    } else if (count == 0) {
        snprintf(
            out, CUT_VERDICT_SIZE, "consistent: no message crosses the cut");
    } else {
        snprintf(out,
                 CUT_VERDICT_SIZE,
                 "consistent: %" PRIu64 " %s the cut and %s recorded",
                 count,
                 count == 1 ? "message crosses" : "messages cross",
                 count == 1 ? "is" : "are");
    }
    return out;
}
