/*
 * The JSON form of what `cutline sim` says (docs/formats/sim-json.md). The
 * document is written piece by piece: what was said of one snapshot is
 * forgotten before the next.
 */
#ifndef CLI_SIM_JSON_H
#define CLI_SIM_JSON_H

#include <cutline/sim.h>

struct cut_sim_json {
    FILE *file;
    const struct cut_topology *topology;
    bool has_log;
    bool is_first; /* the next element is the first of its array */
    enum cut_error error;
};

/* Begin the document, and its log if it is to have one. */
void cut_sim_json_begin(struct cut_sim_json *json,
                        FILE *file,
                        const struct cut_topology *topology,
                        int64_t seed,
                        bool has_log);

/* Write an event into the log: the function of a struct cut_sim_observer. */
void cut_sim_json_observe(void *context, const struct cut_sim_event *event);

/* End the log and begin the snapshots. */
void cut_sim_json_begin_snapshots(struct cut_sim_json *json);

/* What the checks say of a snapshot. */
struct cut_sim_verdict {
    bool is_conserved;
    bool is_expected;          /* or nothing was expected of it */
    const char *expected_path; /* what it was compared with; NULL: nothing */
};

void cut_sim_json_snapshot(struct cut_sim_json *json,
                           const struct cut_snapshot *snapshot,
                           const struct cut_sim_verdict *verdict);

/*
 * End the document with the totals.
 *
 * Errors: CUT_NOMEM, here or before. Write errors stay with the file.
 */
CUT_MUST_USE enum cut_error cut_sim_json_end(struct cut_sim_json *json,
                                             const struct cut_sim *sim);

#endif
