#include "analyze/segments.h"

#include "base/fault.h"
#include "base/memory.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define NONE UINT32_MAX

/* --- saying what is wrong ------------------------------------------------ */

enum cut_error cut_segments_place(const struct cut_segments *segments,
                                  uint32_t process,
                                  enum cut_error error,
                                  struct cut_fault *fault)
{
    char name[CUT_SEGMENT_NAME_SIZE];
    char what[sizeof fault->what];

    if (fault == NULL)
        return error;
    memcpy(what, fault->what, sizeof what);
    cut_segment_name(process, segments->incarnation, name);
    int system_error = fault->system_error;
    cut_fault_fill(fault, error, "%s: %s", name, what);
    fault->system_error = system_error;
    fault->path = segments->directory;
    return error;
}

enum cut_error cut_segments_refuse(const struct cut_segments *segments,
                                   uint32_t process,
                                   struct cut_fault *fault,
                                   const char *format,
                                   ...)
{
    va_list arguments;

    if (fault == NULL)
        return CUT_INVALID;
    *fault = (struct cut_fault){.code = CUT_INVALID};
    va_start(arguments, format);
    vsnprintf(fault->what, sizeof fault->what, format, arguments);
    va_end(arguments);
    return cut_segments_place(segments, process, CUT_INVALID, fault);
}

static enum cut_error fill_directory(const struct cut_segments *segments,
                                     enum cut_error error,
                                     struct cut_fault *fault,
                                     const char *what,
                                     int system_error)
{
    cut_fault_fill(fault,
                   error,
                   "%s%s%s",
                   what,
                   system_error != 0 ? ": " : "",
                   system_error != 0 ? strerrordesc_np(system_error) : "");
    if (fault != NULL) {
        fault->path = segments->directory;
        fault->system_error = system_error;
    }
    return error;
}

static enum cut_error out_of_memory(const struct cut_segments *segments,
                                    struct cut_fault *fault)
{
    return fill_directory(
        segments, CUT_NOMEM, fault, cut_error_sentence(CUT_NOMEM), 0);
}

/* --- the directory ------------------------------------------------------- */

/* The processes that have a segment of the incarnation. */
struct listing {
    uint32_t *processes;
    size_t count;
    size_t capacity;
};

/* Read a number as cut_segment_name writes it; return what follows, NULL: there
 * is none. */
static const char *read_number(const char *text, uint32_t *out)
{
    uint64_t value = 0;
    const char *at = text;

    for (; *at >= '0' && *at <= '9' && value <= UINT32_MAX; at++)
        value = 10 * value + (uint64_t)(*at - '0');
    if (at == text || value > UINT32_MAX || (*text == '0' && at > text + 1))
        return NULL;
    *out = (uint32_t)value;
    return at;
}

static bool
is_segment(const char *name, uint32_t *process, uint32_t *incarnation)
{
    if (*name != 'p')
        return false;
    name = read_number(name + 1, process);
    if (name == NULL || *name != '.')
        return false;
    name = read_number(name + 1, incarnation);
    return name != NULL && strcmp(name, ".trace") == 0;
}

/* A segment of an earlier incarnation than those that were found so far: it is
 * the one that is looked for. */
static enum cut_error note_segment(struct cut_segments *segments,
                                   struct listing *listing,
                                   uint32_t process,
                                   uint32_t incarnation)
{
    if (listing->count > 0 && incarnation > segments->incarnation) {
        segments->is_last = false;
        return CUT_OK;
    }
    if (listing->count > 0 && incarnation < segments->incarnation) {
        segments->is_last = false;
        listing->count = 0;
    }
    segments->incarnation = incarnation;
    uint32_t *grown = cut_grow(segments->allocator,
                               listing->processes,
                               &listing->capacity,
                               listing->count + 1,
                               sizeof *grown);
    if (grown == NULL)
        return CUT_NOMEM;
    listing->processes = grown;
    grown[listing->count++] = process;
    return CUT_OK;
}

static enum cut_error list_open(struct cut_segments *segments,
                                uint32_t incarnation_min,
                                struct listing *listing,
                                DIR *directory,
                                struct cut_fault *fault)
{
    const struct dirent *entry;
    uint32_t process;
    uint32_t incarnation;

