/*
 * Times and delays as text.
 */
#include <cutline/delay.h>

#include "base/fault.h"
#include "base/reader.h"

#include <inttypes.h>
#include <string.h>

static const struct {
    const char *word;
    unsigned digits; /* behind the point, down to a nanosecond */
} units[] = {{"s", 9}, {"ms", 6}, {"us", 3}, {"ns", 0}};

#define UNIT_COUNT (sizeof units / sizeof units[0])
#define DIGITS_MAX 9

static const uint64_t powers_of_ten[DIGITS_MAX + 1] = {
    1,
    10,
    100,
    1000,
    10000,
    100000,
    1000000,
    10000000,
    100000000,
    1000000000,
};

#define FORM_OF_TIME                                                           \
    "a number with ns, us, ms or s, like 1.5ms, or a whole number of ticks"

/* Say what is wrong with a part of a text. */
static enum cut_error refuse(const char *text,
                             size_t size,
                             const char *wrong,
                             struct cut_fault *fault)
{
    char quoted[CUT_QUOTE_SIZE];
    struct cut_field field = {.text = text, .size = size};

    return cut_fault_fill(
        fault, CUT_INVALID, "%s %s", cut_field_quote(field, quoted), wrong);
}

/* A decimal number, as it is written. */
struct decimal {
    size_t size;     /* of all of it; 0: there is none */
    size_t whole;    /* digits before the point */
    size_t fraction; /* digits behind it, without zeros at the end */
};

static size_t count_digits(const char *text, size_t size)
{
    size_t count = 0;

    while (count < size && text[count] >= '0' && text[count] <= '9')
        count++;
    return count;
}

static struct decimal scan(const char *text, size_t size)
{
    struct decimal decimal = {.whole = count_digits(text, size)};

    decimal.size = decimal.whole;
    if (decimal.whole == 0 || decimal.size == size || text[decimal.size] != '.')
        return decimal;
    const char *fraction = text + decimal.size + 1;
    decimal.fraction = count_digits(fraction, size - decimal.size - 1);
    if (decimal.fraction == 0)
        return (struct decimal){0};
    decimal.size += 1 + decimal.fraction;
    while (decimal.fraction > 0 && fraction[decimal.fraction - 1] == '0')
        decimal.fraction--;
    return decimal;
}

/*
 * Take a decimal number times 10^digits, which must be whole.
 *
 * Returns false: it is above CUT_TIME_MAX.
 */
static bool evaluate(const char *text,
                     struct decimal decimal,
                     unsigned digits,
                     uint64_t *out)
{
    uint64_t number = 0;
    bool fits = true;

    for (size_t i = 0; i < decimal.whole + decimal.fraction && fits; i++) {
        char digit = text[i < decimal.whole ? i : i + 1];
        fits =
            !__builtin_mul_overflow(number, 10, &number) &&
            !__builtin_add_overflow(number, (unsigned)(digit - '0'), &number);
    }
    uint64_t factor = powers_of_ten[digits - decimal.fraction];
    fits = fits && !__builtin_mul_overflow(number, factor, &number) &&
           number <= CUT_TIME_MAX;
    if (fits)
        *out = number;
    return fits;
}

/* Find the unit; ticks are milliseconds of which there are no parts. */
static bool
find_unit(const char *word, size_t size, bool has_point, unsigned *digits)
{
    *digits = 6;
    if (size == 0)
        return !has_point;
    for (size_t i = 0; i < UNIT_COUNT; i++)
        if (strlen(units[i].word) == size &&
            memcmp(units[i].word, word, size) == 0) {
            *digits = units[i].digits;
            return true;
        }
    return false;
}

static enum cut_error parse_time(const char *text,
                                 size_t size,
                                 uint64_t *out,
                                 struct cut_fault *fault)
{
    struct decimal decimal = scan(text, size);
    unsigned digits;

    if (decimal.size == 0 || !find_unit(text + decimal.size,
                                        size - decimal.size,
                                        decimal.size > decimal.whole,
                                        &digits))
        return refuse(
            text, size, "is not a time (expected " FORM_OF_TIME ")", fault);
    if (decimal.fraction > digits)
        return refuse(text,
                      size,
                      "has parts of a nanosecond (expected a whole number of "
                      "nanoseconds)",
                      fault);
    if (!evaluate(text, decimal, digits, out))
        return refuse(text,
                      size,
                      "is too long (expected at most 4611686018s, 146 years)",
                      fault);
    return CUT_OK;
}

enum cut_error
cut_time_parse(const char *text, uint64_t *out, struct cut_fault *fault)
{
    return parse_time(text, strlen(text), out, fault);
}

