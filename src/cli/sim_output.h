/*
 * The options of `cutline sim` that say how it answers, of a script and of a
 * PROGRAM alike.
 */
#ifndef CLI_SIM_OUTPUT_H
#define CLI_SIM_OUTPUT_H

#include "diagram.h"
#include "option.h"

/* Return what standard output shows, by --color and --ascii. */
struct cut_terminal cut_sim_terminal(const struct cut_arguments *arguments);

/*
 * Check what is asked for in two options. Complains on standard error.
 *
 * Errors:  CUT_INVALID they do not go together.
 */
CUT_MUST_USE enum cut_error
cut_sim_check_output(const struct cut_arguments *arguments);

/*
 * Make the diagram of a run, with the columns of --columns. Complains on
 * standard error.
 *
 * Errors:  CUT_INVALID no such columns; CUT_NOMEM.
 */
CUT_MUST_USE enum cut_error
cut_columns_diagram(const struct cut_arguments *arguments,
                    const struct cut_cast *cast,
                    const struct cut_terminal *terminal,
                    struct cut_diagram **out);

#endif
