/*
 * What a process writes to its standard output and error, line by line.
 */
#include "base/memory.h"
#include "net/supervisor_state.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A longer line is told in pieces. */
#define LINE_MAX_SIZE 8192

/* Reads at one readiness: who writes without end is not the only one. */
#define READS_AT_ONCE 4

/* What a launcher says of a process that does not come is kept, in order to be
 * said at the end. */
static void
keep_complaint(const struct cut_output *output, const char *line, size_t size)
{
    struct cut_member *member = output->member;

    if (output->is_error && member->host != NULL && size > 0 &&
        (member->state == CUT_MEMBER_STARTED ||
         member->state == CUT_MEMBER_CREATED))
        snprintf(member->complaint,
                 sizeof member->complaint,
                 "%.*s",
                 (int)(size < sizeof member->complaint
                           ? size
                           : sizeof member->complaint - 1),
                 line);
}

static void
tell_line(const struct cut_output *output, const char *line, size_t size)
{
    struct cut_supervisor *supervisor = output->member->supervisor;

    keep_complaint(output, line, size);
    cut_supervisor_tell(supervisor,
                        (struct cut_supervisor_event){
                            .kind = CUT_SUPERVISOR_OUTPUT,
                            .process = output->member->process,
                            .is_error_output = output->is_error,
                            .text = line,
                            .size = size,
                        });
}

static void closed(uv_handle_t *handle)
{
    struct cut_output *output = handle->data;
    struct cut_supervisor *supervisor = output->member->supervisor;

    cut_release(cut_allocator_standard(), output->line, output->capacity, 1);
    output->line = NULL;
    output->capacity = 0;
    supervisor->open_outputs--;
    cut_supervisor_check_over(supervisor);
}

void cut_output_close(struct cut_output *output)
{
    if (output->descriptor < 0)
        return;
    if (output->size > 0)
        tell_line(output, output->line, output->size);
    output->size = 0;
    uv_close((uv_handle_t *)&output->poll, closed);
    close(output->descriptor);
    output->descriptor = -1;
}

/* Tell the whole lines, and keep what is left of the last one. */
static void take_lines(struct cut_output *output)
{
    const char *at = output->line;
    const char *end;
    size_t left = output->size;

    while ((end = memchr(at, '\n', left)) != NULL) {
        size_t size = (size_t)(end - at);
        tell_line(output, at, size);
        left -= size + 1;
        at = end + 1;
    }
    if (left == output->capacity) {
        tell_line(output, at, left);
        left = 0;
    }
    memmove(output->line, at, left);
    output->size = left;
}

static void ready(uv_poll_t *poll, int status, int events)
{
    struct cut_output *output = poll->data;

    (void)events;
    (void)status;
    for (unsigned i = 0; i < READS_AT_ONCE; i++) {
        ssize_t size = read(output->descriptor,
                            output->line + output->size,
                            output->capacity - output->size);
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0 && errno == EAGAIN)
            return;
        if (size <= 0) {
            cut_output_close(output);
            return;
        }
        output->size += (size_t)size;
        take_lines(output);
    }
}

void cut_output_read(struct cut_output *output)
{
    if (output->descriptor >= 0)
        ready(&output->poll, 0, UV_READABLE);
}

enum cut_error cut_output_open(struct cut_output *output,
                               struct cut_member *member,
                               int descriptor,
                               bool is_error)
{
    struct cut_supervisor *supervisor = member->supervisor;

    *output = (struct cut_output){
        .member = member,
        .descriptor = descriptor,
        .is_error = is_error,
        .capacity = LINE_MAX_SIZE,
        .line = cut_allocate(cut_allocator_standard(), LINE_MAX_SIZE, 1),
    };
    if (output->line == NULL ||
        uv_poll_init(&supervisor->loop, &output->poll, descriptor) != 0) {
        cut_release(cut_allocator_standard(), output->line, LINE_MAX_SIZE, 1);
        close(descriptor);
        output->descriptor = -1;
        return CUT_NOMEM;
    }
    output->poll.data = output;
    supervisor->open_outputs++;
    uv_poll_start(&output->poll, UV_READABLE, ready);
    return CUT_OK;
}
