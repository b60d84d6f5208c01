/*
 * Manual pages, as source for scdoc(1).
 */
#ifndef CLI_MANUAL_H
#define CLI_MANUAL_H

#include "option.h"

/* Write the page of a command; of cut_program, with a list of commands. */
void cut_manual_write(const struct cut_command *command, FILE *file);

#endif
