/*
 * What OpenSSL's queue of errors says, in our words. The queue is the thread's
 * and outlives the call that filled it: whoever calls OpenSSL empties it by one
 * of these when the call has failed.
 */
#ifndef CUT_NET_OPENSSL_ERROR_H
#define CUT_NET_OPENSSL_ERROR_H

#include <cutline/error.h>

/*
 * Empty the queue after a failure that no system call had part in, and say of
 * which class it was: CUT_NOMEM if memory lacked, otherwise the one given. A
 * failure without an error is a lack of memory.
 */
enum cut_error cut_openssl_error(enum cut_error otherwise);

/*
 * The same for a connection, with one line that says why.
 *
 *   verify_result  what became of the peer's certificate: an X509_V_...
 *   out            the line.
 */
enum cut_error cut_openssl_explain(long verify_result, char *out, size_t size);

/* Return what is wrong with a certificate, by an X509_V_...; static. */
const char *cut_openssl_verdict(long verify_result);

#endif
