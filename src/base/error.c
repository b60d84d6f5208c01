#include <cutline/error.h>

#include <inttypes.h>
#include <stdio.h>

/* The table of errors, by number. */
static const struct {
    const char *name;
    const char *sentence;
} errors[] = {
#define CUT_ERROR_ROW(name, number, sentence)                                  \
    [number] = {"CUT_" #name, sentence},
    CUT_ERRORS(CUT_ERROR_ROW)
#undef CUT_ERROR_ROW
};

#define ERROR_COUNT (sizeof errors / sizeof errors[0])

const char *cut_error_name(enum cut_error error)
{
    return (unsigned)error < ERROR_COUNT ? errors[error].name : "CUT_?";
}

const char *cut_error_sentence(enum cut_error error)
{
    return (unsigned)error < ERROR_COUNT ? errors[error].sentence
                                         : "an unknown error";
}

size_t cut_fault_format(const struct cut_fault *fault, char *out, size_t size)
{
    char place[64] = "";
    const char *path = fault->path != NULL ? fault->path : "";

    if (fault->line != 0 && fault->column != 0)
        snprintf(place,
                 sizeof place,
                 ":%" PRIu64 ":%" PRIu64,
                 fault->line,
                 fault->column);
    else if (fault->line != 0)
        snprintf(place, sizeof place, ":%" PRIu64, fault->line);
    int length = snprintf(out,
                          size,
                          "%s%s%s%s",
                          path,
                          place,
                          *path != '\0' ? ": " : "",
                          fault->what);
    return length < 0 ? 0 : (size_t)length;
}
