#include "compare.h"

#include "canvas.h"
#include "diagram.h"
#include "event_json.h"
#include "verdict_text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A picture with more messages shows only the one that it is about. */
#define MESSAGES_MAX 8

/* What goes into the picture. */
struct picture {
    struct cut_comparison *comparison;
    const json_t *verdict;
    uint64_t snapshot;
    uint64_t message;
    uint32_t ends[2]; /* sender and receiver */
    uint64_t from;    /* times */
    uint64_t until;
    struct cut_sim_event *events;
    size_t count;
    size_t capacity;
    size_t messages; /* sent or delivered among them, others than that one */
};

static enum cut_error out_of_memory(const struct picture *picture)
{
    cut_complain(stderr,
                 picture->comparison->command,
                 "%s",
                 cut_error_sentence(CUT_NOMEM));
    return CUT_NOMEM;
}

/* The time from the first to the last thing that the proof consists of. */
static void find_window(struct picture *picture)
{
    static const char *const keys[] = {
        "sent", "delivered", "sender_capture", "receiver_capture"};

    picture->from = UINT64_MAX;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const json_t *moment = json_object_get(picture->verdict, keys[i]);
        uint64_t time = cut_answer_number(moment, "time");
        if (moment == NULL)
            continue;
        if (time < picture->from)
            picture->from = time;
        if (time > picture->until)
            picture->until = time;
    }
}

static bool is_end(const struct picture *picture, uint32_t process)
{
    return process == picture->ends[0] || process == picture->ends[1];
}

static bool is_message(const struct cut_sim_event *event)
{
    return event->kind == CUT_SIM_SEND || event->kind == CUT_SIM_DELIVER ||
           event->kind == CUT_SIM_RECORD || event->kind == CUT_SIM_LOSE;
}

/* Whether an event is between the two, and of this snapshot if of any. */
static bool is_wanted(const struct picture *picture,
                      const struct cut_sim_event *event)
{
    if (event->now < picture->from || event->now > picture->until ||
        !is_end(picture, event->process))
        return false;
    if (event->kind == CUT_SIM_RECORD && event->snapshot != picture->snapshot)
        return false;
    if (!is_message(event))
        return event->kind == CUT_SIM_CAPTURE &&
               event->snapshot == picture->snapshot;
    if (event->message.is_marker && event->message.value != picture->snapshot)
        return false;
    return is_end(picture, event->peer);
}

static enum cut_error keep(struct picture *picture, const json_t *value)
{
    struct cut_sim_event event;

    if (!cut_event_read(value, &event) || !is_wanted(picture, &event))
        return CUT_OK;
    if (picture->count == picture->capacity) {
        size_t capacity = 2 * picture->capacity + 64;
        struct cut_sim_event *events =
            realloc(picture->events, capacity * sizeof *events);
        if (events == NULL)
            return out_of_memory(picture);
        picture->events = events;
        picture->capacity = capacity;
    }
    event.text = NULL; /* it does not last */
    picture->events[picture->count++] = event;
    if (is_message(&event) && !event.message.is_marker &&
        event.message.id != picture->message)
        picture->messages++;
    return CUT_OK;
}

/* Run once more, and keep what happens between the two. */
static enum cut_error watch(struct picture *picture, const struct cut_row *row)
{
    struct cut_comparison *comparison = picture->comparison;
    struct cut_answer answer;
    enum cut_error error =
        cut_compare_ask(comparison,
                        row->name,
                        row->proof_seed,
                        json_pack("{s:b,s:I,s:I}",
                                  "observe",
                                  1,
                                  "observe-from",
                                  (json_int_t)picture->from,
                                  "observe-until",
                                  (json_int_t)picture->until));

    while (error == CUT_OK) {
        error = cut_child_next(comparison->child, &answer);
        if (error != CUT_OK || strcmp(answer.name, "end") == 0 ||
            strcmp(answer.name, "error") == 0)
            break;
        if (strcmp(answer.name, "event") == 0)
            error = keep(picture, answer.value);
    }
    if (error == CUT_STATE)
        cut_child_complain(comparison->child);
    return error;
}

static enum cut_error draw(const struct picture *picture, FILE *file)
{
    struct cut_comparison *comparison = picture->comparison;
    struct cut_diagram *diagram = NULL;
    enum cut_error error = cut_diagram_create(&comparison->troupe.cast,
                                              picture->ends,
                                              2,
                                              &comparison->terminal,
                                              NULL,
                                              &diagram);

    if (error != CUT_OK)
        return out_of_memory(picture);
    cut_diagram_set_subject(diagram, picture->message);
    for (size_t i = 0; i < picture->count; i++) {
        const struct cut_sim_event *event = &picture->events[i];
        bool is_other = is_message(event) && !event->message.is_marker &&
                        event->message.id != picture->message;
        if (!is_other || picture->messages <= MESSAGES_MAX)
            cut_diagram_observe(diagram, event);
    }
    error = cut_diagram_write_picture(diagram, file);
    cut_diagram_destroy(diagram);
    return error == CUT_OK ? CUT_OK : out_of_memory(picture);
}

/* Write words in lines that fit, the later ones with an indent. */
static void write_wrapped(const char *text, uint32_t width, FILE *file)
{
    uint32_t x = 0;

    while (*text != '\0') {
        size_t size = strcspn(text, " ");
        char word[512];
        snprintf(word, sizeof word, "%.*s", (int)size, text);
        uint32_t own = cut_text_width(word);
        if (x > 2 && x + 1 + own > width) {
            fputs("\n ", file);
            x = 1;
        }
        fprintf(file, "%s%s", x > 0 ? " " : "", word);
        x += own + (x > 0);
        text += size + (text[size] == ' ');
    }
    fputc('\n', file);
}

enum cut_error cut_compare_picture(struct cut_comparison *comparison,
                                   const struct cut_row *row,
                                   FILE *file)
{
    const json_t *verdict = json_object_get(row->proof, "verdict");
    char words[CUT_VERDICT_SIZE];
    char text[CUT_VERDICT_SIZE + 256];
    struct picture picture = {
        .comparison = comparison,
        .verdict = verdict,
        .snapshot = cut_answer_number(row->proof, "number"),
        .message = cut_answer_number(verdict, "message"),
        .ends = {cut_answer_process(verdict, "sender"),
                 cut_answer_process(verdict, "receiver")},
    };

    cut_verdict_text(verdict, &comparison->troupe.cast, words);
    snprintf(text,
             sizeof text,
             "%s, seed %" PRId64 ": snapshot %" PRIu64 " is %s.",
             row->name,
             row->proof_seed,
             picture.snapshot,
             words);
    fputc('\n', file);
    write_wrapped(text, comparison->terminal.width, file);
    fputc('\n', file);
    find_window(&picture);
    enum cut_error error = watch(&picture, row);
    if (error == CUT_OK)
        error = draw(&picture, file);
    free(picture.events);
    return error;
}
