#include "net/metrics.h"

#include "base/fault.h"
#include "base/memory.h"
#include "base/trap.h"
#include "net/metrics_http.h"
#include "net/metrics_text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PERIOD_MS 1000

struct cut_metrics {
    struct cut_supervisor *supervisor;
    uv_timer_t timer;
    struct cut_metrics_http *http; /* NULL: it is a file */
    char *path;                    /* of the file; NULL: it is served */
    char *part_path;               /* its name until it is whole */
    bool has_failed;               /* and that was said */
};

static enum cut_error out_of_memory(struct cut_fault *fault)
{
    return cut_fault_fill(
        fault, CUT_NOMEM, "%s", cut_error_sentence(CUT_NOMEM));
}

/* --- the file ------------------------------------------------------------ */

/* Write it under another name, and rename it: who reads it has a whole one. It
 * is not made durable: after a crash of the machine it says nothing anyway. */
static enum cut_error write_file(const struct cut_metrics *metrics,
                                 const char *text,
                                 size_t size,
                                 struct cut_fault *fault)
{
    CUT_ASSERT(metrics->path != NULL && metrics->part_path != NULL);
    FILE *file = fopen(metrics->part_path, "we");
    bool is_written = false;

    if (file != NULL) {
        is_written = fwrite(text, 1, size, file) == size;
        is_written = fclose(file) == 0 && is_written;
    }
    if (is_written && rename(metrics->part_path, metrics->path) == 0)
        return CUT_OK;
    int reason = errno;
    if (file != NULL)
        unlink(metrics->part_path);
    return cut_fault_fill(
        fault, CUT_IO, "cannot write %s: %s", metrics->path, strerror(reason));
}

/* --- each second --------------------------------------------------------- */

static enum cut_error refresh(struct cut_metrics *metrics,
                              struct cut_fault *fault)
{
    size_t size = 0;
    char *text = cut_metrics_text(metrics->supervisor, &size);

    if (text == NULL)
        return out_of_memory(fault);
    if (metrics->http != NULL) {
        cut_metrics_http_publish(metrics->http, text, size);
        return CUT_OK;
    }
    enum cut_error error = write_file(metrics, text, size, fault);
    free(text);
    return error;
}

/* A disk that is full for a while is said once, and no reason to end a run. */
static void time_came(uv_timer_t *timer)
{
    struct cut_metrics *metrics = timer->data;
    struct cut_fault fault = {0};
    bool has_failed = refresh(metrics, &fault) != CUT_OK;

    if (has_failed && !metrics->has_failed)
        cut_supervisor_log(metrics->supervisor,
                           CUT_SUPERVISOR_WARN,
                           CUT_NONE,
                           "--metrics: %s",
                           fault.what);
    metrics->has_failed = has_failed;
}

/* --- beginning ----------------------------------------------------------- */

static bool is_port(const char *where)
{
    return where[0] != '\0' && strspn(where, "0123456789") == strlen(where);
}

static enum cut_error open_port(struct cut_metrics *metrics,
                                const char *where,
                                struct cut_fault *fault)
{
    unsigned long port = strtoul(where, NULL, 10);

    if (strlen(where) > 5 || port > UINT16_MAX)
        return cut_fault_fill(fault,
                              CUT_INVALID,
                              "bad port '%.40s' (expected at most 65535)",
                              where);
    enum cut_error error =
        cut_metrics_http_create((unsigned)port, fault, &metrics->http);
    if (error == CUT_OK)
        cut_supervisor_log(metrics->supervisor,
                           CUT_SUPERVISOR_INFO,
                           CUT_NONE,
                           "metrics at http://127.0.0.1:%u/metrics",
                           cut_metrics_http_port(metrics->http));
    return error;
}

static enum cut_error open_file(struct cut_metrics *metrics,
                                const char *where,
                                struct cut_fault *fault)
{
    metrics->path = strdup(where);
    if (asprintf(&metrics->part_path, "%s.part", where) < 0)
        metrics->part_path = NULL;
    return metrics->path != NULL && metrics->part_path != NULL
               ? CUT_OK
               : out_of_memory(fault);
}

static void closed(uv_handle_t *handle)
{
    struct cut_metrics *metrics = handle->data;

    cut_metrics_http_destroy(metrics->http);
    free(metrics->path);
    free(metrics->part_path);
    cut_release(cut_allocator_standard(), metrics, 1, sizeof *metrics);
}

enum cut_error cut_metrics_open(struct cut_supervisor *supervisor,
                                const char *where,
                                struct cut_fault *fault,
                                struct cut_metrics **out)
{
    struct cut_metrics *metrics =
        cut_allocate_zeroed(cut_allocator_standard(), 1, sizeof *metrics);

    if (metrics == NULL)
        return out_of_memory(fault);
    metrics->supervisor = supervisor;
    uv_timer_init(&supervisor->loop, &metrics->timer);
    metrics->timer.data = metrics;
    enum cut_error error = is_port(where) ? open_port(metrics, where, fault)
                                          : open_file(metrics, where, fault);
    if (error == CUT_OK)
        error = refresh(metrics, fault);
    if (error != CUT_OK) {
        uv_close((uv_handle_t *)&metrics->timer, closed);
        return error;
    }
    uv_timer_start(&metrics->timer, time_came, PERIOD_MS, PERIOD_MS);
    *out = metrics;
    return CUT_OK;
}

void cut_metrics_close(struct cut_metrics *metrics)
{
    if (metrics == NULL)
        return;
    if (metrics->http == NULL)
        time_came(&metrics->timer);
    uv_close((uv_handle_t *)&metrics->timer, closed);
}
