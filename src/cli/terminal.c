#include "terminal.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static bool has_color(bool is_terminal, enum cut_color_choice choice)
{
    if (choice != CUT_COLOR_AUTO)
        return choice == CUT_COLOR_ALWAYS;
    const char *no_color = getenv("NO_COLOR");
    if (!is_terminal || (no_color != NULL && no_color[0] != '\0'))
        return false;
    const char *name = getenv("TERM");
    return name != NULL && strcmp(name, "dumb") != 0;
}

/* Return the columns that the environment claims, 0 where it does not. */
static unsigned long environment_columns(void)
{
    const char *text = getenv("COLUMNS");
    if (text == NULL || text[0] < '0' || text[0] > '9')
        return 0;
    char *end = NULL;
    unsigned long columns = strtoul(text, &end, 10);
    return *end == '\0' ? columns : 0;
}

static unsigned find_width(int descriptor, bool is_terminal)
{
    unsigned long columns = 0;
    if (is_terminal) {
        struct winsize size;
        if (ioctl(descriptor, TIOCGWINSZ, &size) == 0)
            columns = size.ws_col;
        if (columns == 0)
            columns = environment_columns();
    }
    if (columns == 0 || columns > CUT_TERMINAL_WIDTH_MAX)
        return CUT_TERMINAL_WIDTH_MAX;
    return (unsigned)columns;
}

struct cut_terminal
cut_terminal_detect(FILE *stream, enum cut_color_choice choice, bool ascii)
{
    int descriptor = fileno(stream);
    bool is_terminal = descriptor >= 0 && isatty(descriptor) == 1;
    struct cut_terminal terminal = {
        .is_terminal = is_terminal,
        .color = has_color(is_terminal, choice),
        .unicode = !ascii && strcmp(nl_langinfo(CODESET), "UTF-8") == 0,
        .width = find_width(descriptor, is_terminal),
    };
    return terminal;
}
