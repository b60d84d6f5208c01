#include "net/control_server.h"

#include "base/fault.h"
#include "base/memory.h"
#include "net/control_place.h"
#include "net/control_request.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct cut_control_server {
    struct cut_supervisor *supervisor;
    uv_pipe_t pipe; /* that listens */
    char path[CUT_CONTROL_PATH_SIZE];
    struct cut_control_caller *callers; /* who asked last is first */
    uint32_t caller_count;
    uint32_t handle_count; /* callers, and itself: the last one releases it */
    uv_pipe_t refused;     /* a caller for whom there is no memory */
    bool is_refusing;
    bool has_refused; /* there was one */
    bool is_closing;
};

struct cut_control_caller {
    struct cut_control_caller *next;
    struct cut_control_server *server;
    uv_pipe_t pipe;
    char *line; /* what came, and is not dealt with */
    size_t size;
    size_t capacity;
    struct cut_control_waiting *waiting;
    uint32_t waiting_count;
    bool is_paused;  /* not read from: it does not read */
    bool has_ended;  /* it says no more, but may listen */
    bool is_closing; /* hung up on */
};

/* An answer that the socket did not take at once. */
struct delivery {
    uv_write_t write;
    size_t size;
    char text[];
};

static const struct cut_allocator *memory(void)
{
    return cut_allocator_standard();
}

/* --- ends ---------------------------------------------------------------- */

static void release_server(struct cut_control_server *server)
{
    if (--server->handle_count == 0)
        cut_release(memory(), server, 1, sizeof *server);
}

static void caller_closed(uv_handle_t *handle)
{
    struct cut_control_caller *caller = handle->data;
    struct cut_control_server *server = caller->server;

    cut_release(memory(), caller->line, caller->capacity, 1);
    cut_release(memory(), caller, 1, sizeof *caller);
    release_server(server);
}

static void take_out(struct cut_control_caller *caller)
{
    struct cut_control_caller **link = &caller->server->callers;

    while (*link != caller)
        link = &(*link)->next;
    *link = caller->next;
}

static void put_first(struct cut_control_caller *caller)
{
    caller->next = caller->server->callers;
    caller->server->callers = caller;
}

static void hang_up(struct cut_control_caller *caller)
{
    if (caller->is_closing)
        return;
    caller->is_closing = true;
    cut_control_answer_forget(caller);
    take_out(caller);
    caller->server->caller_count--;
    uv_close((uv_handle_t *)&caller->pipe, caller_closed);
}

static size_t unread(const struct cut_control_caller *caller)
{
    return uv_stream_get_write_queue_size((const uv_stream_t *)&caller->pipe);
}

/* A caller that has ended goes when it has all its answers. */
static void check_ended(struct cut_control_caller *caller)
{
    if (caller->has_ended && caller->waiting_count == 0 && caller->size == 0 &&
        unread(caller) == 0)
        hang_up(caller);
}

/* --- answers ------------------------------------------------------------- */

static void go_on(struct cut_control_caller *caller);

static void delivered(uv_write_t *write, int status)
{
    struct cut_control_caller *caller = write->handle->data;

    free(write->data);
    if (caller->is_closing)
        return;
    if (status != 0)
        hang_up(caller);
    else
        go_on(caller);
}

/* Send what the socket takes, at once: the loop may not come round again. */
static bool
send_now(struct cut_control_caller *caller, const char *text, size_t *size)
{
    uv_buf_t buffer = uv_buf_init((char *)(uintptr_t)text, (unsigned)*size);
    int sent;

    *size = 0;
    if (unread(caller) > 0)
        return true;
    sent = uv_try_write((uv_stream_t *)&caller->pipe, &buffer, 1);
    if (sent > 0)
        *size = (size_t)sent;
    return sent >= 0 || sent == UV_EAGAIN;
}

static bool
send_later(struct cut_control_caller *caller, const char *text, size_t size)
{
    struct delivery *delivery = malloc(sizeof *delivery + size);

    if (delivery == NULL)
        return false;
    memcpy(delivery->text, text, size);
    delivery->size = size;
    delivery->write.data = delivery;
    uv_buf_t buffer = uv_buf_init(delivery->text, (unsigned)size);
    if (uv_write(&delivery->write,
                 (uv_stream_t *)&caller->pipe,
                 &buffer,
                 1,
                 delivered) == 0)
        return true;
    free(delivery);
    return false;
}

static bool
send_text(struct cut_control_caller *caller, const char *text, size_t size)
{
    size_t sent = size;

    return unread(caller) <= CUT_CONTROL_QUEUE_MAX &&
           send_now(caller, text, &sent) &&
           (sent == size || send_later(caller, text + sent, size - sent));
}

/*
 * Return an answer as a line; NULL: there is no memory. It is measured first,
 * and written into what is there then: where jansson lets a text grow, and
 * cannot, it leaves out a key and goes on.
 */
