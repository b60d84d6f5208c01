/*
 * The options of a run, as a request to the PROGRAM: what they mean, and
 * whether they are right, is known there.
 */
#ifndef CLI_RUN_OPTIONS_H
#define CLI_RUN_OPTIONS_H

#include "option.h"

#include <jansson.h>

/* Return whether an option is one of a PROGRAM's run. */
bool cut_run_option(int id);

/*
 * Make a request of what was typed: the options, and what follows PROGRAM.
 *
 *   out      the caller's; members may be set.
 *
 * Errors:  CUT_INVALID something is not UTF-8, which was said; CUT_NOMEM.
 */
CUT_MUST_USE enum cut_error
cut_run_request(const struct cut_arguments *arguments, json_t **out);

/* Say why a request was refused: the value of an answer "error". */
void cut_run_refused(const struct cut_command *command, const json_t *value);

/*
 * Return the argv of the PROGRAM that is to be run: the operands; or, where
 * there are none, this command itself, which is the token process then.
 */
char *const *cut_run_program(const struct cut_arguments *arguments);

/* Return its name, for messages. */
const char *cut_run_program_name(const struct cut_arguments *arguments);

#endif