    while (errno = 0, (entry = readdir(directory)) != NULL)
        if (is_segment(entry->d_name, &process, &incarnation) &&
            incarnation >= incarnation_min &&
            note_segment(segments, listing, process, incarnation) != CUT_OK)
            return out_of_memory(segments, fault);
    if (errno != 0)
        return fill_directory(segments, CUT_IO, fault, "cannot read", errno);
    if (listing->count == 0)
        return fill_directory(segments,
                              CUT_INVALID,
                              fault,
                              "there is no trace (expected files "
                              "p0.0.trace, p1.0.trace, ...)",
                              0);
    return CUT_OK;
}

static int compare_numbers(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left;
    uint32_t b = *(const uint32_t *)right;

    return (a > b) - (a < b);
}

static enum cut_error list(struct cut_segments *segments,
                           uint32_t incarnation_min,
                           struct listing *listing,
                           struct cut_fault *fault)
{
    DIR *directory = opendir(segments->directory);

    if (directory == NULL)
        return fill_directory(segments, CUT_IO, fault, "cannot open", errno);
    enum cut_error error =
        list_open(segments, incarnation_min, listing, directory, fault);
    closedir(directory);
    if (error == CUT_OK)
        qsort(listing->processes,
              listing->count,
              sizeof *listing->processes,
              compare_numbers);
    return error;
}

/* --- reading them -------------------------------------------------------- */

static enum cut_error open_segment(struct cut_segments *segments,
                                   uint32_t process,
                                   struct cut_trace_reader **out,
                                   struct cut_fault *fault)
{
    char path[PATH_MAX];
    char name[CUT_SEGMENT_NAME_SIZE];

    cut_segment_name(process, segments->incarnation, name);
    int size = snprintf(path, sizeof path, "%s/%s", segments->directory, name);
    if (size < 0 || (size_t)size >= sizeof path)
        return fill_directory(
            segments, CUT_IO, fault, "cannot open", ENAMETOOLONG);
    enum cut_error error =
        cut_trace_reader_open(path, segments->allocator, out, fault);
    return error == CUT_OK
               ? CUT_OK
               : cut_segments_place(segments, process, error, fault);
}

static bool are_texts_equal(const char *const *left,
                            const char *const *right,
                            uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(left[i], right[i]) != 0)
            return false;
    return true;
}

/* Compare a segment with the first one, and with its own name. */
static enum cut_error check_head(const struct cut_segments *segments,
                                 uint32_t process,
                                 struct cut_fault *fault)
{
    const struct cut_segment_head *head = segments->segments[process].head;
    const struct cut_segment_head *first = segments->segments[0].head;

    if (head->process != process || head->incarnation != segments->incarnation)
        return cut_segments_refuse(segments,
                                   process,
                                   fault,
                                   "it is of process %" PRIu32
                                   " in incarnation %" PRIu32
                                   " (expected those of its name)",
                                   head->process,
                                   head->incarnation);
    if (memcmp(head->run_id, first->run_id, sizeof head->run_id) != 0)
        return cut_segments_refuse(segments,
                                   process,
                                   fault,
                                   "it is of another run than that of process "
                                   "0 (expected the same run id)");
    if (head->process_count != first->process_count)
        return cut_segments_refuse(segments,
                                   process,
                                   fault,
                                   "a run of %" PRIu32
                                   " processes (expected %" PRIu32
                                   ", as process 0 says)",
                                   head->process_count,
                                   first->process_count);
    if (strcmp(head->algorithm, first->algorithm) != 0 ||
        head->type_count != first->type_count ||
        !are_texts_equal(head->types, first->types, head->type_count))
        return cut_segments_refuse(segments,
                                   process,
                                   fault,
                                   "another algorithm, or other types of "
                                   "messages, than those of process 0 "
                                   "(expected the same)");
    return CUT_OK;
}

/* Every process has one segment: the numbers of those that are there are 0, 1,
 * ... up to the count that the first of them says. */
static enum cut_error check_listing(const struct cut_segments *segments,
                                    const struct listing *listing,
                                    uint32_t process_count,
                                    struct cut_fault *fault)
{
    uint32_t i = 0;

