/*
 * Reading hosts files. A name goes onto the command line of a launcher, so it
 * has no character that a shell reads, and does not begin as an option does.
 */
#include <cutline/hosts.h>

#include "base/memory.h"
#include "base/reader.h"

#include <string.h>

/* A line that names a host. */
struct host {
    uint64_t end; /* of its slots, counted over all lines */
    char name[CUT_HOST_SIZE_MAX + 1];
};

struct cut_hosts {
    const struct cut_allocator *allocator;
    struct host *all;
    size_t count;
    size_t capacity;
};

static const char expected[] =
    "such as \"oslo\", \"oslo slots=4\" or \"oslo:4\"";

/* --- names --------------------------------------------------------------- */

static bool is_name_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || (c != '\0' && strchr("._-@%:", c) != NULL);
}

static enum cut_error
refuse_name(struct cut_reader *reader, struct cut_field name, const char *why)
{
    char quoted[CUT_QUOTE_SIZE];

    return cut_reader_fault(reader,
                            CUT_INVALID,
                            name.column,
                            "%s %s (expected a host, %s)",
                            cut_field_quote(name, quoted),
                            why,
                            expected);
}

static enum cut_error judge_name(struct cut_reader *reader,
                                 struct cut_field name)
{
    if (name.size == 0)
        return refuse_name(reader, name, "is empty");
    if (name.size > CUT_HOST_SIZE_MAX)
        return refuse_name(reader, name, "is too long");
    if (name.text[0] == '-')
        return refuse_name(reader, name, "begins with '-'");
    for (size_t i = 0; i < name.size; i++)
        if (!is_name_character(name.text[i]))
            return refuse_name(reader, name, "is no name of a host");
    return CUT_OK;
}

static struct cut_field part(struct cut_field field, size_t begin, size_t size)
{
    return (struct cut_field){
        .text = field.text + begin,
        .size = size,
        .column = field.column + begin,
    };
}

static const char *find(struct cut_field field, char c)
{
    return memchr(field.text, c, field.size);
}

/* Split "HOST", "HOST:N", "[V6]" and "[V6]:N"; a name with several colons is
 * an address of IPv6. Slots that are not there have no text. */
static enum cut_error split(struct cut_reader *reader,
                            struct cut_field field,
                            struct cut_field *name,
                            struct cut_field *slots)
{
    size_t begin = field.text[0] == '[';
    const char *end = find(field, begin > 0 ? ']' : ':');
    size_t colon;

    *name = field;
    *slots = (struct cut_field){.text = NULL};
    if (begin > 0 && end == NULL)
        return refuse_name(reader, field, "has no ']'");
    if (end == NULL)
        return CUT_OK;
    colon = (size_t)(end - field.text) + begin;
    if (begin == 0 &&
        find(part(field, colon + 1, field.size - colon - 1), ':') != NULL)
        return CUT_OK;
    *name = part(field, begin, (size_t)(end - field.text) - begin);
    if (colon == field.size)
        return CUT_OK;
    if (field.text[colon] != ':')
        return refuse_name(reader, field, "goes on after ']'");
    *slots = part(field, colon + 1, field.size - colon - 1);
    return CUT_OK;
}

/* --- lines --------------------------------------------------------------- */

static enum cut_error append(struct cut_hosts *hosts,
                             struct cut_reader *reader,
                             struct cut_field name,
                             uint64_t slots)
{
    uint64_t before = hosts->count > 0 ? hosts->all[hosts->count - 1].end : 0;
    struct host *all = cut_grow(hosts->allocator,
                                hosts->all,
                                &hosts->capacity,
                                hosts->count + 1,
                                sizeof *all);

    if (all == NULL)
        return cut_reader_no_memory(reader);
    hosts->all = all;
    struct host *host = &all[hosts->count++];
    host->end = before + slots;
    memcpy(host->name, name.text, name.size);
    host->name[name.size] = '\0';
    return CUT_OK;
}

/* Take "slots=N", if there is such a field. */
static enum cut_error take_slots(struct cut_reader *reader,
                                 struct cut_line *line,
                                 struct cut_field *slots)
{
    static const char key[] = "slots=";
    const size_t size = sizeof key - 1;
    char quoted[CUT_QUOTE_SIZE];
    struct cut_field field;

