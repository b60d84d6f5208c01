/* `cutline judge`: the snapshots of a run, judged by what its processes wrote
 * down. */
#include "judge_command.h"
#include "commands.h"
#include "input.h"
#include "judge_json.h"
#include "verdict_text.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

struct judging {
    const struct cut_command *command;
    const char *given;        /* a directory */
    char directory[PATH_MAX]; /* with the segments */
    json_t *traces;           /* one of each incarnation */
    /* Snapshots, of all of them. */
    uint64_t consistent;
    uint64_t wrong;
    uint64_t aborted;
    uint64_t other; /* not complete, or nobody knows */
};

static enum cut_error out_of_memory(const struct judging *judging)
{
    cut_complain(stderr, judging->command, "%s", cut_error_sentence(CUT_NOMEM));
    return CUT_NOMEM;
}

/* The directory of a run has the segments in one of its own. */
static enum cut_error find_directory(struct judging *judging)
{
    const char *given = judging->given;
    char inner[PATH_MAX];
    struct stat status;

    if (strlen(given) + sizeof "/trace" > sizeof inner) {
        cut_complain(stderr,
                     judging->command,
                     "the name of the directory is too long (expected at most "
                     "%d bytes)",
                     PATH_MAX - 8);
        return CUT_INVALID;
    }
    snprintf(inner, sizeof inner, "%s/trace", given);
    bool has_inner = stat(inner, &status) == 0 && S_ISDIR(status.st_mode);
    snprintf(judging->directory,
             sizeof judging->directory,
             "%s",
             has_inner ? inner : given);
    return CUT_OK;
}

/* --- judging ------------------------------------------------------------- */

/* The trace cannot be, of that snapshot: its engine did what none may do. */
static bool is_contradiction(const json_t *verdict)
{
    return strcmp(cut_answer_text(verdict, "kind"), "contradiction") == 0;
}

static void count(struct judging *judging, const json_t *trace)
{
    size_t i;
    json_t *snapshot;

    json_array_foreach(json_object_get(trace, "snapshots"), i, snapshot)
    {
        const json_t *verdict = json_object_get(snapshot, "verdict");
        if (cut_verdict_is_right(verdict))
            judging->consistent++;
        else if (cut_verdict_is_wrong(verdict) || is_contradiction(verdict))
            judging->wrong++;
        else if (strcmp(cut_answer_text(verdict, "kind"), "aborted") == 0)
            judging->aborted++;
        else
            judging->other++;
    }
}

/* Read and judge an incarnation; next is where to look for another one. */
static enum cut_error judge_one(struct judging *judging,
                                uint32_t incarnation_min,
                                uint32_t *next,
                                bool *is_last)
{
    struct cut_trace_run *run = NULL;
    struct cut_fault fault = {0};
    enum cut_error error = cut_trace_run_read(
        judging->directory, incarnation_min, NULL, &run, &fault);

    if (error != CUT_OK) {
        cut_complain_fault(judging->command, &fault);
        return error;
    }
    json_t *trace = cut_judge_json(run);
    *is_last = cut_trace_run_info(run)->is_last;
    *next = cut_trace_run_info(run)->incarnation + 1;
    cut_trace_run_destroy(run);
    if (trace != NULL)
        count(judging, trace);
    if (json_array_append_new(judging->traces, trace) != 0)
        return out_of_memory(judging);
    return CUT_OK;
}

static enum cut_error judge_all(struct judging *judging)
{
    uint32_t next = 0;
    bool is_last = false;
    enum cut_error error = CUT_OK;

    while (error == CUT_OK && !is_last)
        error = judge_one(judging, next, &next, &is_last);
    return error;
}

/* --- saying it ----------------------------------------------------------- */

static void print_name(const json_t *snapshot)
{
    uint64_t incarnation = cut_answer_number(snapshot, "incarnation");
    uint64_t view = cut_answer_number(snapshot, "view");

    printf("snapshot %" PRIu64, cut_answer_number(snapshot, "number"));
    if (view != 0)
        printf(" of view %" PRIu64, view);
    if (incarnation != 0)
        printf(" of incarnation %" PRIu64, incarnation);
    fputs(": ", stdout);
}

/* The moment at which the trace of a process ends. */
static const char *end_time(const json_t *trace,
                            const struct cut_cast *cast,
                            uint32_t process,
                            char room[CUT_CAST_TIME_SIZE])
{
    const json_t *end = json_array_get(json_object_get(trace, "ends"), process);

    return cut_cast_time(cast, cut_answer_number(end, "last"), room);
}

static void print_verdict(const json_t *trace,
                          const struct cut_cast *cast,
                          const json_t *verdict)
{
    const char *kind = cut_answer_text(verdict, "kind");
    char words[CUT_VERDICT_SIZE];
    char name[CUT_CAST_NAME_SIZE];
    char time[CUT_CAST_TIME_SIZE];

    if (strcmp(kind, "unknown") == 0) {
        uint32_t process = cut_answer_process(verdict, "process");
        printf("not judged: the trace of %s ends early, at %s ms\n",
               cut_cast_name(cast, process, name),
               end_time(trace, cast, process, time));
    } else if (strcmp(kind, "incomplete") == 0) {
        printf(
            "not judged: incomplete: the part of %s is not complete\n",
            cut_cast_name(cast, cut_answer_process(verdict, "process"), name));
    } else if (is_contradiction(verdict)) {
        puts("not consistent: a process captured or completed it twice, or "
             "captured after it had completed");
    } else {
        puts(cut_verdict_text(verdict, cast, words));
    }
}

