/*
 * The way of a process on another host into its run: it calls the supervisor,
 * shows that it belongs, says who it is, and is told what to do. All of that
 * blocks; only then is there a loop.
 */
#ifndef CUT_NET_JOIN_H
#define CUT_NET_JOIN_H

#include "net/invitation.h"
#include "net/tls.h"

/* A connection with the supervisor. */
struct cut_join {
    int descriptor;      /* of the connection */
    int input;           /* whose end ends the process as well; borrowed */
    struct cut_tls *tls; /* NULL: in the clear */
    uint64_t until_ns;   /* monotonic: what one waits for is given up */
};

/*
 * Call the supervisor, again and again until it answers, for a quarter of a
 * minute.
 *
 *   input  standard input, or a copy: at its end there is no supervisor.
 *   out    closed with cut_join_close(), or given on.
 *   fault  says in one line why there is no connection.
 *
 * Errors: CUT_IO nobody answers; CUT_PROTOCOL one side refused the other;
 *         CUT_INVALID the address, the keys; CUT_NOMEM.
 */
CUT_MUST_USE enum cut_error
cut_join_call(const struct cut_invitation *invitation,
              int input,
              struct cut_join *out,
              struct cut_fault *fault);

/*
 * Say who one is, and hear what there is to do, both JSON.
 *
 *   request  to be released with free(); not ended by a NUL.
 *
 * Errors: CUT_IO; CUT_PROTOCOL; CUT_NOMEM: the connection is to be closed.
 */
CUT_MUST_USE enum cut_error cut_join_ask(struct cut_join *join,
                                         const char *greeting,
                                         char **request,
                                         size_t *request_size,
                                         struct cut_fault *fault);

/* Return the address of this host by which the supervisor was reached, without
 * a port: others reach it there too. */
CUT_MUST_USE enum cut_error cut_join_place(const struct cut_join *join,
                                           char out[CUT_ADDRESS_SIZE]);

void cut_join_close(struct cut_join *join);

#endif