static char *line_of(const json_t *answer, size_t *size)
{
    size_t length = json_dumpb(answer, NULL, 0, JSON_COMPACT);
    char *text = length > 0 ? malloc(length + 1) : NULL;

    if (text == NULL)
        return NULL;
    if (json_dumpb(answer, text, length, JSON_COMPACT) != length) {
        free(text);
        return NULL;
    }
    text[length] = '\n';
    *size = length + 1;
    return text;
}

void cut_control_caller_send(struct cut_control_caller *caller, json_t *answer)
{
    size_t size = 0;
    char *text = line_of(answer, &size);

    json_decref(answer);
    if (!caller->is_closing && (text == NULL || !send_text(caller, text, size)))
        hang_up(caller);
    free(text);
}

/* --- lines --------------------------------------------------------------- */

struct cut_supervisor *
cut_control_caller_supervisor(const struct cut_control_caller *caller)
{
    return caller->server->supervisor;
}

bool cut_control_caller_wait(struct cut_control_caller *caller)
{
    if (caller->waiting_count == CUT_CONTROL_WAITING_MAX)
        return false;
    caller->waiting_count++;
    return true;
}

void cut_control_caller_waited(struct cut_control_caller *caller)
{
    caller->waiting_count--;
    if (!caller->is_closing)
        check_ended(caller);
}

struct cut_control_waiting **
cut_control_caller_waiting(struct cut_control_caller *caller)
{
    return &caller->waiting;
}

static void drop(struct cut_control_caller *caller, size_t size)
{
    if (size == 0)
        return;
    caller->size -= size;
    memmove(caller->line, caller->line + size, caller->size);
}

/* Return the end of the line that begins after so many bytes; NULL: it has not
 * come yet. */
static const char *find_end(const struct cut_control_caller *caller,
                            size_t taken)
{
    if (caller->size == taken)
        return NULL;
    return memchr(caller->line + taken, '\n', caller->size - taken);
}

/* The last line may have no end. */
static void take_last_line(struct cut_control_caller *caller)
{
    size_t size = caller->size;

    if (!caller->has_ended || size == 0 || caller->is_closing)
        return;
    cut_control_answer_line(caller, caller->line, size);
    caller->size = 0;
}

static void refuse_long_line(struct cut_control_caller *caller)
{
    cut_control_caller_send(
        caller, json_pack("{s:s}", "error", "a line of more than 65536 bytes"));
    hang_up(caller);
}

/* Deal with the lines that are whole, while the caller reads the answers. */
static void take_lines(struct cut_control_caller *caller)
{
    size_t taken = 0;

    while (!caller->is_closing && unread(caller) <= CUT_CONTROL_QUEUE_PAUSE) {
        const char *end = find_end(caller, taken);
        if (end == NULL) {
            drop(caller, taken);
            if (caller->size > CUT_CONTROL_LINE_MAX)
                refuse_long_line(caller);
            else
                take_last_line(caller);
            return;
        }
        const char *line = caller->line + taken;
        if (end > line)
            cut_control_answer_line(caller, line, (size_t)(end - line));
        taken += (size_t)(end - line) + 1;
    }
    if (!caller->is_closing)
        drop(caller, taken);
}

/* --- reading ------------------------------------------------------------- */

static void give_room(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    struct cut_control_caller *caller = handle->data;
    size_t capacity = caller->capacity;
    size_t wanted = caller->size + 4096 <= CUT_CONTROL_LINE_MAX
                        ? caller->size + 4096
                        : CUT_CONTROL_LINE_MAX + 1;
    char *line = cut_grow(memory(), caller->line, &capacity, wanted, 1);

    (void)suggested;
    *out = uv_buf_init(NULL, 0);
    if (line == NULL)
        return; /* read tells: UV_ENOBUFS */
    caller->line = line;
    caller->capacity = capacity;
    *out = uv_buf_init(line + caller->size, (unsigned)(wanted - caller->size));
}

static void came(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    struct cut_control_caller *caller = stream->data;

    (void)buffer;
    if (size < 0 && size != UV_EOF) {
        hang_up(caller);
        return;
    }
    if (size < 0) {
        caller->has_ended = true;
        uv_read_stop(stream);
    } else {
        caller->size += (size_t)size;
        take_out(caller);
        put_first(caller);
    }
    go_on(caller);
}

/* Take what is there; and read on, unless the caller is to read first. */
static void go_on(struct cut_control_caller *caller)
{
    take_lines(caller);
    if (caller->is_closing)
        return;
    bool is_paused = unread(caller) > CUT_CONTROL_QUEUE_PAUSE;
    if (!caller->has_ended && is_paused != caller->is_paused) {
        if (is_paused)
            uv_read_stop((uv_stream_t *)&caller->pipe);
        else if (uv_read_start((uv_stream_t *)&caller->pipe, give_room, came) !=
                 0)
            hang_up(caller);
    }
    caller->is_paused = is_paused;
    if (!caller->is_closing)
        check_ended(caller);
}

