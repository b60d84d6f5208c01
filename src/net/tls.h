/*
 * TLS 1.3 without sockets: bytes of the connection come in and go out here, and
 * so do the bytes that it protects. Both sides have a certificate, and take one
 * that the same authority has signed, whatever name it has: processes have
 * logical names, and addresses that change. Who is who is the handshake's
 * (net/handshake.h), which goes on inside.
 *
 *     cut_tls_create(context, is_server, &tls);
 *     when bytes came   cut_tls_feed(tls, bytes, size);
 *                       while (cut_tls_read(tls, ...) gives some) use them;
 *     to send           cut_tls_write(tls, plain, size), once it is open
 *     after each call   write what cut_tls_drain gives to the socket, even when
 *                       it has failed: the peer is told why
 *
 * When the connection ends and the state is not CUT_TLS_CLOSED, it was cut off:
 * what came last may be missing.
 *
 * A side is open as soon as it can send. The client is that before the server
 * has looked at its certificate: that it was refused comes out of a later
 * cut_tls_feed or _read. A peer that spoke inside has been accepted.
 *
 * Sessions are not resumed, certificates are looked at each time. There are no
 * variables: any number of contexts, and of threads, one at a time each.
 */
#ifndef CUT_NET_TLS_H
#define CUT_NET_TLS_H

#include <cutline/error.h>

#include <stdbool.h>

struct cut_tls_context; /* certificates; shared by connections */
struct cut_tls;         /* a connection */

/* The files of a directory of keys. */
#define CUT_TLS_CA_FILE "ca.pem"     /* whom to trust */
#define CUT_TLS_CERT_FILE "cert.pem" /* who one is */
#define CUT_TLS_KEY_FILE "key.pem"   /* the private key of that */

/*
 * Read the three files of a directory.
 *
 * Errors:  CUT_IO a file cannot be read; CUT_INVALID it is not what it should
 *          be, is the key of another certificate, can be read by others than
 *          its owner, or the certificate is not the authority's, or expired;
 *          CUT_NOMEM. The fault's path is directory, its line names the file.
 */
CUT_MUST_USE enum cut_error
cut_tls_context_create(const char *directory,
                       struct cut_fault *fault,
                       struct cut_tls_context **out);

/* Release a context; connections made of it may live on. NULL is allowed. */
void cut_tls_context_destroy(struct cut_tls_context *context);

/*
 * Begin a connection. A client's first bytes can be drained at once.
 *
 * Errors: CUT_NOMEM.
 */
CUT_MUST_USE enum cut_error cut_tls_create(struct cut_tls_context *context,
                                           bool is_server,
                                           struct cut_tls **out);

/* Release a connection; NULL is allowed. */
void cut_tls_destroy(struct cut_tls *tls);

enum cut_tls_state {
    CUT_TLS_HANDSHAKE, /* nothing can be sent yet */
    CUT_TLS_OPEN,
    CUT_TLS_CLOSED, /* the peer said that it sends no more */
    CUT_TLS_FAILED, /* for good */
};

enum cut_tls_state cut_tls_state(const struct cut_tls *tls);

/* Return one line that says why a connection FAILED; "" as long as it has not.
 * It lives as long as the connection. */
const char *cut_tls_reason(const struct cut_tls *tls);

/*
 * Take bytes that came from the peer, all of them.
 *
 * Errors:  CUT_PROTOCOL what came, or the peer's certificate, is refused, or
 *          the peer refused ours; CUT_NOMEM; in both cases the connection has
 *          FAILED. CUT_STATE: it had before.
 */
CUT_MUST_USE enum cut_error
cut_tls_feed(struct cut_tls *tls, const void *ciphertext, size_t size);

/*
 * Read what the peer has written.
 *
 *   got  bytes read; 0: all that came has been read.
 *
 * Errors: as cut_tls_feed.
 */
CUT_MUST_USE enum cut_error
cut_tls_read(struct cut_tls *tls, void *out, size_t size, size_t *got);

/*
 * Write to the peer, all of it: what is drained holds it until then, so bound
 * by cut_tls_pending what waits.
 *
 * Errors: CUT_STATE it is not OPEN (or CLOSED, by the peer alone); CUT_NOMEM it
 *         has FAILED.
 */
CUT_MUST_USE enum cut_error
cut_tls_write(struct cut_tls *tls, const void *plain, size_t size);

/* Say that nothing more will be written; what can be drained says so. */
void cut_tls_close(struct cut_tls *tls);

/* Take bytes for the peer; returns how many, 0: there are none. */
size_t cut_tls_drain(struct cut_tls *tls, void *out, size_t size);

/* Return how many bytes can be drained. */
size_t cut_tls_pending(const struct cut_tls *tls);

#endif
