/*
 * Places to connect to, as people and frames write them: "unix:PATH",
 * "tcp:ADDRESS:PORT", an IPv6 address in brackets.
 */
#ifndef CUT_NET_ADDRESS_H
#define CUT_NET_ADDRESS_H

#include <cutline/error.h>

#include <stdbool.h>
#include <sys/socket.h>

struct cut_address {
    struct sockaddr_storage storage;
    socklen_t size;
};

/* The longest text of an address, with its NUL. */
#define CUT_ADDRESS_SIZE 256

/*
 * Read an address; "tcp:ADDRESS" without a port is port 0, to be chosen. Names
 * of hosts are looked up.
 *
 * Errors: CUT_INVALID: the fault says what is wrong.
 */
CUT_MUST_USE enum cut_error cut_address_read(const char *text,
                                             struct cut_address *out,
                                             struct cut_fault *fault);

/* Write an address; cut at the end if it is too long. */
void cut_address_write(const struct cut_address *address,
                       char out[CUT_ADDRESS_SIZE]);

/* Let the port be chosen; nothing where there is none. */
void cut_address_forget_port(struct cut_address *address);

/* Return whether it is every address of the host. */
bool cut_address_is_any(const struct cut_address *address);

/*
 * Find the address of this host from which another is reached; its port is to
 * be chosen.
 *
 *   host  a name or an address, perhaps with "user@" before it.
 *
 * Errors: CUT_INVALID it is not known, or there is no way to it: the fault says
 *         which.
 */
CUT_MUST_USE enum cut_error cut_address_route(const char *host,
                                              struct cut_address *out,
                                              struct cut_fault *fault);

/*
 * Make a socket that listens, or one that is connecting: non-blocking, closed
 * on execution. One of a path replaces what no longer listens there.
 *
 * Errors: CUT_IO: errno says why.
 */
CUT_MUST_USE enum cut_error
cut_address_listen(const struct cut_address *address, int *descriptor);
CUT_MUST_USE enum cut_error
cut_address_connect(const struct cut_address *address, int *descriptor);

/* Set what every connected socket of ours has: small packets leave at once. */
void cut_address_prepare(int descriptor);

#endif