/* --- callers ------------------------------------------------------------- */

static struct cut_control_caller *make_caller(struct cut_control_server *server)
{
    struct cut_control_caller *caller =
        cut_allocate_zeroed(memory(), 1, sizeof *caller);

    if (caller == NULL)
        return NULL;
    if (uv_pipe_init(&server->supervisor->loop, &caller->pipe, 0) != 0) {
        cut_release(memory(), caller, 1, sizeof *caller);
        return NULL;
    }
    caller->server = server;
    caller->pipe.data = caller;
    put_first(caller);
    server->caller_count++;
    server->handle_count++;
    return caller;
}

/* Make room for another one. Those who have gone, which was not noticed yet,
 * are among them. Return whether there is. */
static bool make_room(struct cut_control_server *server)
{
    struct cut_control_caller *idle = NULL;

    if (server->caller_count < CUT_CONTROL_CALLERS_MAX)
        return true;
    for (struct cut_control_caller *caller = server->callers; caller != NULL;
         caller = caller->next)
        if (caller->waiting_count == 0 && unread(caller) == 0)
            idle = caller;
    if (idle != NULL)
        hang_up(idle);
    return idle != NULL;
}

static void called(uv_stream_t *listening, int status);

/* Another one may have called meanwhile. */
static void refused(uv_handle_t *handle)
{
    struct cut_control_server *server = handle->data;

    server->is_refusing = false;
    if (server->has_refused && !server->is_closing)
        called((uv_stream_t *)&server->pipe, 0);
    release_server(server);
}

/* Take a call for which there is no memory, and hang up: one that is not taken
 * keeps all others waiting. */
static void refuse_call(struct cut_control_server *server)
{
    uv_handle_t *handle = (uv_handle_t *)&server->refused;

    if (server->is_refusing)
        return;
    server->is_refusing = true;
    server->handle_count++;
    (void)uv_pipe_init(&server->supervisor->loop, &server->refused, 0);
    server->refused.data = server;
    server->has_refused =
        uv_accept((uv_stream_t *)&server->pipe, (uv_stream_t *)handle) == 0;
    uv_close(handle, refused);
}

static void called(uv_stream_t *listening, int status)
{
    struct cut_control_server *server = listening->data;
    struct cut_control_caller *caller;

    if (status != 0 || server->is_closing)
        return;
    bool has_room = make_room(server);
    caller = make_caller(server);
    if (caller == NULL) {
        refuse_call(server);
        return;
    }
    uv_stream_t *stream = (uv_stream_t *)&caller->pipe;
    bool is_taken = uv_accept(listening, stream) == 0;
    if (is_taken && !has_room)
        cut_control_caller_send(
            caller, json_pack("{s:s}", "error", "too many callers at once"));
    if (!is_taken || !has_room || uv_read_start(stream, give_room, came) != 0)
        hang_up(caller);
}

/* --- the server ---------------------------------------------------------- */

static void server_closed(uv_handle_t *handle)
{
    release_server(handle->data);
}

static enum cut_error start(struct cut_control_server *server, int descriptor)
{
    uv_stream_t *stream = (uv_stream_t *)&server->pipe;

    if (uv_pipe_open(&server->pipe, descriptor) != 0) {
        close(descriptor);
        return CUT_IO;
    }
    return uv_listen(stream, CUT_CONTROL_CALLERS_MAX, called) == 0 ? CUT_OK
                                                                   : CUT_IO;
}

enum cut_error cut_control_server_open(struct cut_supervisor *supervisor,
                                       struct cut_fault *fault,
                                       struct cut_control_server **out)
{
    int descriptor = -1;
    struct cut_control_server *server =
        cut_allocate_zeroed(memory(), 1, sizeof *server);

    if (server == NULL)
        return cut_fault_fill(
            fault, CUT_NOMEM, "%s", cut_error_sentence(CUT_NOMEM));
    enum cut_error error =
        cut_control_listen(supervisor->name, server->path, &descriptor, fault);
    if (error != CUT_OK) {
        cut_release(memory(), server, 1, sizeof *server);
        return error;
    }
    server->supervisor = supervisor;
    (void)uv_pipe_init(&supervisor->loop, &server->pipe, 0);
    server->pipe.data = server;
    server->handle_count = 1;
    error = start(server, descriptor);
    if (error != CUT_OK) {
        cut_control_server_close(server);
        return cut_fault_fill(fault, error, "cannot listen to callers");
    }
    *out = server;
    return CUT_OK;
}

void cut_control_server_close(struct cut_control_server *server)
{
    if (server == NULL)
        return;
    server->is_closing = true;
    cut_control_remove(server->path);
    while (server->callers != NULL)
        hang_up(server->callers);
    uv_close((uv_handle_t *)&server->pipe, server_closed);
}
