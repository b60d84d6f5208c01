/*
 * Expected snapshots: the `.snap` files of --expect, each compared with the
 * snapshot of its number.
 */
#ifndef CLI_EXPECT_H
#define CLI_EXPECT_H

#include "option.h"

#include <cutline/snapshot.h>

struct cut_expectations;

/*
 * Read the files of --expect. Complains on standard error.
 *
 * Errors:  CUT_INVALID, CUT_LIMIT, CUT_IO, CUT_NOMEM: nothing is left.
 */
CUT_MUST_USE enum cut_error
cut_expectations_read(const struct cut_arguments *arguments,
                      const struct cut_topology *topology,
                      struct cut_expectations **out);

/* Destroy expectations; NULL is ignored. */
void cut_expectations_destroy(struct cut_expectations *expectations);

/*
 * Compare a snapshot with the expected one of its number, if there is one,
 * and write the difference to a stream. Return whether it is as expected.
 *
 *   path   the expected one's file; NULL where there is none, and then every
 *          snapshot is as expected.
 */
bool cut_expectations_check(struct cut_expectations *expectations,
                            const struct cut_snapshot *snapshot,
                            FILE *errors,
                            const char **path);

/*
 * Name the expected snapshots that were not checked. Return whether there are
 * none. If there are snapshots that were not expected, a note says how many.
 */
bool cut_expectations_finish(const struct cut_expectations *expectations,
                             uint64_t snapshot_count,
                             FILE *errors);

#endif
