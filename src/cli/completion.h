/*
 * Scripts that complete command lines of cutline in a shell.
 */
#ifndef CLI_COMPLETION_H
#define CLI_COMPLETION_H

#include <stdio.h>

/* Write the script for bash; it needs nothing but bash 4.4. */
void cut_completion_write_bash(FILE *file);

/*
 * Write the script for zsh: to be installed as _cutline in a directory of
 * $fpath, or to be sourced.
 */
void cut_completion_write_zsh(FILE *file);

#endif
