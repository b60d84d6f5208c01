/*
 * `cutline compare`: the same runs under each algorithm, and what came of
 * them. compare_run.c runs; compare_table.c, compare_picture.c and
 * compare_json.c report.
 */
#ifndef CLI_COMPARE_H
#define CLI_COMPARE_H

#include "child.h"
#include "progress.h"
#include "terminal.h"
#include "troupe.h"

/* The most algorithms. */
#define CUT_COMPARE_MAX 16

/* Costs, added up over the runs of an algorithm. */
struct cut_costs {
    uint64_t control_messages; /* markers and control frames */
    uint64_t control_bytes;
    uint64_t stamp_bytes; /* added to messages */
    uint64_t messages_recorded;
    uint64_t bytes_recorded;
    uint64_t stopped; /* ns that processes stood still */
};

/* An algorithm and what came of its runs. */
struct cut_row {
    const char *name;
    uint64_t runs;
    uint64_t consistent; /* runs of which all snapshots are */
    uint64_t wrong;      /* of which one is not */
    uint64_t incomplete; /* of which one does not end */
    uint64_t aborted;    /* of which one was given up */
    uint64_t failed;     /* in which the program failed: not in what follows */
    uint64_t snapshots;  /* that are complete, in all runs */
    uint64_t duration;   /* ns from begin to end of these, added up */
    struct cut_costs costs;
    /* What proves it wrong; NULL: nothing does. */
    json_t *proof; /* a snapshot */
    int64_t proof_seed;
    /* How the program failed first, and in which run; empty: it did not. */
    char failure[512];
    int64_t failure_seed;
    char refusal[512]; /* why it cannot be run here; empty: it can */
};

struct cut_comparison {
    const struct cut_arguments *arguments;
    const struct cut_command *command;
    struct cut_terminal terminal;
    struct cut_progress progress;
    struct cut_child *child;
    struct cut_troupe troupe;
    json_t *request; /* what all runs have in common */
    uint64_t run_count;
    int64_t seed; /* of the first run */
    size_t row_count;
    struct cut_row rows[CUT_COMPARE_MAX];
};

/*
 * Ask for the run of an algorithm with a seed.
 *
 *   more   members of the request besides; taken; NULL: out of memory.
 *
 * Errors:  CUT_NOMEM, CUT_IO.
 */
CUT_MUST_USE enum cut_error cut_compare_ask(struct cut_comparison *comparison,
                                            const char *algorithm,
                                            int64_t seed,
                                            json_t *more);

/*
 * Run all algorithms, and note in their rows what comes of it.
 *
 * Errors:  CUT_NOMEM, CUT_IO, CUT_INVALID the program could not be started
 *          again after it had died.
 */
CUT_MUST_USE enum cut_error cut_compare_run(struct cut_comparison *comparison);

/* Print the table, and below it how the program failed. */
void cut_compare_table(const struct cut_comparison *comparison, FILE *file);

/*
 * Tell and draw what proves a row wrong: it is run once more.
 *
 * Errors:  CUT_NOMEM, CUT_IO.
 */
CUT_MUST_USE enum cut_error
cut_compare_picture(struct cut_comparison *comparison,
                    const struct cut_row *row,
                    FILE *file);

/* Print all as JSON (docs/formats/compare-json.md). Errors: CUT_NOMEM. */
CUT_MUST_USE enum cut_error
cut_compare_json(const struct cut_comparison *comparison, FILE *file);

#endif
