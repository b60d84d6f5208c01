/*
 * `cutline sim PROGRAM`: run it, watch it, report.
 */
#ifndef CLI_SIM_PROGRAM_H
#define CLI_SIM_PROGRAM_H

#include "option.h"

/* Return the exit status. */
int cut_sim_program(const struct cut_arguments *arguments);

#endif