/* Of a process that was killed, what it wrote last is lost. */
static void print_ends(const json_t *trace, const struct cut_cast *cast)
{
    char name[CUT_CAST_NAME_SIZE];
    char time[CUT_CAST_TIME_SIZE];
    size_t i;
    json_t *end;

    json_array_foreach(json_object_get(trace, "ends"), i, end)
    {
        uint32_t process = (uint32_t)i;
        if (!json_is_true(json_object_get(end, "early")))
            continue;
        printf("the trace of %s ends early: after byte %" PRIu64
               ", at %s ms%s\n",
               cut_cast_name(cast, process, name),
               cut_answer_number(end, "size"),
               end_time(trace, cast, process, time),
               json_is_true(json_object_get(end, "torn"))
                   ? ", in the middle of a record"
                   : "");
    }
}

static enum cut_error print_trace(const struct judging *judging, json_t *trace)
{
    struct cut_troupe troupe = {0};
    size_t i;
    json_t *snapshot;

    if (cut_troupe_keep(&troupe, trace) != CUT_OK)
        return out_of_memory(judging);
    json_array_foreach(json_object_get(trace, "snapshots"), i, snapshot)
    {
        print_name(snapshot);
        print_verdict(
            trace, &troupe.cast, json_object_get(snapshot, "verdict"));
    }
    print_ends(trace, &troupe.cast);
    cut_troupe_fini(&troupe);
    return CUT_OK;
}

static void print_count(uint64_t number, const char *what)
{
    if (number > 0)
        printf(", %" PRIu64 " %s", number, what);
}

static enum cut_error print_text(const struct judging *judging)
{
    uint64_t snapshots = judging->consistent + judging->wrong +
                         judging->aborted + judging->other;
    size_t i;
    json_t *trace;
    enum cut_error error = CUT_OK;

    json_array_foreach(judging->traces, i, trace)
    {
        if (error == CUT_OK)
            error = print_trace(judging, trace);
    }
    if (error != CUT_OK)
        return error;
    if (snapshots == 0) {
        puts("0 snapshots: none to judge");
        return CUT_OK;
    }
    printf("%" PRIu64 " %s: %" PRIu64 " consistent",
           snapshots,
           snapshots == 1 ? "snapshot" : "snapshots",
           judging->consistent);
    print_count(judging->wrong, "not consistent");
    print_count(judging->aborted, "aborted");
    print_count(judging->other, "not judged");
    putchar('\n');
    return CUT_OK;
}

/* A trace stands on a line of its own, or all is one line among others. */
static enum cut_error print_json(const struct judging *judging, bool is_line)
{
    const char *end = is_line ? "" : "\n";
    size_t i;
    json_t *trace;

    printf("{%s\"traces\":[", is_line ? "\"event\":\"judged\"," : "");
    json_array_foreach(judging->traces, i, trace)
    {
        printf("%s%s", i == 0 ? "" : ",", end);
        if (json_dumpf(trace, stdout, JSON_COMPACT) != 0 && !ferror(stdout))
            return out_of_memory(judging);
    }
    printf("%s],\"consistent\":%" PRIu64 ",\"wrong\":%" PRIu64
           ",\"aborted\":%" PRIu64 ",\"not_judged\":%" PRIu64 "}\n",
           end,
           judging->consistent,
           judging->wrong,
           judging->aborted,
           judging->other);
    return CUT_OK;
}

static enum cut_error judge(struct judging *judging, enum cut_judge_form form)
{
    judging->traces = json_array();
    if (judging->traces == NULL)
        return out_of_memory(judging);
    enum cut_error error = find_directory(judging);
    if (error == CUT_OK)
        error = judge_all(judging);
    if (error != CUT_OK)
        return error;
    return form == CUT_JUDGE_TEXT
               ? print_text(judging)
               : print_json(judging, form == CUT_JUDGE_JSON_LINE);
}

int cut_judge_directory(const struct cut_command *command,
                        const char *directory,
                        enum cut_judge_form form)
{
    struct judging judging = {.command = command, .given = directory};
    enum cut_error error = judge(&judging, form);

    json_decref(judging.traces);
    if (error != CUT_OK)
        return CUT_EXIT_ERROR;
    return judging.wrong == 0 && judging.consistent > 0 ? CUT_EXIT_SUCCESS
                                                        : CUT_EXIT_FAILURE;
}

int cut_command_judge(const struct cut_arguments *arguments)
{
    bool is_json = cut_arguments_flag(arguments, CUT_OPTION_JSON);

    return cut_judge_directory(cut_arguments_command(arguments),
                               cut_arguments_operand(arguments, 0),
                               is_json ? CUT_JUDGE_JSON : CUT_JUDGE_TEXT);
}