    while (i < listing->count && i < process_count &&
           listing->processes[i] == i)
        i++;
    if (i == process_count && listing->count == process_count)
        return CUT_OK;
    if (i < process_count)
        return cut_segments_refuse(segments,
                                   i,
                                   fault,
                                   "the segment is missing (expected one of "
                                   "each of %" PRIu32 " processes)",
                                   process_count);
    return cut_segments_refuse(segments,
                               listing->processes[i],
                               fault,
                               "a segment too many (expected those of %" PRIu32
                               " processes)",
                               process_count);
}

static enum cut_error make_segments(struct cut_segments *segments,
                                    const struct listing *listing,
                                    struct cut_fault *fault)
{
    struct cut_trace_reader *first;
    enum cut_error error =
        open_segment(segments, listing->processes[0], &first, fault);

    if (error != CUT_OK)
        return error;
    uint32_t count = cut_trace_reader_head(first)->process_count;
    cut_trace_reader_destroy(first);
    error = check_listing(segments, listing, count, fault);
    if (error != CUT_OK)
        return error;
    segments->segments = cut_allocate_zeroed(
        segments->allocator, count, sizeof *segments->segments);
    if (segments->segments == NULL)
        return out_of_memory(segments, fault);
    segments->count = count;
    return CUT_OK;
}

static enum cut_error read_segments(struct cut_segments *segments,
                                    struct cut_fault *fault)
{
    enum cut_error error = CUT_OK;

    for (uint32_t p = 0; p < segments->count && error == CUT_OK; p++) {
        struct cut_segment *segment = &segments->segments[p];
        error = open_segment(segments, p, &segment->reader, fault);
        if (error == CUT_OK) {
            segment->head = cut_trace_reader_head(segment->reader);
            error = check_head(segments, p, fault);
        }
    }
    return error;
}

/* --- channels ------------------------------------------------------------ */

static enum cut_error count_links(struct cut_segments *segments,
                                  struct cut_fault *fault)
{
    uint64_t outgoing = 0;
    uint64_t incoming = 0;

    for (uint32_t p = 0; p < segments->count; p++) {
        segments->segments[p].first_outgoing = (uint32_t)outgoing;
        outgoing += segments->segments[p].head->outgoing_count;
        incoming += segments->segments[p].head->incoming_count;
        if (outgoing >= NONE)
            return cut_segments_refuse(segments,
                                       p,
                                       fault,
                                       "too many channels (expected fewer "
                                       "than 2^32 of all processes)");
    }
    if (outgoing != incoming)
        return fill_directory(segments,
                              CUT_INVALID,
                              fault,
                              "the segments disagree about the channels "
                              "(expected as many incoming as outgoing ones)",
                              0);
    segments->link_count = (uint32_t)outgoing;
    return CUT_OK;
}

static enum cut_error make_links(struct cut_segments *segments,
                                 struct cut_fault *fault)
{
    const struct cut_allocator *allocator = segments->allocator;

    segments->links =
        cut_allocate(allocator, segments->link_count, sizeof *segments->links);
    if (segments->links == NULL)
        return out_of_memory(segments, fault);
    struct cut_segment_link *link = segments->links;
    for (uint32_t p = 0; p < segments->count; p++) {
        struct cut_segment *segment = &segments->segments[p];
        for (uint32_t i = 0; i < segment->head->outgoing_count; i++)
            *link++ = (struct cut_segment_link){
                .sender = p,
                .receiver = segment->head->outgoing[i].peer,
                .is_fifo = segment->head->outgoing[i].is_fifo,
            };
        segment->incoming = cut_allocate(allocator,
                                         segment->head->incoming_count,
                                         sizeof *segment->incoming);
        if (segment->incoming == NULL)
            return out_of_memory(segments, fault);
    }
    return CUT_OK;
}

/* Fill `grouped` with the channels, those to one receiver together, by
 * counting; `end` says where each receiver's end. */
static void group_links(const struct cut_segments *segments,
                        uint32_t *grouped,
                        uint32_t *end)
{
    uint32_t sum = 0;

    for (uint32_t i = 0; i < segments->link_count; i++)
        end[segments->links[i].receiver]++;
    for (uint32_t p = 0; p < segments->count; p++) {
        uint32_t count = end[p];
        end[p] = sum;
        sum += count;
    }
    for (uint32_t i = 0; i < segments->link_count; i++)
        grouped[end[segments->links[i].receiver]++] = i;
}

/* Find each incoming channel of a process among those that lead to it; `from`
 * has the channel from each process, or NONE. Each is found once. */
