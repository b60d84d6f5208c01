#include "main/request.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* What is quoted of a text that somebody typed. */
#define QUOTED_MAX 60

enum cut_error cut_refuse(struct cut_refusal *refusal,
                          const char *option,
                          const char *format,
                          ...)
{
    va_list list;

    snprintf(refusal->option, sizeof refusal->option, "%s", option);
    va_start(list, format);
    vsnprintf(refusal->what, sizeof refusal->what, format, list);
    va_end(list);
    return CUT_INVALID;
}

enum cut_error cut_refuse_memory(struct cut_refusal *refusal)
{
    (void)cut_refuse(refusal, "", "%s", cut_error_sentence(CUT_NOMEM));
    return CUT_NOMEM;
}

static enum cut_error refuse_text(struct cut_refusal *refusal,
                                  const char *option,
                                  const char *text,
                                  const char *expected)
{
    return cut_refuse(refusal,
                      option,
                      "bad value '%.*s' (expected %s)",
                      QUOTED_MAX,
                      text,
                      expected);
}

enum cut_error cut_request_time(const json_t *value,
                                const char *option,
                                cut_time *out,
                                struct cut_refusal *refusal)
{
    const char *text = json_string_value(value);
    struct cut_fault fault = {0};

    if (text == NULL)
        return cut_refuse(refusal, option, "not a text (expected a time)");
    if (cut_time_parse(text, out, &fault) != CUT_OK)
        return cut_refuse(refusal, option, "%s", fault.what);
    return CUT_OK;
}

/*
 * Read decimal digits, with a point among them or not, as a multiple of
 * 10^-places. Return what follows them, NULL where that is no such number, or
 * more than 100.
 */
static const char *
read_decimal(const char *text, unsigned places, uint64_t *out)
{
    uint64_t value = 0;
    unsigned digits = 0;
    bool has_point = false;
    unsigned after = 0;

    for (;; text++) {
        if (*text == '.' && !has_point) {
            has_point = true;
            continue;
        }
        if (*text < '0' || *text > '9')
            break;
        digits++;
        if (has_point && after == places) {
            if (*text != '0')
                return NULL;
            continue;
        }
        after += has_point;
        value = 10 * value + (uint64_t)(*text - '0');
        if (value > 100 * (uint64_t)CUT_SIM_ALWAYS)
            return NULL;
    }
    for (; after < places; after++)
        value *= 10;
    *out = value;
    return digits > 0 ? text : NULL;
}

enum cut_error cut_request_chance(const json_t *value,
                                  const char *option,
                                  uint32_t *out,
                                  struct cut_refusal *refusal)
{
    const char *text = json_string_value(value);
    uint64_t parts = 0;

    if (text == NULL)
        return cut_refuse(refusal, option, "not a text (expected a chance)");
    bool is_percent = strchr(text, '%') != NULL;
    const char *end = read_decimal(text, is_percent ? 7 : 9, &parts);
    if (end == NULL || strcmp(end, is_percent ? "%" : "") != 0 ||
        parts > CUT_SIM_ALWAYS)
        return refuse_text(refusal,
                           option,
                           text,
                           "a chance from 0 to 1, or from 0% to 100%, with at "
                           "most 9 decimals, or 7 of per cent");
    *out = (uint32_t)parts;
    return CUT_OK;
}

enum cut_error cut_request_number(const json_t *value,
                                  const char *option,
                                  int64_t least,
                                  int64_t most,
                                  int64_t *out,
                                  struct cut_refusal *refusal)
{
    json_int_t number = json_integer_value(value);
    char text[32];

    if (!json_is_integer(value) || number < least || number > most) {
        const char *typed = json_string_value(value);
        snprintf(text, sizeof text, "%" PRId64, (int64_t)number);
        return cut_refuse(refusal,
                          option,
                          "bad value '%.*s' (expected an integer, %" PRId64
                          " to %" PRId64 ")",
                          QUOTED_MAX,
                          typed != NULL            ? typed
                          : json_is_integer(value) ? text
                                                   : "",
                          least,
                          most);
    }
    *out = number;
    return CUT_OK;
}

