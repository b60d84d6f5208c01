#include "net/metrics_http.h"

#include "base/fault.h"
#include "base/memory.h"

#include <civetweb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A caller that says nothing holds a thread for a while: others have some. */
#define THREADS "4"
#define TIMEOUT_MS "5000"

#define CONTENT_TYPE                                                           \
    "application/openmetrics-text; version=1.0.0; charset=utf-8"

struct cut_metrics_http {
    struct mg_context *server;
    unsigned port;
    pthread_mutex_t lock; /* of the text */
    char *text;           /* NULL: none yet */
    size_t size;
};

/* --- in the threads ------------------------------------------------------ */

/* Return a copy of the text: who reads slowly holds up nobody. */
static char *copy_text(struct cut_metrics_http *http, size_t *size)
{
    char *copy = NULL;

    pthread_mutex_lock(&http->lock);
    if (http->text != NULL)
        copy = malloc(http->size + 1);
    if (copy != NULL) {
        memcpy(copy, http->text, http->size);
        *size = http->size;
    }
    pthread_mutex_unlock(&http->lock);
    return copy;
}

static int answer(struct mg_connection *connection,
                  int status,
                  const char *head,
                  const char *type,
                  const char *text,
                  size_t size)
{
    const struct mg_request_info *request = mg_get_request_info(connection);

    mg_printf(connection,
              "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
              "%sConnection: close\r\n\r\n",
              status,
              mg_get_response_code_text(connection, status),
              type,
              size,
              head);
    if (strcmp(request->request_method, "HEAD") != 0)
        mg_write(connection, text, size);
    return status;
}

static int refuse(struct mg_connection *connection,
                  int status,
                  const char *head,
                  const char *text)
{
    return answer(connection,
                  status,
                  head,
                  "text/plain; charset=utf-8",
                  text,
                  strlen(text));
}

static int serve(struct mg_connection *connection, void *user)
{
    const struct mg_request_info *request = mg_get_request_info(connection);
    size_t size = 0;

    if (strcmp(request->local_uri, "/metrics") != 0)
        return refuse(connection, 404, "", "Only /metrics is here.\n");
    if (strcmp(request->request_method, "GET") != 0 &&
        strcmp(request->request_method, "HEAD") != 0)
        return refuse(
            connection, 405, "Allow: GET, HEAD\r\n", "Only to be read.\n");
    char *text = copy_text(user, &size);
    if (text == NULL)
        return refuse(connection, 503, "", "There is nothing at present.\n");
    answer(connection, 200, "", CONTENT_TYPE, text, size);
    free(text);
    return 200;
}

/* --- starting ------------------------------------------------------------ */

/* It would be written to standard error. */
static int keep_quiet(const struct mg_connection *connection, const char *text)
{
    (void)connection;
    (void)text;
    return 1;
}

static enum cut_error
start(struct cut_metrics_http *http, unsigned port, struct cut_fault *fault)
{
    char place[32];
    const char *options[] = {
        "listening_ports",
        place,
        "num_threads",
        THREADS,
        "request_timeout_ms",
        TIMEOUT_MS,
        NULL,
    };
    struct mg_callbacks callbacks = {.log_message = keep_quiet};
    struct mg_server_port ports[1] = {{0}};

    snprintf(place, sizeof place, "127.0.0.1:%u", port);
    http->server = mg_start(&callbacks, http, options);
    if (http->server == NULL)
        return cut_fault_fill(fault,
                              CUT_IO,
                              "cannot serve at http://%s (is the port taken?)",
                              place);
    mg_set_request_handler(http->server, "**", serve, http);
    if (mg_get_server_ports(http->server, 1, ports) == 1)
        http->port = (unsigned)ports[0].port;
    return CUT_OK;
}

enum cut_error cut_metrics_http_create(unsigned port,
                                       struct cut_fault *fault,
                                       struct cut_metrics_http **out)
{
    struct cut_metrics_http *http =
        cut_allocate_zeroed(cut_allocator_standard(), 1, sizeof *http);

    if (http == NULL)
        return cut_fault_fill(
            fault, CUT_NOMEM, "%s", cut_error_sentence(CUT_NOMEM));
    pthread_mutex_init(&http->lock, NULL);
    mg_init_library(MG_FEATURES_DEFAULT);
    enum cut_error error = start(http, port, fault);
    if (error != CUT_OK) {
        cut_metrics_http_destroy(http);
        return error;
    }
    *out = http;
    return CUT_OK;
}

void cut_metrics_http_destroy(struct cut_metrics_http *http)
{
    if (http == NULL)
        return;
    if (http->server != NULL)
        mg_stop(http->server);
    mg_exit_library();
    pthread_mutex_destroy(&http->lock);
    free(http->text);
    cut_release(cut_allocator_standard(), http, 1, sizeof *http);
}

unsigned cut_metrics_http_port(const struct cut_metrics_http *http)
{
    return http->port;
}

void cut_metrics_http_publish(struct cut_metrics_http *http,
                              char *text,
                              size_t size)
{
    pthread_mutex_lock(&http->lock);
    char *old = http->text;
    http->text = text;
    http->size = size;
    pthread_mutex_unlock(&http->lock);
    free(old);
}
