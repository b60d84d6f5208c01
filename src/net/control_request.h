/*
 * A line that came over a control socket, as a request:
 * docs/formats/control-socket.md. Who wrote it may be anybody.
 */
#ifndef CUT_NET_CONTROL_REQUEST_H
#define CUT_NET_CONTROL_REQUEST_H

#include <cutline/error.h>
#include <jansson.h>
#include <stdbool.h>

/* The most bytes of a line, without its end. */
#define CUT_CONTROL_LINE_MAX 65536

enum cut_control_command {
    CUT_CONTROL_INFO,
    CUT_CONTROL_SNAP,
    CUT_CONTROL_STATS,
    CUT_CONTROL_STOP,
};

struct cut_control_request {
    json_t *id; /* given back in the answer: a text or an integer; NULL: none */
    enum cut_control_command command;
    json_t *initiator; /* SNAP: a text or a number, not negative; NULL: any */
    bool has_snapshot; /* STATS: this one is wanted */
    uint64_t snapshot;
    char wrong[200]; /* what is, in one line, where it is no request */
};

/*
 * Read a line.
 *
 *   out    to be finished with cut_control_request_fini, whatever is returned:
 *          the id is there if one could be read.
 *
 * Errors:  CUT_INVALID it is no request: .wrong; CUT_NOMEM.
 */
CUT_MUST_USE enum cut_error
cut_control_request_read(const char *line,
                         size_t size,
                         struct cut_control_request *out);

void cut_control_request_fini(struct cut_control_request *request);

#endif