enum cut_error cut_request_flag(const json_t *value,
                                const char *option,
                                bool *out,
                                struct cut_refusal *refusal)
{
    if (!json_is_boolean(value))
        return cut_refuse(
            refusal, option, "neither true nor false (expected one of them)");
    *out = json_is_true(value);
    return CUT_OK;
}

enum cut_error cut_request_word(const json_t *value,
                                const char *option,
                                const char *const *words,
                                unsigned *out,
                                struct cut_refusal *refusal)
{
    const char *text = json_string_value(value);
    char expected[256] = "";
    size_t used = 0;

    for (unsigned i = 0; words[i] != NULL; i++) {
        if (text != NULL && strcmp(words[i], text) == 0) {
            *out = i;
            return CUT_OK;
        }
        int size = snprintf(expected + used,
                            sizeof expected - used,
                            "%s%s",
                            i > 0 ? ", " : "",
                            words[i]);
        used += size > 0 ? (size_t)size : 0;
        used = used < sizeof expected ? used : sizeof expected - 1;
    }
    return refuse_text(refusal, option, text != NULL ? text : "", expected);
}

/* Find a process by its name, or else by its index. */
static uint32_t find_process(const struct cut_topology *topology,
                             const char *text)
{
    uint32_t process = cut_topology_find(topology, text, strlen(text));
    char *end;

    if (process != CUT_NONE || *text < '0' || *text > '9')
        return process;
    unsigned long index = strtoul(text, &end, 10);
    if (*end != '\0' || index >= cut_topology_process_count(topology))
        return CUT_NONE;
    return (uint32_t)index;
}

static enum cut_error read_moment(const char *text,
                                  const char *option,
                                  const struct cut_topology *topology,
                                  struct cut_moment *out,
                                  struct cut_refusal *refusal)
{
    const char *colon = strchr(text, ':');
    struct cut_fault fault = {0};
    char time[CUT_TIME_TEXT_SIZE];

    if (colon == NULL || (size_t)(colon - text) >= sizeof time)
        return refuse_text(
            refusal, option, text, "TIME:PROCESS, such as 10:p0 or 2s:3");
    snprintf(time, sizeof time, "%.*s", (int)(colon - text), text);
    if (cut_time_parse(time, &out->time, &fault) != CUT_OK)
        return cut_refuse(refusal, option, "%s", fault.what);
    out->process = find_process(topology, colon + 1);
    if (out->process == CUT_NONE)
        return cut_refuse(refusal,
                          option,
                          "unknown process '%.*s' (expected a name, or an "
                          "index from 0 to %" PRIu32 ")",
                          QUOTED_MAX,
                          colon + 1,
                          cut_topology_process_count(topology) - 1);
    return CUT_OK;
}

enum cut_error cut_request_moments(const json_t *value,
                                   const char *option,
                                   const struct cut_topology *topology,
                                   enum cut_sim_change change,
                                   struct cut_moments *out,
                                   struct cut_refusal *refusal)
{
    size_t count = json_array_size(value);
    enum cut_error error = CUT_OK;

    if (!json_is_array(value))
        return cut_refuse(refusal, option, "not an array (expected texts)");
    struct cut_moment *all =
        realloc(out->all, (out->count + count + 1) * sizeof *all);
    if (all == NULL)
        return cut_refuse_memory(refusal);
    out->all = all;
    for (size_t i = 0; i < count && error == CUT_OK; i++) {
        const char *text = json_string_value(json_array_get(value, i));
        struct cut_moment *moment = &all[out->count];
        moment->change = change;
        error = read_moment(
            text != NULL ? text : "", option, topology, moment, refusal);
        out->count += error == CUT_OK;
    }
    return error;
}