static enum cut_error match_incoming(const struct cut_segments *segments,
                                     uint32_t process,
                                     uint32_t *from,
                                     struct cut_fault *fault)
{
    const struct cut_segment *segment = &segments->segments[process];

    for (uint32_t i = 0; i < segment->head->incoming_count; i++) {
        struct cut_segment_channel channel = segment->head->incoming[i];
        uint32_t link = from[channel.peer];
        if (link == NONE || segments->links[link].is_fifo != channel.is_fifo)
            return cut_segments_refuse(segments,
                                       process,
                                       fault,
                                       "process %" PRIu32
                                       " says otherwise of the channel from "
                                       "it (expected one, and the same of "
                                       "both)",
                                       channel.peer);
        segment->incoming[i] = link;
        from[channel.peer] = NONE;
    }
    return CUT_OK;
}

/* What makes the two ends of each channel one: as many ends of the one kind as
 * of the other, and each found once. */
static enum cut_error match_links(const struct cut_segments *segments,
                                  const uint32_t *grouped,
                                  const uint32_t *end,
                                  uint32_t *from,
                                  struct cut_fault *fault)
{
    enum cut_error error = CUT_OK;
    uint32_t at = 0;

    for (uint32_t p = 0; p < segments->count; p++)
        from[p] = NONE;
    for (uint32_t p = 0; p < segments->count && error == CUT_OK; p++) {
        uint32_t begin = at;
        for (; at < end[p]; at++)
            from[segments->links[grouped[at]].sender] = grouped[at];
        error = match_incoming(segments, p, from, fault);
        for (uint32_t i = begin; i < end[p]; i++)
            from[segments->links[grouped[i]].sender] = NONE;
    }
    return error;
}

static enum cut_error join_links(const struct cut_segments *segments,
                                 struct cut_fault *fault)
{
    const struct cut_allocator *allocator = segments->allocator;
    uint32_t *grouped =
        cut_allocate(allocator, segments->link_count, sizeof *grouped);
    uint32_t *end =
        cut_allocate_zeroed(allocator, segments->count, sizeof *end);
    uint32_t *from = cut_allocate(allocator, segments->count, sizeof *from);
    enum cut_error error;

    if (grouped == NULL || end == NULL || from == NULL) {
        error = out_of_memory(segments, fault);
    } else {
        group_links(segments, grouped, end);
        error = match_links(segments, grouped, end, from, fault);
    }
    cut_release(allocator, grouped, segments->link_count, sizeof *grouped);
    cut_release(allocator, end, segments->count, sizeof *end);
    cut_release(allocator, from, segments->count, sizeof *from);
    return error;
}

/* --- all of it ----------------------------------------------------------- */

enum cut_error cut_segments_read(const char *directory,
                                 uint32_t incarnation_min,
                                 const struct cut_allocator *allocator,
                                 struct cut_segments *out,
                                 struct cut_fault *fault)
{
    struct listing listing = {NULL, 0, 0};

    *out = (struct cut_segments){
        .allocator = allocator,
        .directory = directory,
        .is_last = true,
    };
    enum cut_error error = list(out, incarnation_min, &listing, fault);
    if (error == CUT_OK)
        error = make_segments(out, &listing, fault);
    if (error == CUT_OK)
        error = read_segments(out, fault);
    if (error == CUT_OK)
        error = count_links(out, fault);
    if (error == CUT_OK)
        error = make_links(out, fault);
    if (error == CUT_OK)
        error = join_links(out, fault);
    cut_release(allocator,
                listing.processes,
                listing.capacity,
                sizeof *listing.processes);
    return error;
}

void cut_segments_fini(struct cut_segments *segments)
{
    const struct cut_allocator *allocator = segments->allocator;

    for (uint32_t p = 0; p < segments->count; p++) {
        struct cut_segment *segment = &segments->segments[p];
        if (segment->incoming != NULL)
            cut_release(allocator,
                        segment->incoming,
                        segment->head->incoming_count,
                        sizeof *segment->incoming);
        cut_trace_reader_destroy(segment->reader);
    }
    cut_release(allocator,
                segments->segments,
                segments->count,
                sizeof *segments->segments);
    cut_release(allocator,
                segments->links,
                segments->link_count,
                sizeof *segments->links);
    *segments = (struct cut_segments){.allocator = allocator};
}
