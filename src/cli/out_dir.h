/*
 * Snapshots as files of a directory: all of them appear, or none.
 */
#ifndef CLI_OUT_DIR_H
#define CLI_OUT_DIR_H

#include "option.h"

#include <cutline/snapshot.h>

struct cut_out_dir {
    const struct cut_command *command;
    const char *path;
    uint64_t count; /* of files that are written and wait for their names */
};

/*
 * Make the directory, if it is not there. Complains on standard error, as the
 * functions below.
 *
 * Errors:  CUT_IO.
 */
CUT_MUST_USE enum cut_error cut_out_dir_open(struct cut_out_dir *dir,
                                             const struct cut_command *command,
                                             const char *path);

/*
 * Write the next snapshot (0, 1, ...) to a file that has not its name yet.
 *
 * Errors:  CUT_IO; the directory is as it was before it was opened.
 */
CUT_MUST_USE enum cut_error
cut_out_dir_write(struct cut_out_dir *dir, const struct cut_snapshot *snapshot);

/*
 * Give the files their names, 0.snap, 1.snap, ...
 *
 * What had one of these names before is kept under another one until all are in
 * place. A note says so if the directory has more snapshots than this run.
 *
 * Errors:  CUT_IO; the directory is as it was before it was opened.
 */
CUT_MUST_USE enum cut_error cut_out_dir_finish(struct cut_out_dir *dir);

/* Remove the files that wait for their names, when they will get none. */
void cut_out_dir_abandon(struct cut_out_dir *dir);

#endif