    if (!cut_line_field(line, &field) || field.text[0] == '#') {
        line->at = line->size;
        return CUT_OK;
    }
    if (slots->text != NULL || field.size < size ||
        memcmp(field.text, key, size) != 0)
        return cut_reader_fault(reader,
                                CUT_INVALID,
                                field.column,
                                "%s does not belong here (expected a line %s)",
                                cut_field_quote(field, quoted),
                                expected);
    *slots = part(field, size, field.size - size);
    return CUT_OK;
}

static enum cut_error end_line(struct cut_reader *reader, struct cut_line *line)
{
    struct cut_line rest = *line;
    struct cut_field field;

    if (cut_line_field(&rest, &field) && field.text[0] == '#')
        return CUT_OK;
    return cut_reader_end_of_line(reader, line, "HOST slots=N");
}

static enum cut_error take_line(struct cut_hosts *hosts,
                                struct cut_reader *reader,
                                struct cut_line *line)
{
    struct cut_field field;
    struct cut_field name;
    struct cut_field slots;
    uint64_t number = 1;

    if (!cut_line_field(line, &field) || field.text[0] == '#')
        return CUT_OK;
    if (hosts->count == CUT_HOST_COUNT_MAX)
        return cut_reader_fault(reader,
                                CUT_INVALID,
                                field.column,
                                "one host too many (expected at most %d)",
                                CUT_HOST_COUNT_MAX);
    enum cut_error error = split(reader, field, &name, &slots);
    if (error == CUT_OK)
        error = judge_name(reader, name);
    if (error == CUT_OK)
        error = take_slots(reader, line, &slots);
    if (error == CUT_OK && slots.text != NULL)
        error = cut_reader_number(
            reader, slots, "number of slots", 1, CUT_HOST_SLOTS_MAX, &number);
    if (error == CUT_OK)
        error = end_line(reader, line);
    return error == CUT_OK ? append(hosts, reader, name, number) : error;
}

static enum cut_error take_lines(struct cut_hosts *hosts,
                                 struct cut_reader *reader)
{
    struct cut_line line = {.text = NULL};
    enum cut_error error;

    for (;;) {
        error = cut_reader_line(reader, &line);
        if (error != CUT_OK || line.text == NULL)
            break;
        error = take_line(hosts, reader, &line);
        if (error != CUT_OK)
            break;
    }
    if (error == CUT_OK && hosts->count == 0)
        error = cut_reader_fault(reader,
                                 CUT_INVALID,
                                 1,
                                 "the file ends here and names no host "
                                 "(expected a line %s)",
                                 expected);
    return error;
}

enum cut_error cut_hosts_read(FILE *file,
                              const char *path,
                              const struct cut_allocator *allocator,
                              struct cut_hosts **out,
                              struct cut_fault *fault)
{
    struct cut_reader *reader;
    enum cut_error error;

    allocator = cut_allocator_or_standard(allocator);
    error = cut_reader_create(file, path, fault, allocator, &reader);
    if (error != CUT_OK)
        return error;
    struct cut_hosts *hosts = cut_allocate_zeroed(allocator, 1, sizeof *hosts);
    if (hosts == NULL) {
        error = cut_reader_no_memory(reader);
    } else {
        hosts->allocator = allocator;
        error = take_lines(hosts, reader);
    }
    cut_reader_destroy(reader);
    if (error == CUT_OK)
        *out = hosts;
    else
        cut_hosts_destroy(hosts);
    return error;
}

void cut_hosts_destroy(struct cut_hosts *hosts)
{
    if (hosts == NULL)
        return;
    cut_release(
        hosts->allocator, hosts->all, hosts->capacity, sizeof *hosts->all);
    cut_release(hosts->allocator, hosts, 1, sizeof *hosts);
}

/* --- who is where -------------------------------------------------------- */

uint64_t cut_hosts_slot_count(const struct cut_hosts *hosts)
{
    return hosts->all[hosts->count - 1].end;
}

const char *cut_hosts_at(const struct cut_hosts *hosts, uint32_t process)
{
    uint64_t slots = cut_hosts_slot_count(hosts);
    size_t low = 0;
    size_t high = hosts->count - 1;

    if (process >= slots)
        return hosts->all[(process - slots) % hosts->count].name;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (process < hosts->all[middle].end)
            high = middle;
        else
            low = middle + 1;
    }
    return hosts->all[low].name;
}

bool cut_host_is_local(const char *host)
{
    return strcmp(host, "localhost") == 0;
}