const char *cut_time_format(uint64_t time_ns, char out[CUT_TIME_TEXT_SIZE])
{
    size_t i = 0;

    while (time_ns > 0 && time_ns < powers_of_ten[units[i].digits])
        i++;
    unsigned digits = units[i].digits;
    uint64_t whole = time_ns / powers_of_ten[digits];
    uint64_t fraction = time_ns % powers_of_ten[digits];
    if (fraction == 0) {
        snprintf(
            out, CUT_TIME_TEXT_SIZE, "%" PRIu64 "%s", whole, units[i].word);
        return out;
    }
    for (; fraction % 10 == 0; fraction /= 10)
        digits--;
    snprintf(out,
             CUT_TIME_TEXT_SIZE,
             "%" PRIu64 ".%0*" PRIu64 "%s",
             whole,
             (int)digits,
             fraction,
             units[i].word);
    return out;
}

/* What stands behind the colon of a delay, of `size` bytes. */
struct arguments {
    const char *text;
    size_t size;
    struct cut_fault *fault;
};

static enum cut_error parse_one(struct arguments arguments,
                                struct cut_delay *delay)
{
    return parse_time(
        arguments.text, arguments.size, &delay->a, arguments.fault);
}

static enum cut_error parse_uniform(struct arguments arguments,
                                    struct cut_delay *delay)
{
    static const char form[] =
        "is no range (expected uniform:A-B with A at most B)";
    const char *text = arguments.text;
    const char *dash = memchr(text, '-', arguments.size);

    if (dash == NULL)
        return refuse(text, arguments.size, form, arguments.fault);
    size_t size = (size_t)(dash - text);
    enum cut_error error = parse_time(text, size, &delay->a, arguments.fault);
    if (error == CUT_OK)
        error = parse_time(
            dash + 1, arguments.size - size - 1, &delay->b, arguments.fault);
    if (error == CUT_OK && delay->a > delay->b)
        error = refuse(text, arguments.size, form, arguments.fault);
    return error;
}

static enum cut_error
parse_alpha(const char *text, uint64_t *out, struct cut_fault *fault)
{
    size_t size = strlen(text);
    struct decimal decimal = scan(text, size);
    uint64_t alpha;

    if (decimal.size == 0 || decimal.size < size || decimal.fraction > 6 ||
        !evaluate(text, decimal, 6, &alpha) || alpha == 0 ||
        alpha > CUT_DELAY_ALPHA_MAX)
        return refuse(text,
                      size,
                      "is not an ALPHA (expected a number like 1.5 from "
                      "0.000001 to 1000000, of at most six decimals)",
                      fault);
    *out = alpha;
    return CUT_OK;
}

static enum cut_error parse_pareto(struct arguments arguments,
                                   struct cut_delay *delay)
{
    const char *text = arguments.text;
    const char *colon = memchr(text, ':', arguments.size);

    if (colon == NULL)
        return refuse(text,
                      arguments.size,
                      "lacks an ALPHA (expected pareto:MIN:ALPHA, like "
                      "pareto:1ms:1.5)",
                      arguments.fault);
    enum cut_error error =
        parse_time(text, (size_t)(colon - text), &delay->a, arguments.fault);
    if (error == CUT_OK)
        error = parse_alpha(colon + 1, &delay->b, arguments.fault);
    return error;
}

static const struct {
    const char *prefix;
    enum cut_error (*parse)(struct arguments arguments,
                            struct cut_delay *delay);
} kinds[] = {
    [CUT_DELAY_CONSTANT] = {"constant:", parse_one},
    [CUT_DELAY_UNIFORM] = {"uniform:", parse_uniform},
    [CUT_DELAY_EXPONENTIAL] = {"exponential:", parse_one},
    [CUT_DELAY_PARETO] = {"pareto:", parse_pareto},
};

#define KIND_COUNT (sizeof kinds / sizeof kinds[0])

enum cut_error cut_delay_parse(const char *text,
                               struct cut_delay *out,
                               struct cut_fault *fault)
{
    for (size_t i = 0; i < KIND_COUNT; i++) {
        size_t size = strlen(kinds[i].prefix);
        if (strncmp(text, kinds[i].prefix, size) != 0)
            continue;
        struct arguments arguments = {text + size, strlen(text + size), fault};
        struct cut_delay delay = {.kind = (enum cut_delay_kind)i};
        enum cut_error error = kinds[i].parse(arguments, &delay);
        if (error == CUT_OK)
            *out = delay;
        return error;
    }
    return refuse(text,
                  strlen(text),
                  "is not a delay (expected constant:T, uniform:A-B, "
                  "exponential:MEAN or pareto:MIN:ALPHA)",
                  fault);
}
