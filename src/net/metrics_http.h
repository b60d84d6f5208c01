/*
 * A text, served at http://127.0.0.1:PORT/metrics by threads of its own, which
 * see nothing but the text.
 */
#ifndef CUT_NET_METRICS_HTTP_H
#define CUT_NET_METRICS_HTTP_H

#include <cutline/error.h>

struct cut_metrics_http;

/*
 * Serve nothing yet.
 *
 *   port   0: any that is free.
 *   fault  one line, where it cannot be served.
 *
 * Errors:  CUT_IO, CUT_NOMEM.
 * Threads: made, published to and destroyed by one thread.
 */
CUT_MUST_USE enum cut_error
cut_metrics_http_create(unsigned port,
                        struct cut_fault *fault,
                        struct cut_metrics_http **out);
void cut_metrics_http_destroy(struct cut_metrics_http *http);

/* Return the port. */
unsigned cut_metrics_http_port(const struct cut_metrics_http *http);

/* Serve another text, which is taken, as free() takes it. */
void cut_metrics_http_publish(struct cut_metrics_http *http,
                              char *text,
                              size_t size);

#endif
