/*
 * What the output is able to show.
 */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

/* The widest that anything is drawn for people, in columns. */
#define CUT_TERMINAL_WIDTH_MAX 100

/* What was asked for with --color. */
enum cut_color_choice {
    CUT_COLOR_AUTO,
    CUT_COLOR_ALWAYS,
    CUT_COLOR_NEVER,
};

struct cut_terminal {
    bool is_terminal; /* a person looks on: lines fold at the width */
    bool color;       /* SGR escape sequences are wanted */
    bool unicode;     /* UTF-8 is understood; else ASCII */
    unsigned width;   /* columns, 1 to CUT_TERMINAL_WIDTH_MAX */
};

/*
 * Find out what a stream is able to show.
 *
 *   ascii    keep to ASCII, whatever the locale.
 *
 * Colour, where the choice is left open, is for a terminal other than "dumb",
 * unless NO_COLOR is set (no-color.org). The locale must have been set with
 * setlocale(LC_ALL, "") for UTF-8 to be found.
 */
struct cut_terminal
cut_terminal_detect(FILE *stream, enum cut_color_choice choice, bool ascii);

#endif
