#include <cutline/error.h>

#include <inttypes.h>
#include <stdio.h>

const char *cut_error_name(enum cut_error error)
{
    switch (error) {
#define CUT_ERROR_NAME(name, number, sentence)                                 \
    case CUT_##name:                                                           \
        return "CUT_" #name;
        CUT_ERRORS(CUT_ERROR_NAME)
#undef CUT_ERROR_NAME
    }
    return "CUT_?";
}

const char *cut_error_sentence(enum cut_error error)
{
    switch (error) {
#define CUT_ERROR_SENTENCE(name, number, sentence)                             \
    case CUT_##name:                                                           \
        return sentence;
        CUT_ERRORS(CUT_ERROR_SENTENCE)
#undef CUT_ERROR_SENTENCE
    }
    return "an unknown error";
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
